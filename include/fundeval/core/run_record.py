"""``run.json``: what a run is about, written before anything is read."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.funds import load_scheme
from fundeval.core.places import repository
from fundeval.core.rooms import RunFolder, write_json


def open_run(context: RunContext) -> dict[str, Any]:
    """Decide fund, year and scheme of the run and write them down.

    Returns:
        Scheme year, whether it is an earlier year's, and the code version.

    Raises:
        ConfigurationError: The fund is unknown or has no scheme for the year or an earlier one.
    """
    scheme = load_scheme(context.fund_year)
    record = {
        "fund": context.fund_year.fund,
        "year": context.fund_year.year,
        "run_id": context.run.run_id,
        "scheme": scheme.identity(),
        "scheme_year": scheme.scheme_year,
        "scheme_sha256": scheme.sha256,
        "scheme_is_fallback": scheme.is_fallback,
        "code_version": code_version(),
    }
    write_json(context.run.path / "run.json", record)
    return {
        "scheme_year": scheme.scheme_year,
        "scheme_is_fallback": scheme.is_fallback,
        "code_version": record["code_version"],
    }


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
