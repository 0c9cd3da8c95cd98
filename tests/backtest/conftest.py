"""Runs shared by the backtests: the bundled 2022 exports once per session, a fund registered for generated years."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fundeval.core.places import samples_folder
from support.evaluation import MODEL_FUND, Outcome, evaluate, register_fund
from support.release import Release

GENERATED_FUND = "sample-digital"


@pytest.fixture(scope="session")
def sample_folder() -> Path:
    """Folder of the bundled 2022 exports."""
    return samples_folder() / MODEL_FUND / "2022"


@pytest.fixture(scope="session")
def sample_outcome(sample_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The evaluation of the bundled exports."""
    return evaluate(sample_folder, tmp_path_factory.mktemp("published"), MODEL_FUND, 2022)


@pytest.fixture(scope="session")
def release(sample_outcome: Outcome) -> Release:
    """The release of the bundled exports."""
    return sample_outcome.release


@pytest.fixture(scope="session")
def generated_fund(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A fund of the bundled one's schemes, registered in a folder of its own for the session."""
    funds = tmp_path_factory.mktemp("funds")
    register_fund(funds, GENERATED_FUND, "样例数字资金")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNDEVAL_FUNDS", str(funds))
        yield GENERATED_FUND
