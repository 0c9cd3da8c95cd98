"""Taking in what offices put into the inbox: check it, answer it, enter it into the ledger.

The inbox is ``<inbox>/<fund>/<year>/[<office>/]<file>``. One look takes in what is new since the last one and leaves
alone what is still being written. A file that was refused is looked at again once the plan or a list of corrected
cells has been accepted after it: what was wrong with it may be right now.
"""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fundeval.core.errors import FundevalError, Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256, replacing
from fundeval.sources.contract import KINDS
from fundeval.sources.corrections import check_list
from fundeval.sources.feedback import write_feedback
from fundeval.sources.inbox import CORRECTIONS, InboxFile, list_inbox, name_problem
from fundeval.sources.selection import SourceFile, archived, in_order, is_unchanged, source_file
from fundeval.sources.submissions import (
    Received,
    Submission,
    covered,
    ledger_folder,
    read_submissions,
    record,
    standing,
    stated_period,
)

SETTLE_SECONDS = 3.0
"""How long a file must not change to count as arrived."""
_PLAN = "budget_plan"
# A list may mend what was refused, and a plan may name what was unknown: then the refused files get another look.
_ROUNDS = 3

Check = Callable[[Mapping[str, Sequence[SourceFile]], FundYear], list[Problem]]
"""Reads and checks chosen files of a fund-year by kind and returns every problem."""


@dataclass(frozen=True)
class Look:
    """What one look at the inbox of a fund-year came to.

    Attributes:
        taken: What was entered into the ledger, in order.
        unfinished: Names of files that are still being written.
    """

    taken: tuple[Submission, ...]
    unfinished: tuple[str, ...]


@dataclass(frozen=True)
class Inboxes:
    """What lies in the inbox of the installation.

    Attributes:
        fund_years: Fund-years with something to be looked at.
        misplaced: Paths, relative to the inbox, of files that lie in no folder of a fund and year.
    """

    fund_years: tuple[FundYear, ...]
    misplaced: tuple[str, ...]


