"""What the pages read of a storage root in a store: brought for all fund-years at once, then only where there is news.

Whoever changes a fund-year writes a small object of its own anew (``news/<fund>/<year>.json``). The overview lists
those, at most every few seconds, and asks further only about the fund-years whose news are others. A document is
brought when it is opened. Where the root is a folder, nothing is to be done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import DATA_DOCS, Rooms
from fundeval.storage.visible import is_release_record
from fundeval.storage.workspace import NEWS

PAUSE_SECONDS = 3.0
"""How long what was brought counts as up to date."""
RUNS_SHOWN = 50
_ROOMS = ("submissions", "runs", "releases")
_RUN_PARTS = 4
# Of a run: what is read, and what only has to be there.
_READ = (
    "run.json", "approval.json", "checks/problems.parquet", "checks/rules.parquet", "checks/gate_rules.parquet",
)  # fmt: skip
_NAMED = (f"{DATA_DOCS}/index.html", "draft/report/report.docx")
_NAMED_FOLDERS = ("stages/", "faults/")


@dataclass
class _Seen:
    """What was brought of a root and when.

    Attributes:
        looked: When each thing was last asked for, by name, in seconds of the monotonic clock.
        news: What the news of each fund-year were when it was brought.
        lock: One request brings, the others wait for it.
    """

    looked: dict[str, float] = field(default_factory=dict)
    news: dict[str, bytes] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self, name: str) -> bool:
        """Tell whether something has to be asked for again, and remember that it is."""
        now = time.monotonic()
        if now - self.looked.get(name, -PAUSE_SECONDS) < PAUSE_SECONDS:
            return False
        self.looked[name] = now
        return True


_seen: dict[Path, _Seen] = {}


def bring_overview(rooms: Rooms) -> None:
    """Bring what a line of the overview is made of, of every fund-year that has changed."""
    if rooms.store is None:
        return
    seen = _seen.setdefault(rooms.root, _Seen())
    with seen.lock:
        if not seen.is_due(""):
            return
        # The news before what they are about: what changes meanwhile is news again.
        news = rooms.store.read_each(NEWS)
        if seen.news is None:
            _bring(rooms, "", runs=1)
        else:
            for name in (each for each, said in news.items() if seen.news.get(each) != said):
                _bring(rooms, name.removeprefix(f"{NEWS}/").removesuffix(".json"), runs=1)
        seen.news = news


def bring_fund_year(rooms: Rooms, fund_year: FundYear) -> None:
    """Bring what the page of a fund-year shows."""
    if _is_due(rooms, str(fund_year)):
        _bring(rooms, str(fund_year), RUNS_SHOWN)


def bring_release(rooms: Rooms, fund: str, year: int, version: int) -> None:
    """Bring a release somebody opens."""
    _bring_whole(rooms, f"releases/{fund}/{year}/v{version}")


def bring_data_docs(rooms: Rooms, fund: str, year: int, run_id: str) -> None:
    """Bring the documents of a run's checks somebody opens."""
    _bring_whole(rooms, f"runs/{fund}/{year}/{run_id}/{DATA_DOCS}")


def bring_feedback_names(rooms: Rooms) -> None:
    """Bring the names of what was written for offices."""
    if rooms.store is not None and _is_due(rooms, "feedback"):
        rooms.store.bring_chosen("feedback", lambda listed: dict.fromkeys(listed, False))


def bring_feedback(rooms: Rooms, path: Path) -> None:
    """Bring what was written for an office and somebody opens."""
    rooms.bring(path)


def _is_due(rooms: Rooms, name: str) -> bool:
    return rooms.store is not None and _seen.setdefault(rooms.root, _Seen()).is_due(name)


def _bring_whole(rooms: Rooms, name: str) -> None:
    if rooms.store is not None and ".." not in name.split("/") and _is_due(rooms, name):
        rooms.store.bring(name)


def _bring(rooms: Rooms, fund_year: str, runs: int) -> None:
    """Bring what is shown of a fund-year, ``<fund>/<year>``, or of all."""
    assert rooms.store is not None
    for room in _ROOMS:
        rooms.store.bring_chosen(f"{room}/{fund_year}".rstrip("/"), lambda listed: _chosen(listed, runs))


def _chosen(listed: Mapping[str, float], runs: int) -> dict[str, bool]:
    """Choose what the pages read: records, and the small tables of the newest runs of each fund-year."""
    newest = set(_newest_runs(listed, runs))
    chosen = {}
    for name in listed:
        run, part = _split(name)
        if _is_small(name) or (run in newest and part in _READ):
            chosen[name] = True
        elif run in newest and (part in _NAMED or part.startswith(_NAMED_FOLDERS)):
            chosen[name] = False
    return chosen


def _is_small(name: str) -> bool:
    room = name.split("/")[0]
    if room == "submissions":
        return name.endswith(".json")
    if room == "releases":
        return is_release_record(name) or name.endswith("/dataset/metrics.csv")
    return _split(name)[1] == "run.json"


def _newest_runs(listed: Mapping[str, float], count: int) -> Iterable[str]:
    """Yield the runs of each fund-year that were opened last."""
    opened: dict[str, list[tuple[float, str]]] = {}
    for name, changed_at in listed.items():
        run, part = _split(name)
        if part == "run.json":
            opened.setdefault(run.rpartition("/")[0], []).append((changed_at, run))
    for found in opened.values():
        yield from (run for _, run in sorted(found, reverse=True)[:count])


def _split(name: str) -> tuple[str, str]:
    """Return the folder of a run and the path in it; two empty texts for what is of no run."""
    parts = name.split("/")
    if parts[0] != "runs" or len(parts) <= _RUN_PARTS:
        return "", ""
    return "/".join(parts[:_RUN_PARTS]), "/".join(parts[_RUN_PARTS:])
