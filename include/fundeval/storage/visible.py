"""Which objects count: a release is there when its release.json is, which is sent last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")
_MANIFEST = "release.json"
_RELEASE_PARTS = 4


def visible(listed: Mapping[str, T]) -> dict[str, T]:
    """Return what is listed without the files of releases that have not appeared, and without hidden names."""
    appeared = {
        release for name in listed if (release := _release_of(name)) and name == f"{release}/{_MANIFEST}"
    }
    return {
        name: about
        for name, about in listed.items()
        if ((release := _release_of(name)) is None or release in appeared) and "/." not in f"/{name}"
    }


def is_release_record(name: str) -> bool:
    """Tell whether an object says that a release is there, or that it was withdrawn."""
    return name.endswith((f"/{_MANIFEST}", ".withdrawn.json"))


def _release_of(name: str) -> str | None:
    """Return the folder ``releases/<fund>/<year>/v<N>`` an object is in; None where it is in none."""
    parts = name.split("/")
    if parts[0] != "releases" or len(parts) <= _RELEASE_PARTS:
        return None
    return "/".join(parts[:_RELEASE_PARTS])
