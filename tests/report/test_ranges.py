"""Rows of the evidence joined into ranges: the same rows, said shorter."""

from __future__ import annotations

import tempfile
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from fundeval.report.ranges import joined_ranges

Range = tuple[str, str | None, str, str, int, int]

_RANGES = st.lists(
    st.tuples(
        st.sampled_from(["paid_yuan", "released_yuan"]),
        st.sampled_from(["P1", "P2", None]),
        st.sampled_from(["甲.csv", "乙.xlsx"]),
        st.sampled_from(["", "表一"]),
        st.integers(1, 30),
        st.integers(0, 4),
    ).map(lambda each: (*each[:5], each[4] + each[5])),
    max_size=25,
)


def write(path: Path, ranges: list[Range]) -> None:
    names = ("fact", "project_code", "source_file", "source_sheet", "first_row", "last_row")
    types = (pa.string(), pa.string(), pa.string(), pa.string(), pa.int32(), pa.int32())
    columns = [pa.array([each[at] for each in ranges], kind) for at, kind in enumerate(types)]
    table = pa.table(columns, names=list(names))
    pq.write_table(
        table.append_column("source_sha256", pa.array(["f" * 64] * len(ranges), pa.string())), path
    )


def places(ranges: list[Range], *, by_project: bool) -> dict[tuple[str, str], set[tuple[str, str, int]]]:
    """Return the rows of every fact and project, each named."""
    found: dict[tuple[str, str], set[tuple[str, str, int]]] = {}
    for fact, project, file, sheet, first, last in ranges:
        rows = found.setdefault((fact, (project or "") if by_project else ""), set())
        rows |= {(file, sheet, row) for row in range(first, last + 1)}
    return found


@settings(max_examples=60, deadline=None)
@given(_RANGES, st.booleans(), st.sampled_from([None, 1, 3]))
def test_joined_ranges_hold_the_same_rows(ranges: list[Range], by_project: bool, most: int | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write(path, ranges)
        every = list(joined_ranges(path, None, None, None, by_project=by_project))
        shown = list(joined_ranges(path, None, None, most, by_project=by_project))
    expected = places(ranges, by_project=by_project)
    groups = groupby(every, key=lambda each: (each.texts["fact"], each.texts["project_code"]))
    grouped = {key: list(joined) for key, joined in groups}
    assert list(grouped) == sorted(expected)
    for key, joined in grouped.items():
        told = [
            (each.texts["source_file"], each.texts["source_sheet"], row)
            for each in joined
            for row in range(each.first_row, each.last_row + 1)
        ]
        assert told == sorted(expected[key])
        assert {each.rows_in_all for each in joined} == {len(told)}
        assert {each.ranges_in_all for each in joined} == {len(joined)}
    assert shown == [each for joined in grouped.values() for each in joined[:most]]


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    write(
        tmp_path / "rows.parquet",
        [("paid_yuan", "P1", "甲.csv", "", 2, 3), ("paid_yuan", "P2", "甲.csv", "", 4, 4)],
    )
    (joined,) = joined_ranges(tmp_path / "rows.parquet", "paid_yuan", None, None, by_project=False)
    assert (joined.first_row, joined.last_row) == (2, 4)
    (own,) = joined_ranges(tmp_path / "rows.parquet", "paid_yuan", "P2", None, by_project=True)
    assert (own.first_row, own.last_row) == (4, 4)
    assert list(joined_ranges(tmp_path / "rows.parquet", "released_yuan", None, None, by_project=False)) == []
    assert list(joined_ranges(tmp_path / "rows.parquet", None, "P9", None, by_project=True)) == []
