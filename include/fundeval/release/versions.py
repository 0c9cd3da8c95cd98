"""The numbered releases of a fund-year: which there are, whether they are whole, which were withdrawn."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundeval.core import audit
from fundeval.core.errors import ReleaseError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256, json_text
from fundeval.release.manifest import MANIFEST, file_entries, read_manifest

READ_ONLY = 0o444
WITHDRAWN = "release.withdrawn"
"""Event of the audit trail."""
UNNAMED = "未具名"
_VERSION = re.compile(r"v([1-9]\d*)")


@dataclass(frozen=True)
class Release:
    """One published release.

    Attributes:
        path: ``releases/<fund>/<year>/v<N>``.
        version: N.
    """

    path: Path
    version: int

    @property
    def manifest(self) -> dict[str, Any]:
        """What release.json says."""
        return read_manifest(self.path)

    @property
    def withdrawal(self) -> dict[str, Any] | None:
        """Reason and time of its withdrawal; None while it stands."""
        path = withdrawal_path(self.path)
        return read_json(path) if path.is_file() else None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object this project wrote."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def releases_of(rooms: Rooms, fund_year: FundYear) -> list[Release]:
    """Return the releases of a fund-year, oldest first, withdrawn ones included."""
    folder = rooms.releases(fund_year)
    named = ((path, _VERSION.fullmatch(path.name)) for path in folder.glob("v*") if path.is_dir())
    return sorted((Release(path, int(name[1])) for path, name in named if name), key=lambda one: one.version)


def release_of(rooms: Rooms, fund_year: FundYear, version: int) -> Release:
    """Return one release.

    Raises:
        ReleaseError: There is none of that number.
    """
    for release in releases_of(rooms, fund_year):
        if release.version == version:
            return release
    raise ReleaseError(f"{fund_year} 没有第 {version} 版发布。")


def release_at(path: Path) -> Release:
    """Return the release that stands in a folder.

    Raises:
        ReleaseError: The folder has no readable release.json.
    """
    return Release(path, int(read_manifest(path)["version"]))


def latest_release(rooms: Rooms, fund_year: FundYear) -> Release | None:
    """Return the newest release that has not been withdrawn."""
    standing = [release for release in releases_of(rooms, fund_year) if release.withdrawal is None]
    return standing[-1] if standing else None


def list_releases(rooms: Rooms, fund_year: FundYear | None = None) -> list[dict[str, Any]]:
    """Return what an operator sees of the releases of one fund-year, or of all.

    Returns:
        Per release: fund, year, version, published_at, run_id, scheme_year, code_version, withdrawn (reason or
        None) and path, sorted by fund, year and version.
    """
    years = [fund_year] if fund_year else sorted(released_fund_years(rooms))
    return [_listed(rooms, year, release) for year in years for release in releases_of(rooms, year)]


def verify_release(release: Path) -> list[str]:
    """Hold every file of a release against the hashes in its release.json.

    Returns:
        One Chinese sentence per file that is missing, changed or was added; empty where all is as published.

    Raises:
        ReleaseError: There is no readable release.json.
    """
    published = {entry["path"]: entry for entry in read_manifest(release)["files"]}
    present = {entry.path: entry for entry in file_entries(release)}
    problems = [f"缺少文件“{path}”。" for path in published.keys() - present.keys()]
    problems += [f"多出文件“{path}”。" for path in present.keys() - published.keys()]
    problems += [
        f"文件“{path}”与发布时不一致。"
        for path in published.keys() & present.keys()
        if (present[path].sha256, present[path].bytes)
        != (published[path]["sha256"], published[path]["bytes"])
    ]
    return sorted(problems)


def verify_chain(rooms: Rooms, fund_year: FundYear) -> list[str]:
    """Verify every release of a fund-year, and that each names its predecessor's release.json truly."""
    problems: list[str] = []
    before: Release | None = None
    for release in releases_of(rooms, fund_year):
        problems += [f"第 {release.version} 版:{problem}" for problem in verify_release(release.path)]
        named = release.manifest["previous"]
        if named != (previous_entry(before) if before else None):
            problems.append(f"第 {release.version} 版:记载的上一版与实际不符。")
        before = release
    return problems


def withdraw_release(rooms: Rooms, fund_year: FundYear, version: int, reason: str, by: str = "") -> Path:
    """Mark a release as withdrawn; the release itself stays as it is.

    Args:
        rooms: The storage root.
        fund_year: Fund and year.
        version: Number of the release.
        reason: Why, in words a reader of the release is owed.
        by: Who withdrew it.

    Returns:
        The mark, a file beside the release's folder.

    Raises:
        ReleaseError: There is no such release, it is withdrawn already, or no reason is given.
    """
    release = release_of(rooms, fund_year, version)
    if release.withdrawal is not None:
        raise ReleaseError(f"{fund_year} 第 {version} 版已经撤回过。")
    if not reason.strip():
        raise ReleaseError("撤回发布版本必须写明原因。")
    mark = withdrawal_path(release.path)
    content = {
        "fund": fund_year.fund,
        "year": fund_year.year,
        "version": version,
        "reason": reason.strip(),
        "withdrawn_by": by,
        "withdrawn_at": utc_now(),
        "release_sha256": file_sha256(release.path / MANIFEST),
    }
    if not rooms.create(mark, json_text(content).encode()):
        raise ReleaseError(f"{fund_year} 第 {version} 版已经撤回过。")
    mark.chmod(READ_ONLY)
    audit.append(rooms, WITHDRAWN, by or UNNAMED, fund_year, {"version": version, "reason": reason.strip()})
    return mark


def previous_entry(release: Release) -> dict[str, Any]:
    """Return how a release names the one before it: number and hash of its release.json."""
    return {"version": release.version, "release_sha256": file_sha256(release.path / MANIFEST)}


def withdrawal_path(release: Path) -> Path:
    """Return where the mark of a withdrawn release is kept: beside it, because a release never changes."""
    return release.with_name(f"{release.name}.withdrawn.json")


def utc_now() -> str:
    """Return the moment of publishing or withdrawing, in UTC; never used for anything the figures depend on."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def released_fund_years(rooms: Rooms) -> Iterator[FundYear]:
    """Yield the fund-years of a storage root that have a folder of releases, in no particular order."""
    for folder in (rooms.root / "releases").glob("*/*"):
        if folder.is_dir() and folder.name.isdecimal():
            yield FundYear(folder.parent.name, int(folder.name))


def _listed(rooms: Rooms, fund_year: FundYear, release: Release) -> dict[str, Any]:
    manifest, withdrawal = release.manifest, release.withdrawal
    return {
        "fund": fund_year.fund,
        "year": fund_year.year,
        "version": release.version,
        "published_at": manifest["published_at"],
        "run_id": manifest["run_id"],
        "scheme_year": manifest["scheme"]["year"],
        "code_version": manifest["code_version"],
        "withdrawn": withdrawal["reason"] if withdrawal else None,
        "path": rooms.place(release.path),
    }
