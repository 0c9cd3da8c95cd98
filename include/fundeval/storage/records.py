"""What the records of stages say of the files of a run: sha256, and the time of change by which it is known.

A stage trusts a file it left while size and time of change are as recorded. A copy brought from a store gets that
time only where its content is the recorded one; else it keeps a time of its own and is read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fundeval.core.footprint import known_files

_RUN_PARTS = 4


def is_record(name: str) -> bool:
    """Tell whether an object is the record of a stage: ``runs/<fund>/<year>/<run>/stages/<stage>.json``."""
    parts = name.split("/")
    return len(parts) == _RUN_PARTS + 2 and parts[0] == "runs" and parts[_RUN_PARTS] == "stages"


def is_run_record(name: str) -> bool:
    """Tell whether an object says what a run is about: ``runs/<fund>/<year>/<run>/run.json``."""
    parts = name.split("/")
    return len(parts) == _RUN_PARTS + 1 and parts[0] == "runs" and parts[_RUN_PARTS] == "run.json"


def recorded_times(root: Path, names: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Return sha256 and time of change (ns) of those files a record in place speaks of."""
    by_run: dict[str, list[str]] = {}
    for name in names:
        parts = name.split("/")
        if parts[0] == "runs" and len(parts) > _RUN_PARTS:
            by_run.setdefault("/".join(parts[:_RUN_PARTS]), []).append(name)
    times = {}
    for run, files in by_run.items():
        known = known_files(root / run)
        for name in files:
            kept = known.get(name.removeprefix(f"{run}/"))
            if kept is not None:
                times[name] = (kept.sha256, kept.mtime_ns)
    return times
