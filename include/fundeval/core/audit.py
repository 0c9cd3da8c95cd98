"""The audit trail: what was submitted, corrected, waived, approved and published, by whom and when.

One file of JSON lines per storage root, only ever appended to; in a store, which cannot append, one object per entry,
created under the next number only where nobody has taken it. Each entry carries the sha256 of the one before, so an
entry that is changed, moved or taken out breaks every hash after it. Entries hold names of files, hashes and
people, never a row of a source.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.core.store import Store

FIRST = "0" * 64
"""What the first entry names as the hash before it."""
_FOLDER = "audit"
_NAME = re.compile(rf"{_FOLDER}/(\d{{12}})\.json")


@dataclass(frozen=True)
class Entry:
    """One line of the trail.

    Attributes:
        number: Position in the trail, from 1.
        at: When it was written, UTC, ISO 8601.
        event: What happened, as ``topic.action`` (``submission.accepted``, ``release.published`` …).
        who: The person or service that did it.
        fund: Fund it is about.
        year: Year it is about.
        detail: What else is to be known: file names, hashes, versions, reasons.
        previous: sha256 of the entry before; :data:`FIRST` for the first.
        sha256: sha256 of all of the above.
    """

    number: int
    at: str
    event: str
    who: str
    fund: str
    year: int
    detail: Mapping[str, Any]
    previous: str
    sha256: str


def trail_path(rooms: Rooms) -> Path:
    """Return where the trail of a storage root that is a folder is kept."""
    return rooms.root / _FOLDER / "trail.jsonl"


def append(rooms: Rooms, event: str, who: str, fund_year: FundYear, detail: Mapping[str, Any]) -> Entry:
    """Append one entry and return it; it is on the disk, or in the store, when this returns.

    A line that a crash has cut short is closed first: it stays, and :func:`verify` tells it.
    """
    about = {
        "event": event,
        "who": who,
        "fund": fund_year.fund,
        "year": fund_year.year,
        "detail": dict(detail),
    }
    content = _append_line(rooms, about) if rooms.store is None else _append_object(rooms.store, about)
    return Entry(**content)


def _append_line(rooms: Rooms, about: Mapping[str, Any]) -> dict[str, Any]:
    with _locked(trail_path(rooms)) as descriptor:
        text = _whole_text(descriptor)
        if text and not text.endswith("\n"):
            os.write(descriptor, b"\n")
        lines = text.splitlines()
        content = _entry(len(lines) + 1, lines[-1] if lines else None, about)
        os.write(descriptor, (_as_text(content) + "\n").encode())
        os.fsync(descriptor)
    return content


def _append_object(store: Store, about: Mapping[str, Any]) -> dict[str, Any]:
    """Create the entry after the last; where somebody else has created that number first, the one after it."""
    while True:
        objects = _objects(store)
        last = max(objects, default=0)
        before = objects[last].decode(errors="replace") if objects else None
        content = _entry(last + 1, before, about)
        if store.create(f"{_FOLDER}/{last + 1:012}.json", _as_text(content).encode()):
            return content


def _entry(number: int, before: str | None, about: Mapping[str, Any]) -> dict[str, Any]:
    content = {
        "number": number,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        **about,
        "previous": FIRST if before is None else _hash_named_in(before),
    }
    return {**content, "sha256": _digest(content)}


def read(rooms: Rooms, fund_year: FundYear | None = None) -> list[Entry]:
    """Return the readable entries in order, all or those of one fund-year."""
    entries = [Entry(**content) for content in map(_parsed, _lines(rooms)) if content is not None]
    return [
        entry
        for entry in entries
        if fund_year is None or (entry.fund, entry.year) == (fund_year.fund, fund_year.year)
    ]


def verify(rooms: Rooms) -> list[str]:
    """Return a Chinese sentence for every line that was changed, moved, taken out or cut short; empty is sound.

    A tail that was cut off whole cannot be seen from the trail alone: hold the releases against it too.
    """
    faults, previous = [], FIRST
    for number, line in enumerate(_lines(rooms), 1):
        content = _parsed(line)
        if content is None:
            faults.append(f"第{number}条记录不完整,无法读取。")
            previous = ""
            continue
        if content["number"] != number:
            faults.append(f"第{number}条记录的序号是{content['number']},其间有记录被删除、插入或移动。")
        if content["previous"] != previous:
            faults.append(f"第{number}条记录与前一条接不上,其间有记录被改动、删除或移动。")
        if content["sha256"] != _digest(content):
            faults.append(f"第{number}条记录的内容被改动。")
        previous = content["sha256"]
    return faults


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        # flock and not lockf: it holds between threads too, and reading through a copy does not let it go.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _whole_text(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as handle:
        return handle.read().decode(errors="replace")


def _objects(store: Store) -> dict[int, bytes]:
    """Return the entries of a store by the number in their names."""
    named = ((_NAME.fullmatch(name), content) for name, content in store.read_each(_FOLDER).items())
    return {int(name[1]): content for name, content in named if name}


def _lines(rooms: Rooms) -> list[str]:
    if rooms.store is not None:
        objects = _objects(rooms.store)
        # An object that was taken out is a line nobody can read.
        return [
            objects.get(number, b"").decode(errors="replace")
            for number in range(1, max(objects, default=0) + 1)
        ]
    path = trail_path(rooms)
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
        Entry(**content)
    except (ValueError, TypeError):
        return None
    parsed: dict[str, Any] = content
    return parsed


def _hash_named_in(line: str) -> str:
    content = _parsed(line)
    return content["sha256"] if content else ""


def _digest(content: Mapping[str, Any]) -> str:
    signed = {name: value for name, value in content.items() if name != "sha256"}
    return hashlib.sha256(_as_text(signed).encode()).hexdigest()


def _as_text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
