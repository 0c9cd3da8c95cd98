"""The specimen fund: one that exists in these tests only."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundeval.core.funds import FundScheme, load_scheme
from fundeval.core.fundyear import FundYear
from scoring.small import Scorer

FUNDS = Path(__file__).parent / "funds"


@pytest.fixture
def funds(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Register the specimen fund instead of the real ones."""
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(FUNDS))
    return FUNDS


@pytest.fixture
def specimen(funds: Path) -> FundScheme:
    """The specimen fund's scheme of 2024."""
    return load_scheme(FundYear("specimen", 2024))


@pytest.fixture
def scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scorer:
    """Score a case of a few indicators."""
    return Scorer(tmp_path, monkeypatch)
