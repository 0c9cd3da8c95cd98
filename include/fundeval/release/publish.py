"""The stage that publishes: the gate, then the draft becomes the next numbered release, whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.errors import DisclosureError, ReleaseError
from fundeval.core.rooms import RunFolder, file_sha256, write_json
from fundeval.core.run_record import read_run
from fundeval.release.redaction.scan import scan_folder
from fundeval.release.redaction.sources import secrets_of
from fundeval.report.consistency import require_consistent
from fundeval.report.published import read_published
from fundeval.sources.contract import KINDS

RECORD = "release.json"
_VERSION = re.compile(r"v(\d+)")
_ATTEMPTS = 20


def publish(context: RunContext) -> dict[str, Any]:
    """Publish the run's draft as the next version of its fund-year.

    A version is a folder that appears by one rename and is never written to again. The same run with the same
    content finds the version it has published already, so that a task killed after the rename and run again makes
    no second one; another run always makes the next version.

    Returns:
        Path and number of the release, number of files, whether it had been published before.

    Raises:
        DisclosureError: Something in the draft would give away what must stay secret.
        ReleaseError: The draft is incomplete or contradicts itself.
    """
    draft = context.run.path / "draft"
    for part in ("dataset", "report"):
        if not (draft / part).is_dir():
            raise ReleaseError(f"草稿不完整,缺少 {part} 文件夹,不能发布。请清除上游任务后重新运行。")
    require_consistent(read_published(draft / "dataset"))
    releases = context.rooms.releases(context.fund_year)
    releases.mkdir(parents=True, exist_ok=True)
    record = _record(context, draft)
    published = _published_by(releases, record)
    if published is not None:
        return _counts(published, record, again=True)
    prepared = releases / f".{uuid.uuid4().hex}"
    try:
        for part in ("dataset", "report"):
            shutil.copytree(draft / part, prepared / part)
        release = _appear(prepared, releases, record, context.run)
    finally:
        _remove(prepared)
    return _counts(release, record, again=False)


def versions(releases: Path) -> list[int]:
    """Return the numbers of the versions in a folder of releases, ascending."""
    names = (_VERSION.fullmatch(path.name) for path in releases.glob("v*"))
    return sorted(int(name.group(1)) for name in names if name)


def _record(context: RunContext, draft: Path) -> dict[str, Any]:
    """Return what release.json says of the draft, version and time aside."""
    run = read_run(context.run)
    files = {
        str(path.relative_to(draft)): {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        for part in ("dataset", "report")
        for path in _files(draft / part)
    }
    inputs = list(_inputs(context.run))
    content = {"files": files, "inputs": inputs, "scheme": run["scheme"], "code_version": run["code_version"]}
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {
        "fund": context.fund_year.fund,
        "year": context.fund_year.year,
        "run_id": context.run.run_id,
        "content_sha256": digest,
        "approval": None,
        **content,
    }


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _inputs(run: RunFolder) -> Iterator[dict[str, Any]]:
    for kind in KINDS:
        ledger = run.rows("checks", f"ingest_{kind}")
        if ledger:
            counted = ("rows_total", "rows_accepted", "rows_rejected", "rows_recognised")
            yield {
                "kind": kind,
                "file": ledger[0]["source_file"],
                "sha256": ledger[0]["source_sha256"],
                **{name: sum(row[name] for row in ledger) for name in counted},
            }


def _published_by(releases: Path, record: dict[str, Any]) -> Path | None:
    """Return the version this very run has published with this very content."""
    for number in reversed(versions(releases)):
        kept = json.loads((releases / f"v{number}" / RECORD).read_text(encoding="utf-8"))
        if (kept["run_id"], kept["content_sha256"]) == (record["run_id"], record["content_sha256"]):
            return releases / f"v{number}"
    return None


def _appear(prepared: Path, releases: Path, record: dict[str, Any], run: RunFolder) -> Path:
    """Give the prepared folder the next free number by one rename."""
    secrets = secrets_of(run)
    for _ in range(_ATTEMPTS):
        earlier = versions(releases)
        number = earlier[-1] + 1 if earlier else 1
        dated = {
            **record,
            "version": number,
            "previous_version": earlier[-1] if earlier else None,
            "published_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
        write_json(prepared / RECORD, dated)
        report = scan_folder(prepared, secrets)
        if not report.is_clean:
            places = "\n".join(report.problems()).replace(f"{prepared.name} › ", "")
            raise DisclosureError(f"发布前检查没有通过,没有发布:\n{places}")
        _seal(prepared)
        try:
            prepared.rename(releases / f"v{number}")
        except OSError:
            # Another run has just taken the number; a folder that is not empty is never replaced.
            if not (releases / f"v{number}").exists():
                raise
            (prepared / RECORD).chmod(0o644)
            continue
        _flush(releases)
        return releases / f"v{number}"
    raise ReleaseError("同时发布的运行过多,没有取得版本号。请稍后清除本任务重试。")


def _seal(folder: Path) -> None:
    """Make every file read-only and force it to disk before the rename makes it visible."""
    for path in _files(folder):
        path.chmod(0o444)
        _flush(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)


def _counts(release: Path, record: dict[str, Any], *, again: bool) -> dict[str, Any]:
    return {
        "release": str(release),
        "version": int(release.name[1:]),
        "files": len(record["files"]),
        "published_before": again,
    }
