"""``run.json``: what a run is about, written before anything is read."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError
from fundeval.core.footprint import read_record, seed
from fundeval.core.funds import load_scheme
from fundeval.core.places import repository
from fundeval.core.rooms import RunFolder, write_json

_PUBLISHED = "/stages/publish.json"


def open_run(context: RunContext) -> dict[str, Any]:
    """Decide fund, year and scheme of the run and write them down.

    A run asked to read only some kinds of file starts from all that the last finished run of the fund-year left;
    it is given that once, so a cleared task keeps what the run has done since.

    Returns:
        Scheme year, whether it is an earlier year's, the code version, and the run it started from.

    Raises:
        ConfigurationError: The fund is unknown or has no scheme for the year or an earlier one, or a run asked to
            read only some kinds of file has no finished run to start from.
    """
    scheme = load_scheme(context.fund_year)
    based_on = _start_from_finished_run(context)
    record = {
        "fund": context.fund_year.fund,
        "year": context.fund_year.year,
        "run_id": context.run.run_id,
        # The folder's name is a made-safe form of it; pages link to the run by what Airflow calls it.
        "asked_as": context.run_id,
        "scheme": scheme.identity(),
        "scheme_year": scheme.scheme_year,
        "scheme_sha256": scheme.sha256,
        "scheme_is_fallback": scheme.is_fallback,
        "code_version": code_version(),
        "based_on": based_on,
        "only": list(context.only),
    }
    write_json(context.run.path / "run.json", record)
    return {
        "scheme_year": scheme.scheme_year,
        "scheme_is_fallback": scheme.is_fallback,
        "code_version": record["code_version"],
        "based_on": based_on,
    }


def _start_from_finished_run(context: RunContext) -> str | None:
    """Return the run this one started from; None where it stands on its own."""
    if (context.run.path / "run.json").is_file():
        based_on: str | None = read_run(context.run).get("based_on")
        return based_on
    if not context.only:
        return None
    finished = last_finished_run(context)
    if finished is None:
        raise ConfigurationError(
            f"{context.fund_year} 还没有已完成的运行,不能只更新部分文件:请不填“只更新”重新运行。"
        )
    context.rooms.bring(finished.path)
    seed(context.run, finished)
    return finished.run_id


def last_finished_run(context: RunContext) -> RunFolder | None:
    """Return the run that published the latest release of the fund-year and still stands as it ended."""
    versions: dict[int, RunFolder] = {}
    context.rooms.bring(context.run.path.parent, wanted=lambda name: name.endswith(_PUBLISHED))
    for folder in context.run.path.parent.glob("*"):
        run = RunFolder(folder, context.fund_year)
        record = read_record(run, "publish") if run != context.run else None
        if record is not None:
            versions[int(record.result["version"])] = run
    return versions[max(versions)] if versions else None


def read_run(run: RunFolder) -> dict[str, Any]:
    """Return what :func:`open_run` wrote down."""
    record: dict[str, Any] = json.loads((run.path / "run.json").read_text(encoding="utf-8"))
    return record


def code_version() -> str:
    """Return the package version, with the commit where the code runs from a checkout."""
    version = metadata.version("fundeval")
    commit = _commit(repository() / ".git")
    return f"{version}+{commit[:12]}" if commit else version


def _commit(git: Path) -> str:
    head = git / "HEAD"
    if not head.is_file():
        return ""
    text = head.read_text(encoding="ascii").strip()
    if not text.startswith("ref: "):
        return text
    reference = text.removeprefix("ref: ")
    loose = git / reference
    if loose.is_file():
        return loose.read_text(encoding="ascii").strip()
    packed = git / "packed-refs"
    lines = packed.read_text(encoding="ascii").splitlines() if packed.is_file() else []
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {reference}")), "")
