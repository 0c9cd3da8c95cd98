"""The tests of the release know one fund of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def invented_fund(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the invented fund instead of the real ones, and use the embedded serving database."""
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(Path(__file__).with_name("funds")))
    monkeypatch.delenv("FUNDEVAL_DATABASE_URL", raising=False)
