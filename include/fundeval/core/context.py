"""What every stage is called with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, RunFolder


@dataclass(frozen=True)
class RunContext:
    """One run of one fund-year.

    Attributes:
        fund_year: What is evaluated.
        sources: Folder with the files offices sent.
        rooms: The storage root (archive, runs, releases).
        run_id: Identifier of the run; the same id is the same run folder.
        logs: Folders with the logs of the run's tasks; the redaction gate searches them before publishing.
        only: Kinds of file to read again, starting from the last finished run; empty for a run of its own.
        force: Whether every stage works, even where its finished work still holds.
        approval: Whether a person has to approve the draft before it is published.
    """

    fund_year: FundYear
    sources: Path
    rooms: Rooms
    run_id: str
    logs: tuple[Path, ...] = ()
    only: tuple[str, ...] = ()
    force: bool = False
    approval: bool = False

    @property
    def run(self) -> RunFolder:
        """Folder of the run's tables."""
        return self.rooms.run(self.fund_year, self.run_id)
