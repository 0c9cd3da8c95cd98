"""Which file in a folder is which kind: told by its name, so that two offices never overwrite each other by chance.

A folder holds files and may hold one folder per office with files in it; nothing deeper is looked at. A link is no
file: it could lead out of the inbox.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fundeval.core.errors import Problem
from fundeval.sources.contract import load_contract, load_contracts

CORRECTIONS = "cell_corrections"
"""Contract of the lists of corrected cells, which are no kind of source."""
# What transfer programs call a file that is still on its way.
_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".tmp")


@dataclass(frozen=True)
class InboxFile:
    """One file of a sources folder.

    Attributes:
        path: Where it lies.
        kinds: The kinds its name fits best: one, or none, or several on a tie.
        office: Folder of the office that sent it; empty where it lies outside of any.
    """

    path: Path
    kinds: tuple[str, ...]
    office: str = ""

    @property
    def is_corrections(self) -> bool:
        """Whether it is a list of corrected cells."""
        return self.kinds == (CORRECTIONS,)


def kinds_by_name(file: str) -> tuple[str, ...]:
    """Return the kinds whose longest name part occurs in a file's name; more than one only on a tie.

    A list of corrected cells may be named after the file it corrects, so its own name goes before every other.
    """
    return _kinds(file, _name_parts())


def _name_parts() -> dict[str, tuple[str, ...]]:
    contracts = (load_contract(CORRECTIONS), *load_contracts())
    return {contract.kind: contract.file_names for contract in contracts}


def _kinds(file: str, name_parts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    stem = unicodedata.normalize("NFKC", Path(file).stem)
    lengths = {
        kind: max((len(part) for part in parts if part in stem), default=0)
        for kind, parts in name_parts.items()
    }
    if lengths.pop(CORRECTIONS):
        return (CORRECTIONS,)
    longest = max(lengths.values())
    return tuple(kind for kind, length in lengths.items() if longest and length == longest)


def list_inbox(folder: Path) -> list[InboxFile]:
    """List the files of a folder and of its offices' folders, by office and name.

    Hidden files, links, lock files of spreadsheet programs and files still being transferred are none.
    """
    if not folder.is_dir():
        return []
    known = _name_parts()
    files = [InboxFile(path, _kinds(path.name, known)) for path in _files(folder)]
    for office in sorted(path for path in folder.iterdir() if _is_office(path)):
        files += [InboxFile(path, _kinds(path.name, known), office.name) for path in _files(office)]
    return files


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        unfinished = path.name.startswith((".", "~$")) or path.name.lower().endswith(_UNFINISHED)
        if path.is_file() and not path.is_symlink() and not unfinished:
            yield path


def _is_office(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")


def folder_problems(folder: Path, but: Iterable[Path] = ()) -> list[Problem]:
    """Say which files of a folder fit no kind or several.

    Args:
        folder: The sources folder.
        but: Files that were refused for it already and stand in nobody's way.
    """
    if not folder.is_dir():
        return [
            Problem(
                file=folder.name,
                code="missing_folder",
                message="来源文件夹不存在。",
                remedy="请核对来源文件夹(SOURCES)后重新运行。",
            )
        ]
    passed = set(but)
    named = (
        name_problem(file.path.name, file.kinds) for file in list_inbox(folder) if file.path not in passed
    )
    return [problem for problem in named if problem is not None] + _link_problems(folder)


def _link_problems(folder: Path) -> list[Problem]:
    """Say which entries are links: what they lead to is not read, and nobody shall wait for it."""
    offices = [path for path in folder.iterdir() if _is_office(path)]
    links = [path for each in (folder, *offices) for path in sorted(each.iterdir()) if path.is_symlink()]
    return [
        Problem(
            file=path.name,
            code="link_not_read",
            message="是一个链接,不是文件,未读取。",
            remedy="请把文件本身放入来源文件夹。",
        )
        for path in links
        if not path.name.startswith(".")
    ]


def name_problem(file: str, kinds: tuple[str, ...]) -> Problem | None:
    """Say what is wrong with a file's name that fits no kind or several; None where it fits one."""
    if len(kinds) == 1:
        return None
    if not kinds:
        titles = "、".join(f"“{contract.file_names[0]}”" for contract in load_contracts())
        return Problem(
            file=file,
            code="unknown_kind",
            message="从文件名看不出是哪一类材料。",
            remedy=f"文件名应包含下列字样之一:{titles};无关文件请移出文件夹。",
        )
    names = "、".join(load_contract(kind).title for kind in kinds)
    return Problem(
        file=file,
        code="ambiguous_kind",
        message=f"文件名同时像是{names}。",
        remedy="请改用只含一类材料名称的文件名。",
    )
