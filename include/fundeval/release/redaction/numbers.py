"""Very many secret numbers, such as the payee accounts of ten million vouchers, without a Python object for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa

# Numbers this long fit an unsigned integer of 64 bits, so that a number is known by its value and its length.
SHORTEST, LONGEST = 5, 19
PLAIN_NUMBER = rf"[0-9]{{{SHORTEST},{LONGEST}}}"


class NumberIndex:
    """A set of numbers of 5 to 19 digits; zeros in front count."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        """Build the index.

        Args:
            tables: Columns ``length`` (digits of the number) and ``number`` (its value, unsigned 64 bits).
        """
        joined = pa.concat_tables(tables)
        lengths = joined.column("length").to_numpy()
        numbers = joined.column("number").to_numpy()
        self._by_length: dict[int, np.ndarray[Any, Any]] = {
            length: _distinct(numbers[lengths == length]) for length in np.unique(lengths).tolist()
        }

    @property
    def lengths(self) -> list[int]:
        """How many digits its numbers have, ascending."""
        return sorted(self._by_length)

    def __len__(self) -> int:
        """Count its numbers."""
        return sum(len(numbers) for numbers in self._by_length.values())

    def __contains__(self, text: str) -> bool:
        """Tell whether a text of digits is one of its numbers."""
        numbers = self._by_length.get(len(text))
        if numbers is None or not (text.isascii() and text.isdecimal()):
            return False
        number = np.uint64(int(text))
        at = int(np.searchsorted(numbers, number))
        return at < len(numbers) and bool(numbers[at] == number)


def _distinct(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return numbers in ascending order, each once; sorting takes a tenth of the time of a hash table."""
    numbers.sort()
    return numbers[np.concatenate([[True], numbers[1:] != numbers[:-1]])] if len(numbers) else numbers
