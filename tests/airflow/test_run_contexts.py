"""What a stage is called with, from the form and the installation's environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundeval.airflow.contexts import run_context
from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear

FORM = {"fund": "some-fund", "year": 2031, "sources": None, "out": None}


@pytest.fixture(autouse=True)
def installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDEVAL_INBOX", "/data/inbox")
    monkeypatch.setenv("FUNDEVAL_STORAGE", "/data/storage")


def test_an_empty_form_takes_the_installations_folders() -> None:
    context = run_context(FORM, "run-1")
    assert context.fund_year == FundYear("some-fund", 2031)
    assert context.sources == Path("/data/inbox/some-fund/2031")
    assert context.rooms.root == Path("/data/storage")


def test_what_the_form_says_comes_first() -> None:
    context = run_context({**FORM, "sources": "/tmp/files", "out": "/tmp/out"}, "run-1")
    assert (context.sources, context.rooms.root) == (Path("/tmp/files"), Path("/tmp/out"))


def test_the_same_run_finds_its_folder_again_and_another_run_has_its_own() -> None:
    first, again, other = (run_context(FORM, run_id).run.path for run_id in ("run-1", "run-1", "run-2"))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("variable", "label"), [("FUNDEVAL_INBOX", "来源文件夹"), ("FUNDEVAL_STORAGE", "存放位置")]
)
def test_a_folder_that_is_nowhere_given_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, label: str
) -> None:
    monkeypatch.delenv(variable)
    with pytest.raises(ConfigurationError, match=f"{label}.*{variable}"):
        run_context(FORM, "run-1")


def test_a_fund_that_could_be_a_path_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="资金标识"):
        run_context({**FORM, "fund": "../other"}, "run-1")
