"""Releases and the audit trail: each release is entered once, and neither can lose one without the other telling."""

from __future__ import annotations

from collections.abc import Iterable

from fundeval.core import audit
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.release.evidence.halves import private_sha256
from fundeval.release.manifest import MANIFEST
from fundeval.release.versions import Release, released_fund_years, releases_of

PUBLISHED = "release.published"


def enter_release(rooms: Rooms, fund_year: FundYear, release: Release) -> None:
    """Enter a release into the trail, unless it is there: a run that died before this can simply be cleared."""
    sha256 = file_sha256(release.path / MANIFEST)
    entered = _entered(audit.read(rooms, fund_year))
    if entered.get(release.version) == sha256:
        return
    manifest = release.manifest
    approval = manifest.get("approval") or {}
    audit.append(
        rooms,
        PUBLISHED,
        str(approval.get("by") or manifest["run_id"]),
        fund_year,
        {
            "version": release.version,
            "release_sha256": sha256,
            "content_sha256": manifest["content_sha256"],
            "run_id": manifest["run_id"],
            "private_sha256": private_sha256(release),
        },
    )


def verify_trail(rooms: Rooms) -> list[str]:
    """Hold the trail's chain, and every release on the disk against its entry, both ways.

    The chain alone cannot tell a tail that was cut off whole; a release without its entry does.

    Returns:
        One Chinese sentence per fault; empty where all is as it was entered.
    """
    faults = audit.verify(rooms)
    # Read once for all: a trail in a store is an object per entry.
    entries: dict[FundYear, list[audit.Entry]] = {year: [] for year in released_fund_years(rooms)}
    for entry in audit.read(rooms):
        if entry.event == PUBLISHED:
            entries.setdefault(FundYear(entry.fund, entry.year), []).append(entry)
    for fund_year in sorted(entries):
        entered = _entered(entries[fund_year])
        faults += [f"{fund_year} {fault}" for fault in _release_faults(rooms, fund_year, entered)]
    return faults


def _release_faults(rooms: Rooms, fund_year: FundYear, entered: dict[int, str]) -> list[str]:
    present = {release.version: release for release in releases_of(rooms, fund_year)}
    faults = [
        f"第{version}版在审计记录中有登记,但发布文件夹不存在。" for version in entered.keys() - present.keys()
    ]
    for version, release in present.items():
        if version not in entered:
            faults.append(f"第{version}版没有在审计记录中登记。")
        elif _hash_or_none(release) != entered[version]:
            faults.append(f"第{version}版的 {MANIFEST} 与审计记录中登记的不一致。")
    return sorted(faults)


def _hash_or_none(release: Release) -> str | None:
    try:
        return file_sha256(release.path / MANIFEST)
    except OSError:
        return None


def _entered(entries: Iterable[audit.Entry]) -> dict[int, str]:
    """Return the hash the trail names for each version of a fund-year; '' where a changed entry names none."""
    return {
        entry.detail.get("version", 0): str(entry.detail.get("release_sha256", ""))
        for entry in entries
        if entry.event == PUBLISHED
    }
