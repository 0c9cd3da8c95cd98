"""What the storage root says of every fund-year: its runs, its gates, its releases, its submissions."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundeval.airflow.pages.remembered import while_unchanged
from fundeval.core.errors import SEVERITY_ZH, FundevalError, Problem
from fundeval.core.funds import known_funds, load_fund
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import DATA_DOCS, Rooms
from fundeval.release.manifest import MANIFEST
from fundeval.release.versions import releases_of
from fundeval.sources.submissions import Submission, ledger_folder, read_submissions

CHINA = ZoneInfo("Asia/Shanghai")
OUTCOMES = ("pass", "fail", "not_applicable")

# The parts of a release people open, in the order they are offered.
_DOCUMENTS = {
    "report/report.html": "网页版",
    "report/report.docx": "Word",
    "report/report.pdf": "PDF",
    "report/appendices.xlsx": "附表",
    "dataset/dataset.xlsx": "数据集",
    "changes/correction.docx": "更正说明",
}


@dataclass(frozen=True)
class Document:
    """A file of a release that is offered: its path in the release and its Chinese name."""

    path: str
    title: str


@dataclass(frozen=True)
class ReleaseView:
    """What the pages show of a release.

    Attributes:
        version: Its number.
        published_at: When, in China's time.
        run_id: Folder of the run that made it.
        score: Score in points; None where the dataset has none.
        grade: Grade; '' likewise.
        withdrawn: Reason of the withdrawal; None while it stands.
        approved_by: Who approved it; '' where no approval was asked for.
        documents: What can be opened.
    """

    version: int
    published_at: dt.datetime
    run_id: str
    score: Decimal | None
    grade: str
    withdrawn: str | None
    approved_by: str
    documents: tuple[Document, ...]


@dataclass(frozen=True)
class Check:
    """One check or rule of a run and what came of it."""

    name: str
    title: str
    severity: str
    outcome: str
    reason: str
    rows: int


@dataclass(frozen=True)
class RunView:
    """What the pages show of a run.

    Attributes:
        run_id: Name of its folder.
        asked_as: What Airflow calls it; '' where it was not Airflow's.
        opened_at: When its folder was made, in China's time.
        state: Key of :data:`STATES`.
        stages_done: How many stages have ended well.
        critical: Number of problems that stop it.
        checks: Checks and rules with their outcomes.
        has_data_docs: Whether the documents of the checks were written.
    """

    run_id: str
    asked_as: str
    opened_at: dt.datetime
    state: str
    stages_done: int
    critical: int
    checks: tuple[Check, ...]
    has_data_docs: bool

    def count(self, outcome: str, severities: Container[str] = SEVERITY_ZH) -> int:
        """Return how many checks of some severities had an outcome."""
        return sum(check.outcome == outcome and check.severity in severities for check in self.checks)


STATES = {
    "published": "已发布",
    "withdrawn": "已撤回",
    "ready": "待审批或发布",
    "rejected": "审批退回",
    "refused": "来源文件有误",
    "faulted": "故障中断",
    "unfinished": "进行中",
    "waiting": "尚未评价",
}


@dataclass(frozen=True)
class FundYearView:
    """A line of the overview.

    Attributes:
        fund_year: Fund and year.
        title: Chinese name of the fund.
        state: Key of :data:`STATES`.
        run: Newest run, if any.
        release: Newest release that stands, if any.
        releases: Number of releases, withdrawn ones included.
        refused: Submissions that were refused and not yet sent again.
    """

    fund_year: FundYear
    title: str
    state: str
    run: RunView | None
    release: ReleaseView | None
    releases: int
    refused: int


def board(rooms: Rooms) -> list[FundYearView]:
    """Return a line for every fund-year that has submissions, runs or releases, the newest year first."""
    titles = fund_titles()
    years = {year for room in ("submissions", "runs", "releases") for year in _fund_years(rooms.root / room)}
    ordered = sorted(years, key=lambda each: (-each.year, each.fund))
    return [_line(rooms, year, titles.get(year.fund, year.fund)) for year in ordered]


def in_china(moment: str) -> dt.datetime:
    """Return a moment that was written down as ISO 8601, in China's time."""
    return dt.datetime.fromisoformat(moment).astimezone(CHINA)


