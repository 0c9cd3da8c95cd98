"""Which files of a kind a run reads: what lies in the sources folder, held against the ledger of submissions.

Where nothing was ever taken in, the folder alone decides and has to be clear. Where there is a ledger, the
accepted submissions that stand are read from the archive, refused and displaced ones are passed over, and a file
nobody has looked at yet counts as the newest: the run itself then says whether it can be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fundeval.core.context import RunContext
from fundeval.core.errors import Problem
from fundeval.core.rooms import Rooms, file_sha256, steady_sha256
from fundeval.sources.contract import Contract, load_contract
from fundeval.sources.inbox import CORRECTIONS, InboxFile, folder_problems, list_inbox
from fundeval.sources.period import WHOLE_YEAR, Period, months_without
from fundeval.sources.submissions import Submission, covered, read_submissions, standing, stated_period


@dataclass(frozen=True)
class SourceFile:
    """A file to be read.

    Attributes:
        path: Its bytes, in the sources folder or the archive.
        name: Its name as the office sent it.
        office: Folder of the office; empty where there is none.
        period: Months it says it covers; None where it says nothing, and then it is the whole.
    """

    path: Path
    name: str
    office: str = ""
    period: Period | None = None


def source_file(path: Path, kind: str, name: str = "", office: str = "") -> SourceFile:
    """Make a source file of a kind; its name is that of ``path`` where none is given."""
    return SourceFile(path, name or path.name, office, stated_period(kind, name or path.name))


def archived(rooms: Rooms, submission: Submission) -> SourceFile:
    """Return a submitted file as the archive keeps it, under the name it was sent by."""
    received = submission.received
    return source_file(rooms.archived(received.sha256), received.kind, received.file, received.office)


def in_order(files: Iterable[SourceFile]) -> list[SourceFile]:
    """Return increments in the order of their months, a file of the whole year last of those that begin with it."""
    return sorted(files, key=lambda file: (file.period or WHOLE_YEAR, file.name))


def files_to_read(context: RunContext, contract: Contract) -> tuple[list[SourceFile], list[Problem]]:
    """Choose the files of a kind, those of earlier months first.

    Returns:
        The files, and what stands in the way of choosing: none or more than can be one. With problems, no files.
    """
    kind = contract.kind
    recorded = read_submissions(context.rooms, context.fund_year)
    present = [file for file in list_inbox(context.sources) if file.kinds == (kind,)]
    new = [source_file(file.path, kind, office=file.office) for file in _unrecorded(present, recorded)]
    problems = rival_problems(new, contract)
    if problems:
        return [], problems
    kept = standing(recorded, kind)
    displaced = {each.number for file in new for each in covered(kind, file.period, kept)}
    files = [archived(context.rooms, each) for each in kept if each.number not in displaced] + new
    if not files:
        return [], [_missing(contract, recorded)]
    return in_order(files), []


def correction_files(context: RunContext) -> list[SourceFile]:
    """Return the lists of corrected cells in the order in which they are applied: as they arrived, new ones last."""
    recorded = read_submissions(context.rooms, context.fund_year)
    present = [file for file in list_inbox(context.sources) if file.is_corrections]
    new = [SourceFile(file.path, file.path.name, file.office) for file in _unrecorded(present, recorded)]
    return [archived(context.rooms, each) for each in standing(recorded, CORRECTIONS)] + new


def ingest_inputs(context: RunContext, kind: str, *, archive: bool = False) -> dict[str, str]:
    """Return name and sha256 of every file the ingest of a kind would read, corrections included.

    With ``archive`` the files of the kind are kept at once: large ones are then gone through once and not twice.

    Two files of one name are told apart by their office. The same result means that reading again would give the
    same rows, as far as files decide it.
    """
    files, problems = files_to_read(context, load_contract(kind))
    told = {f"problem {number}": str(problem) for number, problem in enumerate(problems, 1)}
    if archive:
        for file in files:
            context.rooms.archive(file.path)
    return _hashes([*files, *correction_files(context)]) | told


def correction_hashes(context: RunContext) -> dict[str, str]:
    """Return name and sha256 of every list of corrected cells."""
    return _hashes(correction_files(context))


def _hashes(files: Iterable[SourceFile]) -> dict[str, str]:
    return {f"{file.office}/{file.name}".lstrip("/"): steady_sha256(file.path) for file in files}


def inbox_problems(context: RunContext) -> list[Problem]:
    """Say which files of the sources folder fit no kind, but for those the office has been told about already."""
    recorded = read_submissions(context.rooms, context.fund_year)
    if context.rooms.store is not None and recorded and not context.sources.is_dir():
        # What was taken in is read from the store: this worker need not reach the inbox.
        return []
    refused = [each for each in recorded if each.outcome == "refused"]
    present = list_inbox(context.sources)
    unknown = {file.path for file in _unrecorded(present, refused)}
    return folder_problems(context.sources, but=[file.path for file in present if file.path not in unknown])


def missing_months(contract: Contract, files: Sequence[SourceFile]) -> list[Problem]:
    """Warn where the months the files state do not make up the year; without a file there is more to tell than that."""
    if contract.increments is None or not files:
        return []
    missing = months_without(file.period for file in files)
    if not missing:
        return []
    return [
        Problem(
            file=files[-1].name,
            code="missing_months",
            message=f"“{contract.title}”按文件名缺少{'、'.join(map(str, missing))}月。",
            remedy="请核对是否还有分月文件没有报送;已经齐全的,请在文件名里写明所含月份。",
            severity="warning",
        )
    ]


def is_unchanged(path: Path, submission: Submission) -> bool:
    """Tell whether a file is the one that was recorded, by length and time, else by its bytes."""
    status, received = path.stat(), submission.received
    if status.st_size != received.size_bytes:
        return False
    return status.st_mtime_ns == received.modified_ns or file_sha256(path) == received.sha256


def _unrecorded(files: Iterable[InboxFile], recorded: Sequence[Submission]) -> list[InboxFile]:
    """Return the files that are not the latest the ledger has of this office and name."""
    latest = {(each.received.office, each.received.file): each for each in recorded}
    return [
        file
        for file in files
        if (known := latest.get((file.office, file.path.name))) is None or not is_unchanged(file.path, known)
    ]


def rival_problems(files: Sequence[SourceFile], contract: Contract) -> list[Problem]:
    """Say which files cannot all be true: several wholes, or two of the same months."""
    periods = [file.period for file in files]
    if len(files) < 2 or (None not in periods and len(set(periods)) == len(files)):
        return []
    names = "、".join(f"《{file.office + '/' if file.office else ''}{file.name}》" for file in files)
    hint = "分月报送的,每个文件名要写明所含月份且互不相同(如“3月”“1至3月”)。" if contract.increments else ""
    return [
        Problem(
            file=file.name,
            code="duplicate_kind",
            message=f"“{contract.title}”有{len(files)}份:{names},不能判断以哪一份为准。",
            remedy=f"请只保留有效的一份。{hint}",
        )
        for file in files
    ]


def _missing(contract: Contract, recorded: Iterable[Submission]) -> Problem:
    parts = "”或“".join(contract.file_names)
    refused = [each.received.file for each in recorded if each.received.kind == contract.kind]
    why = f"报送的{'、'.join(f'《{name}》' for name in dict.fromkeys(refused))}已退回。" if refused else ""
    return Problem(
        code="missing_file",
        message=f"缺少“{contract.title}”文件。{why}",
        remedy=f"请把文件名包含“{parts}”的文件放入来源文件夹。",
    )
