"""Runs shared by the backtests: the bundled 2022 exports once per session, a fund registered for generated years."""

from __future__ import annotations

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
def funds_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of registered funds: one fund with the schemes of the bundled one."""
    folder = tmp_path_factory.mktemp("funds")
    register_fund(folder, GENERATED_FUND, "样例数字资金")
    return folder


@pytest.fixture
def generated_fund(funds_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The fund generated years belong to, for as long as the test lasts."""
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(funds_folder))
    return GENERATED_FUND
