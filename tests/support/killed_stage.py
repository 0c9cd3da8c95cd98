"""Runs one stage in a process that is ended by SIGKILL at a given moment; ``python -m support.killed_stage``.

Nothing of the stage is replaced: the process kills itself where a machine could have died, before the work, when a
file is about to appear under its name, or when all is written and the record is not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from fundeval.core import footprint, rooms
from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms

MOMENTS = ("start", "middle", "end")


def run_killed(stage: str, context: RunContext, moment: str) -> int:
    """Run the stage in a process of its own and return how that ended: the negative signal, 0 where it survived."""
    order = {
        "stage": stage,
        "moment": moment,
        "fund": context.fund_year.fund,
        "year": context.fund_year.year,
        "sources": str(context.sources),
        "out": str(context.rooms.root),
        "run_id": context.run_id,
    }
    done = subprocess.run(
        [sys.executable, "-m", "support.killed_stage", json.dumps(order)],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def main() -> None:
    """Carry out the order given on the command line."""
    from fundeval.pipeline import STAGES, run_stage

    order = json.loads(sys.argv[1])
    fund_year = FundYear(order["fund"], order["year"])
    context = RunContext(fund_year, Path(order["sources"]), Rooms(Path(order["out"])), order["run_id"])
    if order["moment"] == "start":
        _die()
    if order["moment"] == "middle":
        _die_when_a_file_is_about_to_appear()
    if order["moment"] == "end":
        # A stage without a record ends with its own last write, and that is the middle.
        has_record = next(stage for stage in STAGES if stage.name == order["stage"]).footprint
        setattr(footprint, "keep" if has_record else "seed", _die)
    run_stage(order["stage"], context)


def _die_when_a_file_is_about_to_appear() -> None:
    """Die at the first rename that would bring a file or folder of the storage into being; what is half there stays."""

    def replace(self: Path, target: Any) -> Path:
        _die()
        raise AssertionError("unreachable")

    Path.replace = replace  # type: ignore[method-assign]
    Path.rename = replace  # type: ignore[method-assign]


def _die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    assert rooms.LAYERS
    main()
