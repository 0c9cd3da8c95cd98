"""The ledger of submissions: every file an office sent, who sent it, when, what came of it.

One JSON file per submission under ``submissions/<fund>/<year>/``, numbered and never changed or removed. Which file
stands is not written down but follows from the records: a later accepted file displaces the earlier ones whose
months it covers, a refused one displaces nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fundeval.core import audit
from fundeval.core.errors import Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, json_text, write_json
from fundeval.sources.contract import KINDS, load_contract
from fundeval.sources.inbox import CORRECTIONS
from fundeval.sources.period import WHOLE_YEAR, Period, period_in_name

Outcome = Literal["accepted", "refused"]
_ANNOUNCED = "announced.json"
OUTCOMES_ZH: Mapping[Outcome, str] = {"accepted": "已接受", "refused": "已退回"}


@dataclass(frozen=True)
class Received:
    """A file as it arrived.

    Attributes:
        file: Name as sent.
        office: Folder of the office in the inbox; empty where it lay outside of any.
        who: The office, else the owner of the file.
        kind: Kind by its name; empty where it fits none or several.
        sha256: Of its bytes, which the archive keeps.
        size_bytes: Length of the file.
        modified_ns: When the file was last written, nanoseconds of the epoch: with the length, what tells an
            unchanged file without reading it again.
    """

    file: str
    office: str
    who: str
    kind: str
    sha256: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Submission:
    """One record of the ledger.

    Attributes:
        number: Position in the fund-year's ledger, from 1.
        received_at: When it was taken in, UTC, ISO 8601.
        received: The file.
        outcome: ``accepted`` or ``refused``.
        problems: Everything found in it; a refused one has at least one that is critical.
        supersedes: Numbers of the accepted submissions this one displaced.
        feedback: Where the office finds the answer, relative to the storage root.
    """

    number: int
    received_at: str
    received: Received
    outcome: Outcome
    problems: tuple[Problem, ...]
    supersedes: tuple[int, ...] = ()
    feedback: str = ""

    @property
    def period(self) -> Period | None:
        """Months the file says it covers, for kinds that may come in increments."""
        return stated_period(self.received.kind, self.received.file)

    def count(self, severity: str) -> int:
        """Return how many problems of a severity were found."""
        return sum(problem.severity == severity for problem in self.problems)


def stated_period(kind: str, file: str) -> Period | None:
    """Return the period a file of a kind states in its name; None for kinds of which one file is the whole."""
    takes_increments = kind in KINDS and load_contract(kind).increments is not None
    return period_in_name(file) if takes_increments else None


def ledger_folder(rooms: Rooms, fund_year: FundYear) -> Path:
    """Return the folder of a fund-year's records."""
    return rooms.root / "submissions" / fund_year.fund / str(fund_year.year)


def read_submissions(rooms: Rooms, fund_year: FundYear) -> list[Submission]:
    """Return the records of a fund-year in the order of their numbers; empty where none was ever taken in."""
    paths = sorted(ledger_folder(rooms, fund_year).glob("[0-9]*.json"))
    return [_from_json(json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def standing(submissions: Iterable[Submission], kind: str) -> list[Submission]:
    """Return the accepted submissions of a kind no later one has displaced, in the order they arrived.

    Lists of corrected cells are applied one after the other, so each of them stands.
    """
    accepted = [each for each in submissions if each.outcome == "accepted" and each.received.kind == kind]
    displaced = {number for each in accepted for number in each.supersedes}
    return [each for each in accepted if each.number not in displaced]


def covered(kind: str, period: Period | None, earlier: Iterable[Submission]) -> list[Submission]:
    """Return those of ``earlier`` that a file of the kind for ``period`` takes the place of."""
    if kind == CORRECTIONS:
        return []
    whole = period or WHOLE_YEAR
    return [each for each in earlier if whole.holds(each.period or WHOLE_YEAR)]


def superseded_by(submissions: Iterable[Submission]) -> dict[int, int]:
    """Return which submission displaced which: number of the displaced to number of the displacing one."""
    return {number: each.number for each in submissions for number in each.supersedes}


def record(
    rooms: Rooms, fund_year: FundYear, received: Received, problems: Iterable[Problem], feedback: str = ""
) -> Submission:
    """Enter a file into the ledger and the audit trail; return the record.

    It is accepted where none of its problems is critical. Where two processes take in files at the same time, each
    gets a number of its own.
    """
    found = tuple(sorted(problems))
    refused = any(problem.severity == "critical" for problem in found)
    while True:
        earlier = read_submissions(rooms, fund_year)
        period = stated_period(received.kind, received.file)
        displaced = [] if refused else covered(received.kind, period, standing(earlier, received.kind))
        submission = Submission(
            number=earlier[-1].number + 1 if earlier else 1,
            received_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            received=received,
            outcome="refused" if refused else "accepted",
            problems=found,
            supersedes=tuple(each.number for each in displaced),
            feedback=feedback,
        )
        path = ledger_folder(rooms, fund_year) / f"{submission.number:06}.json"
        if rooms.create(path, json_text(as_json(submission)).encode()):
            break
        rooms.bring(path.parent)
    audit.append(rooms, f"submission.{submission.outcome}", received.who, fund_year, _for_audit(submission))
    return submission


def unannounced(rooms: Rooms, fund_year: FundYear) -> list[Submission]:
    """Return the accepted submissions that nobody downstream has been told of yet."""
    path = ledger_folder(rooms, fund_year) / _ANNOUNCED
    last = json.loads(path.read_text(encoding="utf-8"))["number"] if path.is_file() else 0
    recorded = read_submissions(rooms, fund_year)
    return [each for each in recorded if each.outcome == "accepted" and each.number > last]


def mark_announced(rooms: Rooms, fund_year: FundYear, number: int) -> None:
    """Remember that everything up to this number has been announced."""
    path = ledger_folder(rooms, fund_year) / _ANNOUNCED
    write_json(path, {"number": number})
    rooms.send(path)


def as_json(submission: Submission) -> dict[str, Any]:
    """Return a record as it is kept."""
    fields = vars(submission)
    return {
        **fields,
        "received": dict(vars(submission.received)),
        "period": str(submission.period) if submission.period else "",
        "problems": [problem.as_dict() for problem in submission.problems],
        "supersedes": list(submission.supersedes),
    }


def _from_json(content: dict[str, Any]) -> Submission:
    return Submission(
        **{name: value for name, value in content.items() if name != "period"}
        | {
            "received": Received(**content["received"]),
            "problems": tuple(Problem(**problem) for problem in content["problems"]),
            "supersedes": tuple(content["supersedes"]),
        }
    )


def _for_audit(submission: Submission) -> dict[str, Any]:
    """Return what the trail says of a submission: never a value of a cell."""
    received = submission.received
    return {
        "number": submission.number,
        "file": received.file,
        "office": received.office,
        "kind": received.kind,
        "sha256": received.sha256,
        "supersedes": list(submission.supersedes),
        "problems": {severity: submission.count(severity) for severity in ("critical", "warning", "info")},
    }
