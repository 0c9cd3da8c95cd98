"""Runs the models of sql/marts over a run: measures per project, unit, month and fund."""

from __future__ import annotations

from fundeval.measures.stages import measure, seal_classified

__all__ = ["measure", "seal_classified"]
