"""The stage that publishes: everything is checked in a hidden folder, which then becomes the release in one step."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.errors import DisclosureError, ReleaseError
from fundeval.core.funds import load_scheme
from fundeval.core.rooms import write_json
from fundeval.core.run_record import read_run
from fundeval.release.approval import approval_entry
from fundeval.release.arithmetic import require_undisclosed
from fundeval.release.claim import appear_in_store
from fundeval.release.correction_note import write_correction
from fundeval.release.dataset import draft_folder
from fundeval.release.dictionary import Dictionary, load_dictionary
from fundeval.release.diff import ReleaseDiff, diff_datasets, diff_inputs
from fundeval.release.editions.tables import read_dataset
from fundeval.release.evidence.halves import bring_private_manifest, write_private_half
from fundeval.release.fields import Dataset
from fundeval.release.manifest import MANIFEST, InputEntry, content_sha256, file_entries, input_entries, plain
from fundeval.release.redaction.scan import ScanReport, scan_folders
from fundeval.release.redaction.sources import secrets_of
from fundeval.release.rederive import require_derivable
from fundeval.release.report_reading import require_told_truly
from fundeval.release.serving.load import load_release
from fundeval.release.trail import enter_release
from fundeval.release.versions import READ_ONLY, Release, previous_entry, releases_of, utc_now
from fundeval.report.stage import report_notes

PARTS = ("dataset", "evidence", "report")
CHANGES = "changes"
# A release without these is none; the PDF is there where LibreOffice is.
REQUIRED = (
    "dataset/datapackage.json", "evidence/figures.json", "evidence/rows.parquet", "report/report.docx",
    "report/appendices.xlsx",
)  # fmt: skip


def publish(context: RunContext) -> dict[str, Any]:
    """Publish the run's draft as the next release of its fund-year.

    The draft is copied into a hidden folder beside the releases, read back, derived anew, searched for what must not
    leave and hashed; then the folder is renamed to ``v<N>``. Nobody ever sees half a release, and no release is ever
    written over: a number taken meanwhile makes this one the next. A run whose newest release has the very content of
    the draft publishes nothing, so a task that died after the rename can simply be run again.

    Args:
        context: The run; the logs of its tasks are searched as well.

    Returns:
        release (path, or address in a store), version, published_before, files, bytes, scanned_files, scan_seconds and
        secrets (how many
        were searched for).

    Raises:
        ReleaseError: The draft is incomplete, or a number in its tables or its report does not follow from its rows.
        DisclosureError: Something would give away what must stay secret.
    """
    draft = draft_folder(context)
    _require_complete(draft)
    content = _content(context, draft)
    published = _already_published(context, content.sha256)
    if published is None:
        published, scan = _publish_new(context, draft, content)
    else:
        scan = None
        bring_private_manifest(context.rooms, published)
    enter_release(context.rooms, context.fund_year, published)
    load_release(context.rooms, context.fund_year, published.version)
    return {"release": context.rooms.place(published.path), **_counts(published, scan)}


@dataclass(frozen=True)
class _Content:
    """What makes a draft the draft it is: the files it was made from, and one hash over those and its own."""

    inputs: list[InputEntry]
    sha256: str


def _content(context: RunContext, draft: Path) -> _Content:
    inputs = input_entries(context.run)
    # Hidden files are what an interrupted write left; they are not published either.
    entries = (entry for entry in file_entries(draft) if "/." not in f"/{entry.path}")
    files = [entry for entry in entries if entry.path.partition("/")[0] in PARTS]
    return _Content(inputs, content_sha256(files, inputs))


def _require_complete(draft: Path) -> None:
    missing = [name for name in REQUIRED if not (draft / name).is_file()]
    if missing:
        raise ReleaseError(f"草稿不完整,缺少 {'、'.join(missing)},不予发布。请先重新运行数据集和报告步骤。")


def _already_published(context: RunContext, sha256: str) -> Release | None:
    """Return the newest release of this very run, where it has this very content."""
    own = [
        release
        for release in releases_of(context.rooms, context.fund_year)
        if release.manifest["run_id"] == context.run.run_id
    ]
    return own[-1] if own and own[-1].manifest["content_sha256"] == sha256 else None


def _publish_new(context: RunContext, draft: Path, content: _Content) -> tuple[Release, ScanReport]:
    dictionary = load_dictionary()
    with _hidden_copy(context, draft) as copy:
        scheme = load_scheme(context.fund_year).scheme
        dataset = require_derivable(copy / "dataset", dictionary, scheme)
        write_private_half(context.rooms, context.run, dictionary, content.sha256)
        candidate = _Candidate(context, copy, dictionary, dataset, content)
        told = False
        while True:
            target = candidate.complete(releases_of(context.rooms, context.fund_year))
            scan = _require_redacted(context, copy)
            if not told:
                require_told_truly(copy, report_notes(context))
                told = True
            _seal(copy)
            if _appear(context, copy, target):
                return target, scan
            # The number may have been taken by another try of this very run, which Airflow had given up for dead.
            published = _already_published(context, content.sha256)
            if published is not None:
                return published, scan


@dataclass(frozen=True)
class _Candidate:
    """A hidden copy of a draft on its way to become a release.

    Attributes:
        context: The run.
        copy: The hidden folder.
        dictionary: The dictionary of fields.
        dataset: The tables of the copy, as read back.
        content: What the draft is.
    """

    context: RunContext
    copy: Path
    dictionary: Dictionary
    dataset: Dataset
    content: _Content

    def complete(self, earlier: list[Release]) -> Release:
        """Make the copy the release after ``earlier``: arithmetic gate, changes, release.json.

        Returns:
            The release it would be.
        """
        known = {one.version: read_dataset(one.path / "dataset", self.dictionary) for one in earlier}
        require_undisclosed(self.context.run, self.dataset, self.dictionary, known)
        version = earlier[-1].version + 1 if earlier else 1
        shutil.rmtree(self.copy / CHANGES, ignore_errors=True)
        if earlier:
            self._describe_changes(earlier[-1], known[earlier[-1].version], version)
        write_json(self.copy / MANIFEST, self._manifest(earlier[-1] if earlier else None, version))
        return Release(self.context.rooms.releases(self.context.fund_year) / f"v{version}", version)

    def _describe_changes(self, before: Release, tables: Dataset, version: int) -> None:
        diff = ReleaseDiff(
            before.version,
            version,
            diff_inputs(before.manifest["inputs"], plain(self.content.inputs)),
            diff_datasets(self.dictionary, tables, self.dataset),
        )
        title = f"{self.context.fund_year.year}年度绩效评价数据更正说明"
        write_correction(self.dictionary, diff, self.copy / CHANGES, title)

    def _manifest(self, before: Release | None, version: int) -> dict[str, Any]:
        record = read_run(self.context.run)
        return {
            "fund": self.context.fund_year.fund,
            "year": self.context.fund_year.year,
            "version": version,
            "run_id": self.context.run.run_id,
            "scheme": record["scheme"],
            "code_version": record["code_version"],
            "published_at": utc_now(),
            "previous": previous_entry(before) if before else None,
            "approval": approval_entry(self.context),
            "content_sha256": self.content.sha256,
            "inputs": plain(self.content.inputs),
            "files": plain(file_entries(self.copy)),
        }


@contextmanager
def _hidden_copy(context: RunContext, draft: Path) -> Iterator[Path]:
    """Copy the draft into a hidden folder beside the releases; what a dead attempt of this run left goes first."""
    folder = context.rooms.releases(context.fund_year)
    folder.mkdir(parents=True, exist_ok=True)
    prefix = f".publishing-{context.run.run_id}-"
    for left in folder.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    copy = folder / f"{prefix}{uuid.uuid4().hex[:8]}"
    try:
        for part in PARTS:
            shutil.copytree(draft / part, copy / part, symlinks=True, ignore=shutil.ignore_patterns(".*"))
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _require_redacted(context: RunContext, copy: Path) -> ScanReport:
    logs = [folder for folder in context.logs if folder.exists()]
    report = scan_folders([copy, *logs], secrets_of(context.run))
    if not report.is_clean:
        # The hidden folder's own name means nothing to a reader.
        places = "\n".join(report.problems()).replace(f"{copy.name} › ", "")
        raise DisclosureError(f"发布前检查发现不得公开的内容,不予发布:\n{places}")
    return report


def _seal(copy: Path) -> None:
    """Make every file read-only and put all of it on the disk, so that what appears is there to stay."""
    for path in sorted(copy.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(READ_ONLY)
        _sync(path)
    _sync(copy)


def _appear(context: RunContext, copy: Path, target: Release) -> bool:
    """Rename the copy to its final name; False where another run took the number first.

    Renaming a folder onto one that has files fails on every POSIX file system, so no lock is needed. In a store it
    appears there first.
    """
    if context.rooms.store is not None and not appear_in_store(context, copy, target):
        _unseal(copy)
        return False
    try:
        copy.rename(target.path)
    except OSError:
        if not target.path.exists():
            raise
        _unseal(copy)
        return False
    _sync(target.path.parent)
    return True


def _unseal(copy: Path) -> None:
    for path in copy.rglob("*"):
        if path.is_file():
            path.chmod(0o644)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _counts(release: Release, scan: ScanReport | None) -> dict[str, Any]:
    files = release.manifest["files"]
    return {
        "version": release.version,
        "published_before": scan is None,
        "files": len(files),
        "bytes": sum(entry["bytes"] for entry in files),
        "scanned_files": scan.files if scan else 0,
        "scan_seconds": round(scan.seconds, 2) if scan else 0.0,
        "secrets": scan.secrets if scan else 0,
    }
