"""Which files the pages may hand out: those a release names, the documents of a run's checks, an office's feedback.

A file is found by asking what is there, never by joining what a browser sent to a folder; and a file that is reached
through a symbolic link is none. Archive, staging, restricted rows and everything else of the storage root have no
address.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fundeval.airflow.pages import stored
from fundeval.core.errors import FundevalError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.release.manifest import read_manifest
from fundeval.release.versions import release_of


@dataclass(frozen=True)
class Feedback:
    """A file that was written for an office.

    Attributes:
        fund_year: What it is about.
        office: Office it was written for.
        name: Path below the office's folder.
        path: Where it lies.
    """

    fund_year: FundYear
    office: str
    name: str
    path: Path


def release_file(rooms: Rooms, fund: str, year: int, version: int, name: str) -> Path | None:
    """Return a file of a release by the name its release.json gives it; None where there is none."""
    stored.bring_release(rooms, fund, year, version)
    try:
        release = release_of(rooms, FundYear(fund, year), version)
        named = {entry["path"] for entry in read_manifest(release.path)["files"]}
    except FundevalError:
        return None
    return _plain_file(release.path, name) if name in named else None


def data_docs_file(rooms: Rooms, fund: str, year: int, run_id: str, name: str) -> Path | None:
    """Return a file of the documents of a run's checks; None where there is none."""
    try:
        run = rooms.run(FundYear(fund, year), run_id)
    except FundevalError:
        return None
    if run.run_id != run_id:
        return None
    stored.bring_data_docs(rooms, fund, year, run_id)
    folder = run.data_docs.parent
    if name not in set(_names_below(folder)):
        return None
    return _plain_file(folder, name)


def feedback_files(rooms: Rooms) -> Iterator[Feedback]:
    """Yield every file written for an office, by fund, year and office."""
    stored.bring_feedback_names(rooms)
    for folder in sorted((rooms.root / "feedback").glob("*/*/*")):
        fund_year = _fund_year(folder)
        if fund_year is not None and not folder.is_symlink():
            for name in _names_below(folder):
                yield Feedback(fund_year, folder.name, name, folder / name)


def feedback_file(rooms: Rooms, fund: str, year: int, office: str, name: str) -> Path | None:
    """Return a file written for an office; None where there is none."""
    for each in feedback_files(rooms):
        if (each.fund_year.fund, each.fund_year.year, each.office, each.name) == (fund, year, office, name):
            stored.bring_feedback(rooms, each.path)
            return _plain_file(rooms.root / "feedback" / fund / str(year) / office, name)
    return None


def _fund_year(office_folder: Path) -> FundYear | None:
    year = office_folder.parent.name
    try:
        return FundYear(office_folder.parents[1].name, int(year)) if year.isdecimal() else None
    except FundevalError:
        return None


def _names_below(folder: Path) -> Iterator[str]:
    """Yield the files below a folder by relative path, sorted, without hidden ones and without following links."""
    found = []
    for parent, folders, files in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            (Path(parent) / name).relative_to(folder).as_posix()
            for name in files
            if not name.startswith(".") and not (Path(parent) / name).is_symlink()
        ]
    yield from sorted(found)


def _plain_file(folder: Path, name: str) -> Path | None:
    """Return the file where its real place is the one it is named by: no link leads out of the folder."""
    path = folder / name
    real = path.resolve()
    return path if real.is_file() and real == folder.resolve() / name else None
