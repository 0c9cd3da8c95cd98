"""What the rooms ask of a storage root that is no local folder, such as an object store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

Wanted = Callable[[str], bool]
"""Tells by an object's name whether it is asked for."""

Choose = Callable[[Mapping[str, float]], Mapping[str, bool]]
"""Chooses among objects listed with their times of change (seconds of the epoch): True for those to be brought, False
for those whose being there is enough."""


class Store(Protocol):
    """A storage root elsewhere, with a local folder that holds copies of what is worked on.

    Names are paths relative to the root, with slashes. Nothing that starts with a dot is ever sent.
    """

    @property
    def url(self) -> str:
        """Address of the root, without anything secret."""
        ...

    def bring(self, name: str, wanted: Wanted | None = None) -> None:
        """Make the local copies of what lies at or below a name what the store holds, removing what it does not.

        Args:
            name: Folder or object.
            wanted: Only these objects; all of them by default.
        """
        ...

    def bring_chosen(self, name: str, choose: Choose) -> None:
        """Bring what is chosen once it is known what there is; local files the store does not hold are removed.

        Args:
            name: Folder.
            choose: Chooses; objects whose being there is enough get an empty file of their time of change.
        """
        ...

    def has(self, name: str) -> bool:
        """Tell whether the store has an object."""
        ...

    def read_each(self, name: str) -> dict[str, bytes]:
        """Return the bytes of every object below a folder, by name and in the order of names."""
        ...

    def send(self, name: str) -> None:
        """Send one local file as it is now."""
        ...

    def push(self, name: str) -> None:
        """Make the store's objects below a folder what the local files are: changed, new and removed ones."""
        ...

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        ...

    def create(self, name: str, content: bytes) -> bool:
        """Create an object nobody has created yet; False where there is one of another content."""
        ...

    def appear(self, folder: Path, name: str, last: str) -> bool:
        """Send a folder under a name, its file ``last`` at the end and only where there is none yet.

        Returns:
            False where ``last`` was there.
        """
        ...
