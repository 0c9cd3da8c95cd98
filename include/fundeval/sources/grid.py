"""A file as text grids: opened in a child process under limits, answered by a typed error or by sheets."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from fundeval.core.errors import InputError
from fundeval.sources.grid_child import write_grids
from fundeval.sources.grid_limits import MEMORY_BYTES
from fundeval.sources.limited import Limits, run_limited
from fundeval.sources.sheet_rows import read_groups
from fundeval.sources.sniff import BROKEN_PACKAGE, Container, encrypted, refuse, sniff

# A file may take so long to read, and a large one in proportion: the slowest reading does ten megabytes a second.
WALL_SECONDS = 120
SLOWEST_BYTES_PER_SECOND = 10_000_000
HEAD_ROWS = 60

_REFUSALS: dict[str, tuple[str, str]] = {
    "far_cell": (
        "工作表范围过大:在很远的行或列里有内容或格式。",
        "请删除数据区以外的所有行列(选中后“删除”,不是“清除”)再保存重报。",
    ),
    "truncated_file": ("文件已损坏或传输不完整,无法打开。", "请重新导出或重新上传完整的文件。"),
    "unknown_encoding": (
        "文本编码无法识别(不是UTF-8、UTF-16、GBK或GB18030)。",
        "请在电子表格软件中另存为“CSV UTF-8”后重报。",
    ),
    "unknown_format": ("无法识别的文件格式。", "请重新导出为.xlsx或.csv后报送。"),
    "broken_text": ("CSV内容残缺:引号不成对,或一格内容过长。", "请重新导出CSV,或改报.xlsx。"),
}


@dataclass(frozen=True)
class Sheet:
    """One sheet as text.

    Attributes:
        name: Name as the office wrote it; empty for a CSV.
        visible: Hidden sheets are reported and not read; the other attributes are then empty.
        path: Folder of its groups of rows: ``row`` (1-based) and ``c1`` … ``cN``.
        height: Number of rows.
        width: Number of columns.
        merged: Merged areas as ((row, column), (row, column)), from 0.
        lossy: Places (row, column from 1) of numbers too long for a spreadsheet to hold exactly.
        overlong: Rows of a CSV with filled cells beyond the header's columns.
        encoding: Encoding of a text file.
    """

    name: str
    visible: bool
    path: Path = Path()
    height: int = 0
    width: int = 0
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    lossy: frozenset[tuple[int, int]] = frozenset()
    overlong: tuple[int, ...] = ()
    encoding: str = ""
    _heads: dict[int, list[list[str | None]]] = field(default_factory=dict, compare=False, repr=False)

    def head(self, rows: int = HEAD_ROWS) -> list[list[str | None]]:
        """Return the first rows as lists of cell texts."""
        if rows not in self._heads:
            self._heads[rows] = self._first(rows)
        return self._heads[rows]

    def _first(self, rows: int) -> list[list[str | None]]:
        head: list[list[str | None]] = []
        for group in read_groups(self.path):
            first = group.slice(0, rows - len(head))
            columns = [first.column(f"c{number}").to_pylist() for number in range(1, self.width + 1)]
            head += [list(cells) for cells in zip(*columns, strict=True)]
            if len(head) == rows:
                break
        return head

    def cell(self, row: int, column: int) -> str | None:
        """Return the text of a cell, both from 1."""
        passed = 0
        for group in read_groups(self.path):
            if row <= passed + group.num_rows:
                text: str | None = group.column(f"c{column}")[row - passed - 1].as_py()
                return text
            passed += group.num_rows
        raise IndexError(row)


@dataclass(frozen=True)
class Grid:
    """A whole file as text.

    Attributes:
        file: Name as the office sent it.
        container: What the file really is.
        sheets: Its sheets in order, hidden ones included.
        epoch: Day before the first serial day, ISO text, for dates stored as numbers.
    """

    file: str
    container: Container
    sheets: tuple[Sheet, ...] = field(default=())
    epoch: str = "1899-12-30"


def read_grid(path: Path, file: str, folder: Path) -> Grid:
    """Read a file into text grids.

    Args:
        path: The bytes.
        file: Name as it was sent, for messages.
        folder: Empty folder for the grids, which the caller removes.

    Raises:
        InputError: The file cannot be used as a whole.
    """
    container = sniff(path, file)
    seconds = WALL_SECONDS + path.stat().st_size // SLOWEST_BYTES_PER_SECOND
    try:
        status = run_limited(
            partial(write_grids, container, path, folder), Limits(seconds, 2 * seconds, MEMORY_BYTES)
        )
    except TimeoutError as error:
        raise refuse(
            file, "slow_file", f"{seconds}秒内无法读完。", "请删除无关内容,或另存为.csv后报送。"
        ) from error
    if status:
        raise _refusal(path, file, folder, container, status)
    raw = json.loads((folder / "grid.json").read_text(encoding="utf-8"))
    return Grid(file, container, tuple(_sheet(sheet) for sheet in raw["sheets"]), raw["epoch"])


def _sheet(raw: dict[str, Any]) -> Sheet:
    if not raw["visible"]:
        return Sheet(raw["name"], visible=False)
    return Sheet(
        name=raw["name"],
        visible=True,
        path=Path(raw["path"]),
        height=raw["height"],
        width=raw["width"],
        merged=tuple((tuple(first), tuple(last)) for first, last in raw["merged"]),
        lossy=frozenset((row, column) for row, column in raw["lossy"]),
        overlong=tuple(raw["overlong"]),
        encoding=raw.get("encoding", ""),
    )


def _refusal(path: Path, file: str, folder: Path, container: Container, status: int) -> InputError:
    written = folder / "refusal"
    code = written.read_text(encoding="utf-8") if written.is_file() else ""
    if code == "encrypted_file":
        return encrypted(file)
    where = _far_cell(path) if container == "xlsx" and code in ("", "far_cell") else ""
    if code == "far_cell" or where:
        message, remedy = _REFUSALS["far_cell"]
        return refuse(file, "far_cell", message + (f"最远的单元格是{where}。" if where else ""), remedy)
    if code in _REFUSALS:
        return refuse(file, code, *_REFUSALS[code])
    if status < 0 or status == 1:
        return refuse(file, "truncated_file", *_REFUSALS["truncated_file"])
    return refuse(file, "unreadable_file", f"文件无法读取(状态{status})。", "请重新导出为.xlsx或.csv后报送。")


def _far_cell(path: Path) -> str:
    """Return the name of a cell far outside of any real table (column AAA or row 1000000 on); '' for none."""
    pattern = re.compile(rb'<c\b[^>]*?\br="([A-Z]{3}[0-9]{1,7}|[A-Z]{1,3}[0-9]{7})"')
    try:
        with zipfile.ZipFile(path) as package:
            for part in package.namelist():
                if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                    match = pattern.search(package.read(part))
                    if match:
                        return match.group(1).decode()
    except BROKEN_PACKAGE:
        return ""
    return ""
