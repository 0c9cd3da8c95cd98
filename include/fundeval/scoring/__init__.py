"""Scores a fund-year by its scheme: findings of the rules, indicators, total and grade."""

from __future__ import annotations

from fundeval.scoring.stage import score

__all__ = ["score"]
