"""Rows of source files as runs of neighbouring rows: every row in exactly one, as few runs as there can be."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fundeval.release.evidence.rows import row_ranges

PLACES = st.integers(0, 3)
# Near each other, and at both ends of what a sheet can have.
ROWS = st.integers(1, 12) | st.integers(2**31 - 4, 2**31 - 1)


@given(st.lists(st.tuples(PLACES, ROWS), max_size=60), st.integers(1, 7))
def test_ranges_hold_every_row_once_and_neighbours_stand_together(
    rows: list[tuple[int, int]], batch: int
) -> None:
    keys = np.array(sorted((place << 32) | row for place, row in rows), dtype=np.int64)
    batches = [keys[start : start + batch] for start in range(0, len(keys) + batch, batch)]
    parts = [np.concatenate(part) for part in zip(*row_ranges(batches), strict=True)]
    ranges = list(zip(*(part.tolist() for part in parts), strict=True))
    told = [(place, row) for place, first, last in ranges for row in range(first, last + 1)]
    assert told == sorted(set(rows))
    assert not {(place, last + 1) for place, _, last in ranges} & {
        (place, first) for place, first, _ in ranges
    }
