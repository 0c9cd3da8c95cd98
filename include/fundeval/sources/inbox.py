"""Which file in a folder is which kind: told by its name, so that two offices never overwrite each other by chance."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from fundeval.core.errors import Problem
from fundeval.sources.contract import Contract, load_contract, load_contracts


@dataclass(frozen=True)
class InboxFile:
    """One file of a sources folder and the kinds its name fits best."""

    path: Path
    kinds: tuple[str, ...]


def kinds_by_name(file: str) -> tuple[str, ...]:
    """Return the kinds whose longest name part occurs in a file's name; more than one only on a tie."""
    stem = unicodedata.normalize("NFKC", Path(file).stem)
    lengths = {
        contract.kind: max((len(part) for part in contract.file_names if part in stem), default=0)
        for contract in load_contracts()
    }
    longest = max(lengths.values())
    return tuple(kind for kind, length in lengths.items() if longest and length == longest)


def list_inbox(folder: Path) -> list[InboxFile]:
    """List the files of a folder by name; hidden files and lock files of spreadsheet programs are none."""
    if not folder.is_dir():
        return []
    paths = sorted(
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$"))
    )
    return [InboxFile(path, kinds_by_name(path.name)) for path in paths]


def folder_problems(folder: Path) -> list[Problem]:
    """Say which files of a folder fit no kind or several."""
    if not folder.is_dir():
        return [
            Problem(
                file=folder.name,
                code="missing_folder",
                message="来源文件夹不存在。",
                remedy="请核对来源文件夹(SOURCES)后重新运行。",
            )
        ]
    named = (name_problem(file.path.name, file.kinds) for file in list_inbox(folder))
    return [problem for problem in named if problem is not None]


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


def find_file(folder: Path, contract: Contract) -> tuple[Path | None, list[Problem]]:
    """Find the one file of a kind; none or several are a problem."""
    files = [file.path for file in list_inbox(folder) if file.kinds == (contract.kind,)]
    if not files:
        parts = "”或“".join(contract.file_names)
        return None, [
            Problem(
                code="missing_file",
                message=f"缺少“{contract.title}”文件。",
                remedy=f"请把文件名包含“{parts}”的文件放入来源文件夹。",
            )
        ]
    if len(files) > 1:
        names = "、".join(f"《{path.name}》" for path in files)
        return None, [
            Problem(
                file=path.name,
                code="duplicate_kind",
                message=f"“{contract.title}”有{len(files)}份:{names},不能判断以哪一份为准。",
                remedy="请只保留有效的一份。",
            )
            for path in files
        ]
    return files[0], []