def look_around(inbox: Path, rooms: Rooms, funds: Iterable[str]) -> Inboxes:
    """Find the fund-years of an inbox with files nobody has looked at yet.

    Args:
        inbox: The inbox of the installation.
        rooms: The storage root.
        funds: Identifiers of the registered funds.
    """
    folders = _fund_year_folders(inbox, set(funds))
    if folders:
        rooms.bring(rooms.root / "submissions")
    waiting = [
        fund_year
        for fund_year, folder in folders.items()
        if _due(list_inbox(folder), read_submissions(rooms, fund_year))
    ]
    known = set(folders.values())
    misplaced = [
        str(path.relative_to(inbox))
        for path in sorted(inbox.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and known.isdisjoint(path.parents)
    ]
    return Inboxes(tuple(sorted(waiting)), tuple(misplaced))


def _fund_year_folders(inbox: Path, funds: set[str]) -> dict[FundYear, Path]:
    found = {}
    for folder in sorted(inbox.glob("*/*")):
        if folder.is_dir() and not folder.is_symlink() and folder.parent.name in funds:
            try:
                fund_year = FundYear(folder.parent.name, int(folder.name))
            except (FundevalError, ValueError):
                continue
            # 02022 is a folder, too, but not that of the year.
            if str(fund_year.year) == folder.name:
                found[fund_year] = folder
    return found


def take_in(
    folder: Path, rooms: Rooms, fund_year: FundYear, check: Check, settle_seconds: float | None = None
) -> Look:
    """Take in what is new in the inbox of a fund-year.

    Args:
        folder: The inbox of the fund-year.
        rooms: The storage root.
        fund_year: The fund-year.
        check: Reads and checks files; its problems decide whether a file is accepted.
        settle_seconds: How long a file must not change to count as arrived; :data:`SETTLE_SECONDS` where not given.
    """
    seconds = SETTLE_SECONDS if settle_seconds is None else settle_seconds
    rooms.bring(ledger_folder(rooms, fund_year))
    taken: list[Submission] = []
    unfinished: set[str] = set()
    for _ in range(_ROUNDS):
        due = _due(list_inbox(folder), read_submissions(rooms, fund_year))
        settled = _settled(due, seconds)
        unfinished = {file.path.name for file in due} - {file.path.name for file in settled}
        for file in sorted(settled, key=_turn):
            submission = _take(file, rooms, fund_year, check)
            if submission is None:
                unfinished.add(file.path.name)
            else:
                taken.append(submission)
        if not settled:
            break
    return Look(tuple(taken), tuple(sorted(unfinished)))


def _turn(file: InboxFile) -> tuple[int, str, str]:
    """Return when a file's turn is: the plan first, lists of corrections last, unknown ones anywhere."""
    order = (*KINDS, CORRECTIONS)
    return order.index(file.kinds[0]) if len(file.kinds) == 1 else 0, file.office, file.path.name


def _due(files: Sequence[InboxFile], recorded: Sequence[Submission]) -> list[InboxFile]:
    """Return the files to be looked at: new ones, and refused ones that may be right by now."""
    latest = {(each.received.office, each.received.file): each for each in recorded}
    helpful = [
        each.number
        for each in recorded
        if each.outcome == "accepted" and each.received.kind in (_PLAN, CORRECTIONS)
    ]
    last_help = max(helpful, default=0)
    return [
        file
        for file in files
        if (known := latest.get((file.office, file.path.name))) is None
        or not is_unchanged(file.path, known)
        or (known.outcome == "refused" and bool(known.received.kind) and known.number < last_help)
    ]


def _settled(files: Sequence[InboxFile], seconds: float) -> list[InboxFile]:
    """Return the files that do not change for a while."""
    if not files:
        return []
    before = {file.path: _state(file.path) for file in files}
    time.sleep(seconds)
    return [file for file in files if before[file.path] and _state(file.path) == before[file.path]]


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _take(file: InboxFile, rooms: Rooms, fund_year: FundYear, check: Check) -> Submission | None:
    """Archive, check and answer one file and enter it; None where it changed meanwhile."""
    before = file.path.stat()
    sha256, kept = rooms.archive(file.path)
    if _state(file.path) != (before.st_size, before.st_mtime_ns):
        if file_sha256(kept) != sha256:
            kept.unlink()
        return None
    kind = file.kinds[0] if len(file.kinds) == 1 else ""
    received = Received(
        file=file.path.name,
        office=file.office,
        who=file.office or _owner(file.path),
        kind=kind,
        sha256=sha256,
        size_bytes=before.st_size,
        modified_ns=before.st_mtime_ns,
    )
    try:
        problems = _problems(file, kind, kept, rooms, fund_year, check)
    except (OSError, MemoryError):
        raise  # the machine's fault: another try may help
    except Exception as error:
        problems = [_fault(error, received, rooms, fund_year)]
    answer = write_feedback(kept, received.file, problems, _feedback_folder(rooms, fund_year, file.office))
    # The answer before the record, which says where it lies.
    rooms.send(answer)
    return record(rooms, fund_year, received, problems, str(answer.relative_to(rooms.root)))


def _fault(error: Exception, received: Received, rooms: Rooms, fund_year: FundYear) -> Problem:
    """Answer a file this program cannot check; it must hold up no other file. The whole error is the owner's alone.

    The text of an error may quote a cell, and that cell may name a classified project (保守国家秘密法 art. 26).
    """
    written = ledger_folder(rooms, fund_year) / "faults" / f"{received.sha256}.txt"
    with replacing(written) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    rooms.send(written)
    return Problem(
        file=received.file,
        code="program_fault",
        message=f"程序有缺陷,无法检查这个文件({type(error).__name__})。",
        remedy="文件已归档,请联系系统维护人员,不需重报。",
    )


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return f"uid {path.stat().st_uid}"


def _feedback_folder(rooms: Rooms, fund_year: FundYear, office: str) -> Path:
    folder = rooms.root / "feedback" / fund_year.fund / str(fund_year.year) / office
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _problems(
    file: InboxFile, kind: str, kept: Path, rooms: Rooms, fund_year: FundYear, check: Check
) -> list[Problem]:
    """Return what is wrong with a file, held against what stands of the plan, its own kind and the corrections."""
    name = file.path.name
    unusable = name_problem(name, file.kinds)
    if unusable is not None:
        return [unusable]
    recorded = read_submissions(rooms, fund_year)
    sent = source_file(kept, kind, name, file.office)
    lists = [archived(rooms, each) for each in standing(recorded, CORRECTIONS)]
    if kind == CORRECTIONS:
        with tempfile.TemporaryDirectory(prefix="fundeval-corrections-") as folder:
            return check_list(sent, lists, recorded, rooms, Path(folder))
    kept_already = standing(recorded, kind)
    displaced = covered(kind, stated_period(kind, name), kept_already)
    beside = [archived(rooms, each) for each in kept_already if each not in displaced]
    by_kind = {
        _PLAN: [archived(rooms, each) for each in standing(recorded, _PLAN)],
        kind: in_order([*beside, sent]),
        CORRECTIONS: lists,
    }
    found = check({key: files for key, files in by_kind.items() if files}, fund_year)
    return [problem for problem in found if problem.file == name]