def fund_titles() -> dict[str, str]:
    """Return the Chinese name of each registered fund whose description can be read."""
    titles = {}
    for fund in known_funds():
        try:
            titles[fund] = load_fund(fund).title
        except FundevalError:
            titles[fund] = fund
    return titles


def release_views(rooms: Rooms, fund_year: FundYear) -> list[ReleaseView]:
    """Return the releases of a fund-year, newest first; one whose record is damaged is left out."""
    views = []
    for release in reversed(releases_of(rooms, fund_year)):
        if (release.path / MANIFEST).is_file():
            try:
                withdrawal = release.withdrawal
                views.append(
                    _release(release.path, release.version, withdrawal["reason"] if withdrawal else None)
                )
            except (FundevalError, ValueError, KeyError):
                continue
    return views


def run_views(rooms: Rooms, fund_year: FundYear, limit: int | None = None) -> list[RunView]:
    """Return the runs of a fund-year, newest first.

    Args:
        rooms: The storage root.
        fund_year: Fund and year.
        limit: Return no more than this many.
    """
    folder = rooms.root / "runs" / fund_year.fund / str(fund_year.year)
    opened = [
        (path.stat().st_mtime, path.parent)
        for path in folder.glob("[!.]*/run.json")
        if not path.parent.is_symlink()
    ]
    published = {
        _manifest(release.path / MANIFEST).get("run_id") for release in releases_of(rooms, fund_year)
    }
    newest = sorted(opened, reverse=True)[:limit]
    return [_run(folder, opened_at, folder.name in published) for opened_at, folder in newest]


def _line(rooms: Rooms, fund_year: FundYear, title: str) -> FundYearView:
    releases = release_views(rooms, fund_year)
    standing = next((release for release in releases if release.withdrawn is None), None)
    runs = run_views(rooms, fund_year, limit=1)
    run = runs[0] if runs else None
    if run is None:
        state = ("published" if standing else "withdrawn") if releases else "waiting"
    elif run.state == "published" and standing is None:
        state = "withdrawn"
    else:
        state = run.state
    return FundYearView(
        fund_year, title, state, run, standing, len(releases), len(refused_submissions(rooms, fund_year))
    )


def refused_submissions(rooms: Rooms, fund_year: FundYear) -> list[Submission]:
    """Return the refused submissions whose office has sent nothing newer of the kind, oldest first."""
    newest: dict[tuple[str, str], Submission] = {}
    for submission in _submissions(ledger_folder(rooms, fund_year)):
        received = submission.received
        newest[(received.office, received.kind or received.file)] = submission
    return [submission for submission in newest.values() if submission.outcome == "refused"]


def _fund_years(folder: Path) -> Iterator[FundYear]:
    for path in folder.glob("*/*"):
        if path.name.isdecimal() and path.is_dir() and not path.is_symlink():
            try:
                yield FundYear(path.parent.name, int(path.name))
            except FundevalError:
                continue


def _release(path: Path, version: int, withdrawn: str | None) -> ReleaseView:
    manifest = _manifest(path / MANIFEST)
    metrics = _metrics(path / "dataset" / "metrics.csv")
    present = {entry["path"] for entry in manifest["files"]}
    return ReleaseView(
        version=version,
        published_at=in_china(manifest["published_at"]),
        run_id=manifest["run_id"],
        score=_decimal(metrics.get("score", "")),
        grade=metrics.get("grade", ""),
        withdrawn=withdrawn,
        approved_by=str((manifest.get("approval") or {}).get("by", "")),
        documents=tuple(Document(name, title) for name, title in _DOCUMENTS.items() if name in present),
    )


