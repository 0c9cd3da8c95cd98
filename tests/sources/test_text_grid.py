"""A text file read in blocks gives, cell by cell and row by row, what the csv module reads of it."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fundeval.sources import grid_text
from fundeval.sources.grid_limits import Unreadable
from fundeval.sources.grid_text import write_text_grid
from fundeval.sources.sheet_rows import read_groups

Rows = list[list[str | None]]

WIDTH = 3
_CELL = st.one_of(
    st.sampled_from(["", "甲", "乙〔2031〕1号", "1,000.50", " ", "　", '"', 'a"b', "合计", "𠮷", "é"]),
    st.text(st.sampled_from('ab甲,"\n\r\t '), max_size=4),
)
_REGULAR = st.lists(_CELL, min_size=WIDTH, max_size=WIDTH)
_RAGGED = st.lists(_CELL, max_size=WIDTH + 2)
_QUOTING = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
# Also lines no csv writer makes: quotes inside and after a cell, quotes that never end.
_RAW_LINE = st.text(st.sampled_from('ab甲,,""\r '), max_size=8)


def read(content: bytes, *, by_lines: bool = True) -> tuple[Rows, list[int]]:
    """Return the rows of the grid, checking that they are numbered from 1, and the overlong ones."""
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder) / "file.csv", Path(folder) / "grid"
        path.write_bytes(content)
        told = write_text_grid(path, target, by_lines=by_lines)
        table = pa.concat_tables(read_groups(target))
    rows = [list(row) for row in zip(*(column.to_pylist() for column in table.columns[1:]), strict=True)]
    assert table.column("row").to_pylist() == list(range(1, told["height"] + 1))
    return rows, told["overlong"]


def written(rows: list[list[str]], quoting: int, ending: str) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator=ending).writerows(rows)
    return text.getvalue()


def by_csv_module(text: str, width: int) -> Rows:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return [[(row[at] or None) if at < len(row) else None for at in range(width)] for row in rows]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut files after a few lines, so that every boundary between blocks comes up."""
    monkeypatch.setattr(grid_text, "BLOCK_BYTES", 48)
    monkeypatch.setattr(grid_text, "SMALL_BLOCK_BYTES", 16)
    monkeypatch.setattr(grid_text, "GROUP_ROWS", 5)
    monkeypatch.setattr(grid_text, "SAMPLE_ROWS", 3)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(_REGULAR, min_size=1, max_size=30),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
# More tabs inside quotes than commas between them.
@example([["", "\t", "\t\t"]], "\n", "utf-8")
def test_what_was_written_is_read(rows: list[list[str]], ending: str, encoding: str) -> None:
    text = written([["甲列", "b", "c"], *rows], csv.QUOTE_ALL, ending)
    cells, overlong = read(text.encode(encoding))
    assert cells[1:] == [[cell or None for cell in row] for row in rows]
    assert overlong == []


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(_REGULAR, _RAGGED), min_size=1, max_size=30),
    _QUOTING,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_ragged_and_blank_lines_keep_their_numbers(
    rows: list[list[str]], quoting: int, ending: str, ended: bool
) -> None:
    text = written(rows, quoting, ending)
    text = text if ended else text.removesuffix(ending)
    if not text.strip("\0 \r\n\t"):
        return
    # With more tabs than commas in a line nobody could say that commas are what divides the cells.
    lines = text.splitlines()
    assume(max(line.count("\t") for line in lines) <= max(line.count(",") for line in lines))
    cells, overlong = read(text.encode())
    width = len(cells[0]) if cells else 1
    assert cells == by_csv_module(text, width)
    raw = list(csv.reader(io.StringIO(text, newline="")))
    assert overlong == [number for number, row in enumerate(raw, 1) if any(row[width:])]


@settings(max_examples=300, deadline=None)
@given(st.lists(_RAW_LINE, min_size=1, max_size=40), st.sampled_from(["\n", "\r\n"]))
def test_lines_no_writer_makes_are_read_as_the_csv_module_reads_them(lines: list[str], ending: str) -> None:
    content = (ending.join(lines) + ending).encode()
    assert read(content) == read(content, by_lines=False)


def test_a_block_that_ends_inside_quotes_is_no_regular_block() -> None:
    shape = grid_text.TextShape("utf-8", ",", 2)
    assert grid_text.split_regular(b'a,b\nc,"d\n', shape) is None
    assert grid_text.split_regular(b'a,"b\nc",d\n', shape) is None
    assert grid_text.split_regular(b"a,b\nc\nd,e\n", shape) is None
    assert grid_text.split_regular(b"a,b\rc,d\n", shape) is None
    assert grid_text.split_regular(b"a,b\0\n", shape) is None


def test_a_regular_block_is_split_without_the_csv_module() -> None:
    table = grid_text.split_regular('a,"b ""c"""\r\n,甲'.encode(), grid_text.TextShape("utf-8", ",", 2))
    assert table is not None
    assert [column.to_pylist() for column in table.columns] == [["a", None], ['b "c"', "甲"]]


def test_gb18030_that_shows_only_late_is_found(tmp_path: Path) -> None:
    """The first lines are the same bytes in both encodings; a later one decides."""
    text = "a,b,c\n" * 30 + "甲,乙,丙\n"
    assert read(text.encode("gb18030"))[0][-1] == ["甲", "乙", "丙"]


def test_bytes_of_no_encoding_are_refused() -> None:
    content = b"a,b\n" * 30 + "甲,乙\n".encode() + b"\xff\xff,x\n"
    with pytest.raises(Unreadable, match="unknown_encoding"):
        read(content)


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid_text, "MAX_LINE_BYTES", 1_000)
    with pytest.raises(Unreadable, match="broken_text"):
        read(b"a,b\n" + b"x" * 5_000)
