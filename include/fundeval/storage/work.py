"""Working on a storage root: bring what the work reads, do it, send what it has left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError
from fundeval.core.rooms import Rooms


@contextmanager
def at_work(context: RunContext, further: Iterable[Path] = ()) -> Iterator[None]:
    """Bring a run, the ledger of its fund-year and what else is read; afterwards send what was done to the run.

    It is sent however the work ended, as on a disk it would stay: what was refused of a file is read by later stages,
    and of work that broke off no record must be left that says it is done. Where the root is a folder, nothing is
    to be done.

    Args:
        context: The run.
        further: Folders that are read beside it.
    """
    rooms = context.rooms
    if rooms.store is None:
        yield
        return
    rooms.bring(context.run.path, ledger(context), *further)
    try:
        yield
    except FundevalError:
        push(rooms, context.run.path)
        raise
    except Exception:
        # What broke the work is told, not that it could not be sent either.
        with suppress(FundevalError):
            push(rooms, context.run.path)
        raise
    push(rooms, context.run.path)


def push(rooms: Rooms, folder: Path) -> None:
    """Send what has changed below a folder, where there is a store."""
    if rooms.store is not None:
        rooms.store.push(rooms.name(folder))


def ledger(context: RunContext) -> Path:
    """Return the folder of the fund-year's submissions."""
    year = context.fund_year
    return context.rooms.root / "submissions" / year.fund / str(year.year)
