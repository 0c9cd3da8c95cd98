"""Reads a delimited text file into a grid of texts, in blocks of whole lines side by side.

A block whose every line is one row of the expected width is split by Arrow; any other block (ragged or blank lines,
line breaks inside quotes, lone carriage returns) is cut smaller and the smallest pieces are read by the csv module.
Both read a row alike: that a block is regular is proved by counting, see :func:`split_regular`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, AnyStr

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fundeval.sources.grid_limits import MAX_COLUMNS, Unreadable
from fundeval.sources.sheet_rows import GroupWriter

# Blocks that fit a processor's cache are split in two thirds of the time of large ones; shorter than a field may be.
BLOCK_BYTES = 15 << 16
# Rows of a group, and how many rows show which columns repeat their texts.
GROUP_ROWS = 100_000
SAMPLE_ROWS = 5_000
SMALL_BLOCK_BYTES = 1 << 16
# A field longer than a million characters, or a line of them, is no export any office writes.
MAX_FIELD_CHARS = 1_000_000
MAX_LINE_BYTES = 64 << 20
CAREFUL_ROWS = 50_000
_SAMPLE_CHARS = 65_536
_WORKERS = 2
# So many blocks are split ahead that the splitting goes on while a group is written.
_BLOCKS_AHEAD = 32
# Of these, only | can be the second byte of a Chinese character in GB18030.
_QUOTED = re.compile(r'"[^"]*"')
_DELIMITERS = ",\t;|"


REPEATING = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class TextShape:
    """How a text file is laid out.

    Attributes:
        encoding: ``utf-8``, ``utf-8-sig``, ``gb18030`` or ``utf-16``.
        delimiter: Mark between cells.
        width: Number of columns.
        by_lines: Whether blocks may be split by Arrow at all.
        plain: Columns whose texts seldom repeat; the others are split into dictionaries, which is quicker.
    """

    encoding: str
    delimiter: str
    width: int
    by_lines: bool = True
    plain: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """Names of the columns, ``c1`` …."""
        return [f"c{number}" for number in range(1, self.width + 1)]

    @property
    def schema(self) -> pa.Schema:
        """Schema of the grid: ``row`` and the columns as texts, those that repeat as dictionaries."""
        cells = [(name, pa.string() if name in self.plain else REPEATING) for name in self.names]
        return pa.schema([("row", pa.int32()), *cells])

    @property
    def block_encoding(self) -> str:
        """Encoding of the blocks."""
        return "gb18030" if self.encoding == "gb18030" else "utf-8"


def write_text_grid(path: Path, target: Path, *, by_lines: bool = True) -> dict[str, Any]:
    """Write the grid of a text file.

    Args:
        path: The file.
        target: Folder to make for its groups of rows.
        by_lines: False reads everything with the csv module.

    Returns:
        height, width, overlong (rows with filled cells beyond the width) and encoding.

    Raises:
        Unreadable: The file cannot be read, with the code of why.
    """
    encoding = detect_encoding(path)
    try:
        return _write(path, target, encoding, by_lines)
    except UnicodeError as error:
        if encoding != "utf-8":
            raise Unreadable("unknown_encoding" if encoding == "gb18030" else "broken_text") from error
    # What began as UTF-8 is GB18030 where a later line says so.
    shutil.rmtree(target)
    try:
        return _write(path, target, "gb18030", by_lines)
    except UnicodeError as error:
        raise Unreadable("unknown_encoding") from error


def detect_encoding(path: Path) -> str:
    """Tell the encoding of a text file: its byte order mark, else what its first line beyond ASCII is written in."""
    with path.open("rb") as handle:
        head = handle.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    block = next((block for block in _byte_blocks(path, 0) if not block.isascii()), b"")
    for encoding in ("utf-8", "gb18030"):
        try:
            block.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable("unknown_encoding")


def _write(path: Path, target: Path, encoding: str, by_lines: bool) -> dict[str, Any]:
    csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        shape = _shape(path, encoding, by_lines)
        height, overlong = _write_grid(path, target, shape)
    except csv.Error as error:
        raise Unreadable("broken_text") from error
    return {"height": height, "width": shape.width, "overlong": overlong, "encoding": encoding}


def _shape(path: Path, encoding: str, by_lines: bool) -> TextShape:
    with path.open(encoding=encoding, errors="strict", newline="") as handle:
        sample = handle.read(_SAMPLE_CHARS)
        if "\0" in sample:
            raise Unreadable("unknown_format")
        # What stands in quotes is a cell's own text and divides nothing.
        lines = _QUOTED.sub("", sample).splitlines()[:30]
        delimiter = max(
            _DELIMITERS, key=lambda mark: (max((line.count(mark) for line in lines), default=0), mark == ",")
        )
        handle.seek(0)
        head = list(islice(csv.reader(handle, delimiter=delimiter), 200))
    width = max((len(row) for row in head), default=0)
    if width > MAX_COLUMNS:
        raise Unreadable("far_cell")
    return TextShape(
        encoding, delimiter, max(width, 1), by_lines and not (encoding == "gb18030" and delimiter == "|")
    )


def _write_grid(path: Path, target: Path, shape: TextShape) -> tuple[int, list[int]]:
    """Write every block; the first one decides which columns are kept as dictionaries."""
    overlong: list[int] = []
    height = 0
    with ThreadPoolExecutor(_WORKERS) as pool:
        queue = _Queue(_blocks(path, shape.encoding), shape, pool)
        pieces = _pieces(queue)
        first = next(_groups(pieces, SAMPLE_ROWS))
        queue.shape = replace(shape, plain=_seldom_repeating([piece.table for piece in first]))
        writer = GroupWriter(target)
        for group in _groups(chain(first, pieces), GROUP_ROWS):
            for piece in group:
                overlong += [height + at for at in piece.overlong]
                height += piece.table.num_rows
            writer.write(_joined([piece.table for piece in group], height, queue.shape.schema))
    return height, overlong


def _groups(pieces: Iterable[_Piece], size: int) -> Iterator[list[_Piece]]:
    """Gather pieces into groups of at least ``size`` rows."""
    group: list[_Piece] = []
    rows = 0
    for piece in pieces:
        group.append(piece)
        rows += piece.table.num_rows
        if rows >= size:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _seldom_repeating(sample: list[pa.Table]) -> frozenset[str]:
    """Return the columns of a sample in which most filled cells differ."""
    texts = pa.concat_tables(
        table.cast(pa.schema([(name, pa.string()) for name in table.column_names])) for table in sample
    )
    filled = {name: pc.drop_null(texts.column(name)) for name in texts.column_names}
    return frozenset(
        name
        for name, cells in filled.items()
        if len(cells) and 2 * pc.count_distinct(cells).as_py() > len(cells)
    )


def _joined(tables: list[pa.Table], last_row: int, schema: pa.Schema) -> pa.Table:
    """Join tables into one whose last row has a number, with the types of the grid."""
    cells = pa.schema(list(schema)[1:])
    fitting = [
        pa.Table.from_arrays([_as(table.column(field.name), field.type) for field in cells], schema=cells)
        for table in tables
    ]
    joined = pa.concat_tables(fitting).unify_dictionaries().combine_chunks()
    numbers = np.arange(last_row - joined.num_rows + 1, last_row + 1, dtype=np.int32)
    row = pa.Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(numbers)])
    return pa.Table.from_arrays([row, *joined.columns], schema=schema)


def _as(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if column.type == wanted:
        return column
    return column.dictionary_encode() if wanted == REPEATING else column.cast(wanted)


@dataclass(frozen=True)
class _Piece:
    """Rows of some lines: texts ``c1`` … with empty ones null, and which rows (from 1) have cells beyond the width."""

    table: pa.Table
    overlong: tuple[int, ...] = ()


class _Queue:
    """Blocks in the order of the file, a few of them split ahead by other threads."""

    def __init__(self, blocks: Iterator[bytes], shape: TextShape, pool: ThreadPoolExecutor) -> None:
        self.shape = shape
        self._blocks = blocks
        self._pool = pool
        self._waiting: deque[tuple[bytes, Future[pa.Table | None] | None]] = deque()

    def take(self) -> tuple[bytes, pa.Table | None] | None:
        """Take the next block, split where it is regular; None at the end of the file."""
        while len(self._waiting) < _BLOCKS_AHEAD and (block := next(self._blocks, None)) is not None:
            ahead = self._pool.submit(split_regular, block, self.shape) if self.shape.by_lines else None
            self._waiting.append((block, ahead))
        if not self._waiting:
            return None
        block, future = self._waiting.popleft()
        return block, future.result() if future else None

    def put_back(self, pieces: list[bytes]) -> None:
        """Put smaller pieces of a block in its place."""
        for piece in reversed(pieces):
            self._waiting.appendleft((piece, self._pool.submit(split_regular, piece, self.shape)))


def _pieces(queue: _Queue) -> Iterator[_Piece]:
    while (taken := queue.take()) is not None:
        block, table = taken
        if table is not None:
            yield _Piece(table)
        elif len(smaller := _smaller(block, queue.shape)) > 1:
            queue.put_back(smaller)
        else:
            yield from _read_carefully(block, queue)


def _smaller(block: bytes, shape: TextShape) -> list[bytes]:
    """Return the pieces an irregular block is cut into; one piece where it is small or a single line."""
    if not shape.by_lines or len(block) <= SMALL_BLOCK_BYTES:
        return [block]
    return list(_cut(block, max(SMALL_BLOCK_BYTES, len(block) // 16)))


def split_regular(block: bytes, shape: TextShape) -> pa.Table | None:
    """Split a block of whole lines where every line is one row of the shape's width; else return None.

    A row ends at each line break outside of quotes. Where there are as many rows as line breaks, none was inside
    quotes, unless the block ends within them: then the last cell holds a line break. So the rows are the lines, and
    the next block begins with a row of its own.
    """
    if b"\0" in block or _has_lone_return(block):
        return None
    lines = block if block.endswith(b"\n") else block + b"\n"
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(lines),
            pa.csv.ReadOptions(use_threads=False, column_names=shape.names, block_size=len(lines) + 1),
            pa.csv.ParseOptions(
                delimiter=shape.delimiter, ignore_empty_lines=False, newlines_in_values=False
            ),
            _conversion(shape),
        )
        arrays = (table.column(name).combine_chunks() for name in shape.names)
        decoded = pa.table([_decoded(array, shape) for array in arrays], names=shape.names)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    last = decoded.column(shape.width - 1)[-1].as_py() or ""
    if decoded.num_rows != _line_feeds(lines) or "\n" in last:
        return None
    # In a block that is not too long no field is.
    if len(block) > MAX_FIELD_CHARS and _longest(decoded) > MAX_FIELD_CHARS:
        return None
    return decoded


def _line_feeds(block: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))


def _has_lone_return(block: bytes) -> bool:
    """Tell whether a carriage return stands before anything but a line feed; all bytes are looked at together."""
    content = np.frombuffer(block, np.uint8)
    is_return = content == ord("\r")
    return block.endswith(b"\r") or bool((is_return[:-1] & (content[1:] != ord("\n"))).any())


def _conversion(shape: TextShape) -> Any:
    # A file is split as bytes, which in GB18030 is safe too because no mark of a CSV is ever part of a character in it.
    text = pa.binary()
    return pa.csv.ConvertOptions(
        column_types={
            name: text if name in shape.plain else pa.dictionary(pa.int32(), text) for name in shape.names
        },
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )


def _decoded(array: pa.Array, shape: TextShape) -> pa.Array:
    """Return texts of bytes; each text of a dictionary is decoded, or its UTF-8 checked, once."""
    if isinstance(array, pa.DictionaryArray):
        return pa.DictionaryArray.from_arrays(array.indices, _texts(array.dictionary, shape))
    return _texts(array, shape)


def _texts(array: pa.Array, shape: TextShape) -> pa.Array:
    content = array.buffers()[2]
    if shape.encoding != "gb18030" or content is None or bytes(content).isascii():
        return array.cast(pa.string())
    return pa.array(
        [None if raw is None else raw.decode("gb18030") for raw in array.to_pylist()], pa.string()
    )


def _longest(table: pa.Table) -> int:
    texts = (column.chunk(0) for column in table.columns)
    stored = (array.dictionary if isinstance(array, pa.DictionaryArray) else array for array in texts)
    return max((pc.max(pc.binary_length(array)).as_py() or 0 for array in stored), default=0)


def _read_carefully(block: bytes, queue: _Queue) -> Iterator[_Piece]:
    """Read a block with the csv module, and further ones as long as a quoted cell runs on into them."""
    width = queue.shape.width
    lines = _Lines(block, queue)
    rows: list[list[str]] = []
    for row in csv.reader(lines, delimiter=queue.shape.delimiter):
        rows.append([cell.replace("\0", "") for cell in row])
        if lines.at_end or len(rows) == CAREFUL_ROWS:
            yield _careful_piece(rows, width)
            rows = []
        if lines.at_end:
            return
    if rows:
        yield _careful_piece(rows, width)


class _Lines:
    """The lines of a block, going on with the next block only while a row is not at its end."""

    def __init__(self, block: bytes, queue: _Queue) -> None:
        self._queue = queue
        self._open(block)

    def _open(self, block: bytes) -> None:
        self._lines = io.StringIO(block.decode(self._queue.shape.block_encoding), newline="")
        self._following = self._lines.readline()

    @property
    def at_end(self) -> bool:
        """Whether the block has been read to its end."""
        return not self._following

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if not self._following:
            taken = self._queue.take()
            if taken is None:
                raise StopIteration
            self._open(taken[0])
        line, self._following = self._following, self._lines.readline()
        return line


def _careful_piece(rows: list[list[str]], width: int) -> _Piece:
    columns = {
        f"c{at + 1}": pa.array([(row[at] or None) if at < len(row) else None for row in rows], pa.string())
        for at in range(width)
    }
    return _Piece(pa.table(columns), tuple(at for at, row in enumerate(rows, 1) if any(row[width:])))


def _blocks(path: Path, encoding: str) -> Iterator[bytes]:
    """Give the file in blocks of whole lines, in UTF-8 or as it is in GB18030; at least one block, however empty."""
    if encoding == "utf-16":
        blocks = _transcoded(path, encoding)
    else:
        blocks = _byte_blocks(path, len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
    first = next(blocks, b"")
    yield first
    yield from blocks


def _byte_blocks(path: Path, skip: int) -> Iterator[bytes]:
    """Cut a file at line feeds, which are never part of a character in UTF-8 and GB18030."""
    with path.open("rb") as handle:
        handle.seek(skip)
        yield from _whole_lines(handle, b"\n")


def _transcoded(path: Path, encoding: str) -> Iterator[bytes]:
    with path.open(encoding=encoding, errors="strict", newline="") as handle:
        for block in _whole_lines(handle, "\n"):
            yield block.encode()


def _whole_lines(handle: IO[AnyStr], feed: AnyStr) -> Iterator[AnyStr]:
    """Give what is left of a file in blocks that end with a line feed; the last may not."""
    rest = feed[:0]
    while read := handle.read(BLOCK_BYTES):
        at = read.rfind(feed) + 1
        if at:
            yield rest + read[:at]
            rest = read[at:]
        else:
            rest += read
        if len(rest) > MAX_LINE_BYTES:
            raise Unreadable("broken_text")
    if rest:
        yield rest


def _cut(block: bytes, size: int) -> Iterator[bytes]:
    """Cut a block at line feeds into pieces of about ``size`` bytes."""
    start = 0
    while start < len(block):
        end = block.rfind(b"\n", start, start + size) + 1
        if not end:
            end = block.find(b"\n", start + size) + 1 or len(block)
        yield block[start:end]
        start = end
