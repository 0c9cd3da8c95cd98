"""What the child that opens files may use, and how it says that a file cannot be read."""

from __future__ import annotations

MEMORY_BYTES = 2_000_000_000
MAX_COLUMNS = 1_000
MAX_CELLS = 60_000_000


class Unreadable(Exception):
    """The file cannot be read; the argument is a code the parent puts into words."""
