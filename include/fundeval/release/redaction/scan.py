"""Scanning folders and files for secrets, unpacked to the last part; what cannot be opened counts as a finding."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundeval.core.errors import ConfigurationError
from fundeval.release.redaction.formats.parts import Inner, Integers, Raw, Unreadable
from fundeval.release.redaction.matching import Matcher
from fundeval.release.redaction.secrets import KIND_ZH, Secret, SecretList, searchable
from fundeval.release.redaction.unpack import beside_parts, parts_of

_DEEPEST = 8
_HIDDEN_NAME = "(名称已隐去)"


@dataclass(frozen=True, order=True)
class Hit:
    """One place where something was found that must not leave.

    Attributes:
        place: File and the parts inside it, `` › `` between them; a part whose own name gives something away is hidden.
        kind: Chinese name of what was found; never the thing itself.
        label: Which entry of a list of names it is, where there is such a list.
    """

    place: str
    kind: str
    label: str = ""

    def __str__(self) -> str:
        """Render place and kind as one Chinese phrase."""
        label = f"({self.label})" if self.label else ""
        return f"{self.place}:{self.kind}{label}"


@dataclass(frozen=True)
class ScanReport:
    """What a scan found.

    Attributes:
        hits: Places of disclosure.
        unreadable: Place and reason of everything that could not be opened.
        files: Number of files read.
        size_bytes: Their size.
        secrets: Number of names and numbers searched for.
        not_searchable: Number of them too short to be searched for.
        seconds: Time taken.
    """

    hits: tuple[Hit, ...]
    unreadable: tuple[tuple[str, str], ...]
    files: int
    size_bytes: int
    secrets: int
    not_searchable: int
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether everything was read and nothing was found."""
        return not self.hits and not self.unreadable

    def problems(self) -> list[str]:
        """Return one Chinese sentence per finding, without repeating what was found."""
        return [f"{hit}" for hit in self.hits] + [
            f"{place}:无法检查({why})" for place, why in self.unreadable
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "clean": self.is_clean,
            "hits": [{"place": hit.place, "kind": hit.kind, "label": hit.label} for hit in self.hits],
            "unreadable": [{"place": place, "reason": why} for place, why in self.unreadable],
            "files": self.files,
            "bytes": self.size_bytes,
            "secrets": self.secrets,
            "not_searchable": self.not_searchable,
            "seconds": round(self.seconds, 2),
        }


def scan_folder(folder: Path, names: SecretList, *, patterns: bool = True) -> ScanReport:
    """Search every file below ``folder``, or one file, for secrets.

    Args:
        folder: Folder or file.
        names: What must not be found.
        patterns: Whether anything that looks like a mobile or identity number is a finding too.

    Raises:
        ConfigurationError: There is no such folder.
    """
    return scan_folders([folder], names, patterns=patterns)


def scan_folders(folders: list[Path], names: SecretList, *, patterns: bool = True) -> ScanReport:
    """Search several folders as :func:`scan_folder` does; places begin with the folder's name."""
    started = time.perf_counter()
    scan = _Scan(Matcher(names, patterns=patterns))
    for folder in folders:
        if not folder.exists():
            raise ConfigurationError(f"要检查的“{folder.name}”不存在。")
        for path in _files(folder):
            scan.file(folder, path)
    return ScanReport(
        hits=tuple(sorted(scan.hits)),
        unreadable=tuple(sorted(scan.unreadable)),
        files=scan.files,
        size_bytes=scan.size_bytes,
        secrets=len(names),
        not_searchable=sum(not searchable(secret.text) for secret in names.secrets),
        seconds=time.perf_counter() - started,
    )


def _files(folder: Path) -> Iterator[Path]:
    """Return every file, hidden ones included; a link is looked at as the link it is."""
    if folder.is_file():
        yield folder
        return
    yield from (path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir())


@dataclass
class _Scan:
    """A scan under way."""

    matcher: Matcher
    hits: set[Hit] = field(default_factory=set)
    unreadable: set[tuple[str, str]] = field(default_factory=set)
    files: int = 0
    size_bytes: int = 0

    def file(self, folder: Path, path: Path) -> None:
        """Search one file and its name."""
        place = (folder.name, *path.relative_to(folder).parts) if path != folder else (path.name,)
        self._found(place, self.matcher.find("/".join(place)))
        self.files += 1
        if path.is_symlink():
            self.unreadable.add((self._shown(place), "是符号链接"))
            return
        try:
            content = path.read_bytes()
        except OSError:
            self.unreadable.add((self._shown(place), "读不出来"))
            return
        self.size_bytes += len(content)
        self._content(place, content, 0)

    def _content(self, place: tuple[str, ...], content: bytes, depth: int) -> None:
        if depth > _DEEPEST:
            self.unreadable.add((self._shown(place), "嵌套过深"))
            return
        if not content:
            return
        self._found(place, self.matcher.find_in_bytes(beside_parts(content)))
        try:
            for part in parts_of(content):
                where = (*place, part.where) if part.where else place
                if isinstance(part, Inner):
                    self._found(where, self.matcher.find(part.where))
                    self._content(where, part.content, depth + 1)
                elif isinstance(part, Integers):
                    if part.longest >= self.matcher.shortest_number:
                        self._found(where, self.matcher.find(part.text(), amounts=True))
                elif isinstance(part, Raw):
                    self._found(where, self.matcher.find_in_bytes(part.content))
                else:
                    self._found(where, self.matcher.find(part.text, amounts=part.amounts))
        except Unreadable as reason:
            self.unreadable.add((self._shown(place), str(reason)))

    def _found(self, place: tuple[str, ...], secrets: set[Secret]) -> None:
        self.hits |= {Hit(self._shown(place), KIND_ZH[secret.kind], secret.label) for secret in secrets}

    def _shown(self, place: tuple[str, ...]) -> str:
        """Return a place without the names that give something away themselves."""
        return " › ".join(_HIDDEN_NAME if self.matcher.find(part) else part for part in place)
