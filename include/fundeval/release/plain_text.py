"""Tables as plain text, for a terminal, a task's log or a message: no colours, no frames."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console
from rich.table import Table


def plain_table(title: str, *, min_width: int | None = None) -> Table:
    """Return a table without columns under a title that stands to the left."""
    return Table(
        title=title,
        title_justify="left",
        title_style="",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        min_width=min_width,
    )


def plain_console(width: int) -> Console:
    """Return a console that prints into memory; :func:`printed` gives what it has printed."""
    return Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)


def printed(console: Console) -> str:
    """Return what a console of :func:`plain_console` has printed, without blanks at the ends of lines."""
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())
