"""What changed from one release to the next: inputs, rows, metrics, score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from fundeval.release.dictionary import Column, Dictionary, PublishedTable, load_dictionary
from fundeval.release.editions.tables import read_dataset
from fundeval.release.fields import Cell, Dataset, Row, csv_text
from fundeval.release.versions import Release

Change = Literal["added", "removed", "changed"]

CHANGE_ZH: dict[Change, str] = {"added": "新增", "removed": "删除", "changed": "修改"}
_METRICS = "metrics"


@dataclass(frozen=True)
class InputChange:
    """A source file that came, went or was replaced, by kind and name; hashes are empty where there is none."""

    kind: str
    file: str
    change: Change
    before_sha256: str = ""
    after_sha256: str = ""


@dataclass(frozen=True)
class CellChange:
    """One value of one row that changed, or a whole row that came or went.

    Attributes:
        table: Published table.
        key: Primary key of the row, or its whole text where the table has none.
        change: What happened.
        column: Column of the value; empty where the whole row came or went.
        before: Published text before.
        after: Published text now.
        difference: After less before, where both are numbers.
    """

    table: str
    key: str
    change: Change
    column: str = ""
    before: str = ""
    after: str = ""
    difference: str = ""


@dataclass(frozen=True)
class ReleaseDiff:
    """Everything that changed between two releases.

    Attributes:
        before: Version before.
        after: Version now.
        inputs: Source files.
        cells: Values and rows; changes of metrics are among them, under the table ``metrics``.
    """

    before: int
    after: int
    inputs: tuple[InputChange, ...]
    cells: tuple[CellChange, ...]

    @property
    def metrics(self) -> tuple[CellChange, ...]:
        """Metrics whose value changed."""
        return tuple(cell for cell in self.cells if (cell.table, cell.column) == (_METRICS, "value"))

    @property
    def score(self) -> CellChange | None:
        """Change of the total score; None where it stayed."""
        return next((cell for cell in self.metrics if cell.key == "score"), None)

    def as_dict(self) -> dict[str, Any]:
        """Return the difference as plain data: inputs, rows per table, metrics, score, every value."""
        return {
            "before": self.before,
            "after": self.after,
            "inputs": [asdict(change) for change in self.inputs],
            "rows": self.rows(),
            "metrics": [asdict(change) for change in self.metrics],
            "score": asdict(self.score) if self.score else None,
            "changes": [asdict(change) for change in self.cells],
        }

    def rows(self) -> dict[str, dict[Change, int]]:
        """Return per table how many rows were added, removed and changed."""
        seen = {(cell.table, cell.key, cell.change) for cell in self.cells}
        counts: dict[str, dict[Change, int]] = {}
        for table, _, change in sorted(seen):
            counts.setdefault(table, dict.fromkeys(CHANGE_ZH, 0))[change] += 1
        return counts


def diff_releases(before: Release, after: Release) -> ReleaseDiff:
    """Compare any two releases, as they are published.

    Raises:
        ReleaseError: One of them has no readable release.json.
    """
    dictionary = load_dictionary()
    return ReleaseDiff(
        before.version,
        after.version,
        diff_inputs(before.manifest["inputs"], after.manifest["inputs"]),
        diff_datasets(
            dictionary,
            read_dataset(before.path / "dataset", dictionary),
            read_dataset(after.path / "dataset", dictionary),
        ),
    )


def diff_datasets(dictionary: Dictionary, before: Dataset, after: Dataset) -> tuple[CellChange, ...]:
    """Compare two datasets table by table; rows are matched by primary key, or whole where there is none."""
    return tuple(
        change
        for name, table in dictionary.tables.items()
        for change in _table_changes(name, table, before[name], after[name])
    )


def diff_inputs(
    before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> tuple[InputChange, ...]:
    """Compare the inputs two releases list; a file of a kind under another name is one removed and one added."""
    old = {(entry["kind"], entry["file"]): entry["sha256"] for entry in before}
    new = {(entry["kind"], entry["file"]): entry["sha256"] for entry in after}
    changes = []
    for kind, file in sorted({*old, *new}):
        was, now = old.get((kind, file), ""), new.get((kind, file), "")
        if was != now:
            changes.append(InputChange(kind, file, _kind_of_change(was, now), was, now))
    return tuple(changes)


def _table_changes(
    name: str, table: PublishedTable, before: list[Row], after: list[Row]
) -> Iterator[CellChange]:
    if not table.primary_key:
        yield from _whole_rows(name, table, before, after)
        return
    old = {_key(table, row): row for row in before}
    new = {_key(table, row): row for row in after}
    for key in dict.fromkeys([*old, *new]):
        if key in old and key in new:
            yield from _cells(name, table, key, old[key], new[key])
        else:
            yield CellChange(name, key, "removed" if key in old else "added")


def _whole_rows(
    name: str, table: PublishedTable, before: list[Row], after: list[Row]
) -> Iterator[CellChange]:
    old = Counter(_text(table, row) for row in before)
    new = Counter(_text(table, row) for row in after)
    yield from (CellChange(name, text, "removed") for text in sorted((old - new).elements()))
    yield from (CellChange(name, text, "added") for text in sorted((new - old).elements()))


def _cells(name: str, table: PublishedTable, key: str, old: Row, new: Row) -> Iterator[CellChange]:
    for column in table.columns:
        was, now = old[column.name], new[column.name]
        if was != now:
            before, after = _shown(column, was), _shown(column, now)
            yield CellChange(name, key, "changed", column.name, before, after, _difference(before, after))


def _kind_of_change(was: str, now: str) -> Change:
    if was and now:
        return "changed"
    return "added" if now else "removed"


def _key(table: PublishedTable, row: Row) -> str:
    return " / ".join(str(row[name]) for name in table.primary_key)


def _text(table: PublishedTable, row: Row) -> str:
    return " | ".join(_shown(column, row[column.name]) for column in table.columns)


def _shown(column: Column, value: Cell) -> str:
    """Return the published text of a value, without the guard a CSV cell needs."""
    return value if isinstance(value, str) else csv_text(column, value)


def _difference(before: str, after: str) -> str:
    try:
        return f"{Decimal(after) - Decimal(before):f}"
    except InvalidOperation:
        return ""