def _run(folder: Path, opened_at: float, is_published: bool) -> RunView:
    record = _record(folder / "run.json")
    critical = _critical_problems(folder / "checks" / "problems.parquet")
    done = sorted(path.stem for path in (folder / "stages").glob("[!.]*.json"))
    return RunView(
        run_id=folder.name,
        asked_as="" if folder.name.startswith("cli__") else str(record.get("asked_as", "")),
        opened_at=dt.datetime.fromtimestamp(opened_at, CHINA),
        state="published" if is_published else _state(folder, critical, done),
        stages_done=len(done),
        critical=critical,
        checks=tuple(_checks(folder)),
        has_data_docs=(folder / DATA_DOCS / "index.html").is_file(),
    )


def _state(folder: Path, critical: int, done: list[str]) -> str:
    """Return how a run stands that has not published, by what its tasks have left.

    A fault's text outlives the try it ended; it counts while its stage has not ended well since.
    """
    draft = folder / "draft" / "report" / "report.docx"
    if _is_rejected(folder / "approval.json", draft):
        return "rejected"
    if any(path.stem not in done for path in (folder / "faults").glob("[!.]*.txt")):
        return "faulted"
    if critical:
        return "refused"
    return "ready" if draft.is_file() else "unfinished"


def _is_rejected(approval: Path, draft: Path) -> bool:
    """Tell whether the draft as it is was sent back; one that was written anew since waits for an answer again."""
    if _record(approval).get("approved", True):
        return False
    return not draft.is_file() or draft.stat().st_mtime <= approval.stat().st_mtime


def _checks(folder: Path) -> Iterator[Check]:
    """Yield the outcome of every rule; of a run that ended at the gate, of those the gate ran."""
    whole = folder / "checks" / "rules.parquet"
    for row in _rows(whole if whole.is_file() else folder / "checks" / "gate_rules.parquet"):
        yield Check(
            row["rule"],
            row["title"],
            row["severity"],
            row["outcome"],
            row["reason"] or "",
            row["rows_found"] or 0,
        )


@while_unchanged
def _submissions(ledger: Path) -> list[Submission]:
    """Read a fund-year's ledger; a record never changes, so only a new one makes this read again."""
    fund_year = FundYear(ledger.parent.name, int(ledger.name))
    try:
        return read_submissions(Rooms(ledger.parents[2]), fund_year)
    except (OSError, ValueError, TypeError, KeyError):
        # A broken record is for the ledger's own room to tell; the rest of the page stands.
        return []


@while_unchanged
def _read_json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}


def _record(path: Path) -> dict[str, Any]:
    """Read a JSON object of a run; a file that is being replaced or broken is none."""
    try:
        return _read_json(path)
    except (OSError, ValueError):
        return {}


_manifest = _record


@while_unchanged
def _metrics(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return {row["metric"]: row["value"] for row in csv.DictReader(handle)}


def _critical_problems(path: Path) -> int:
    try:
        return _count_critical(path)
    except (OSError, pa.ArrowInvalid):
        return 0


@while_unchanged
def _count_critical(path: Path) -> int:
    """Count without reading the texts: there may be a problem per row of a big file."""
    severities = pq.read_table(path, columns=["severity"])["severity"]
    return int(pc.sum(pc.equal(severities, "critical")).as_py() or 0)


def first_problems(rooms: Rooms, fund_year: FundYear, run_id: str, limit: int) -> list[Problem]:
    """Return the first problems the gate has told of a run, at most ``limit``."""
    path = rooms.run(fund_year, run_id).table_path("checks", "problems")
    try:
        batch = next(pq.ParquetFile(path).iter_batches(batch_size=limit), None)
    except (OSError, pa.ArrowInvalid):
        return []
    return [Problem(**row) for row in batch.to_pylist()] if batch else []


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    try:
        return _read_rows(path)
    except (OSError, pa.ArrowInvalid):
        return []


@while_unchanged
def _read_rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
