"""Waivers: named rows that a rule may find without consequence, by whom, why and until when.

A waiver is reviewed data of a fund, ``include/funds/<fund>/waivers.yaml``, and changes only the way a scheme does. It
holds for a fund-year where it was granted for that year or an earlier one and runs at least to the fund-year's last
day; the day on which somebody evaluates plays no part, so that the same files give the same release for ever
(docs/decisions/0040-waivers.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from fundeval.core.datafile import Strict, read_model
from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear
from fundeval.core.places import funds_folder
from fundeval.core.source_place import place_words
from fundeval.quality.catalogue import Catalogue
from fundeval.quality.entries import Name, Text

WAIVERS_FILE = "waivers.yaml"


class WaivedRow(Strict):
    """One named row: by what the rule calls it, or by its place.

    Attributes:
        identity: The row's ``identity`` as the rule tells it (voucher number, project code …).
        file: Name of the file as it was sent.
        sheet: Sheet, empty for a CSV.
        row: Row as a spreadsheet shows it.
    """

    identity: Text | None = None
    file: Text | None = None
    sheet: str = ""
    row: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _names_a_row(self) -> WaivedRow:
        if (self.file is None) != (self.row is None) or (self.identity is None and self.file is None):
            raise ValueError("应写 identity,或者同时写 file 和 row")
        return self

    def __str__(self) -> str:
        """Name the row in Chinese."""
        place = place_words(self.file or "", self.sheet, self.row)
        return " ".join(part for part in (self.identity or "", place) if part)

    def mask(self, found: pa.Table, *, is_classified: bool) -> pa.ChunkedArray | None:
        """Return which rows are meant; None where the rows have no identity to be known by."""
        conditions = []
        if self.identity is not None:
            if is_classified:
                return None
            conditions.append(pc.equal(found["identity"], self.identity))
        if self.file is not None:
            conditions += [
                pc.equal(found["source_file"], self.file),
                pc.equal(found["source_sheet"], self.sheet),
                pc.equal(found["source_row"], self.row),
            ]
        mask = conditions[0]
        for condition in conditions[1:]:
            mask = pc.and_(mask, condition)
        return pc.fill_null(mask, False)


class Waiver(Strict):
    """One decision.

    Attributes:
        rule: Rule of the catalogue.
        rows: The rows it is about.
        reason: Chinese sentence.
        approved_by: Who decided.
        from_year: First fund-year it is about.
        expires_on: Last day it holds.
    """

    rule: Name
    rows: tuple[WaivedRow, ...] = Field(min_length=1)
    reason: Text
    approved_by: Text
    from_year: int
    expires_on: date

    @model_validator(mode="after")
    def _holds_for_a_year(self) -> Waiver:
        if self.expires_on < date(self.from_year, 12, 31):
            raise ValueError("expires_on 早于 from_year 年度的最后一天,豁免从未有效")
        return self

    def is_expired(self, year: int) -> bool:
        """Tell whether it no longer holds for a fund-year."""
        return self.expires_on < date(year, 12, 31)


class _WaiversFile(Strict):
    waivers: tuple[Waiver, ...]


def load_waivers(fund_year: FundYear, catalogue: Catalogue) -> tuple[Waiver, ...]:
    """Read the waivers of a fund that are about a fund-year, expired ones included; none where it has no file.

    Raises:
        ConfigurationError: The file is unsound, or names a rule that does not exist.
    """
    path = funds_folder() / fund_year.fund / WAIVERS_FILE
    if not path.is_file():
        return ()
    waivers = read_model(path, _WaiversFile).waivers
    unknown = sorted({waiver.rule for waiver in waivers} - catalogue.by_id.keys())
    if unknown:
        raise ConfigurationError(f"数据文件“{path.name}”不合规:没有名为{'、'.join(unknown)}的规则。")
    return tuple(waiver for waiver in waivers if waiver.from_year <= fund_year.year)


@dataclass(frozen=True)
class Split:
    """The rows a rule found, divided by the waivers in force.

    Attributes:
        kept: Rows that count.
        waived: Waived rows, each with the waiver it falls under.
    """

    kept: pa.Table
    waived: tuple[tuple[Waiver, dict[str, object]], ...] = ()


class WaiverBook:
    """The waivers of a fund-year and what they met in a run."""

    def __init__(self, waivers: Iterable[Waiver], year: int) -> None:
        """Keep the waivers; nothing has met any of them yet."""
        self._waivers = tuple(waivers)
        self._year = year
        self._met: Counter[tuple[int, int]] = Counter()

    @property
    def rules(self) -> frozenset[str]:
        """Rules some rows of which are waived."""
        return frozenset(waiver.rule for waiver in self._waivers if not waiver.is_expired(self._year))

    def split(self, rule: str, found: pa.Table, *, is_classified: bool) -> Split:
        """Divide the rows a rule found; rows an expired waiver names count, and are counted as met."""
        kept = pa.chunked_array([pa.repeat(pa.scalar(True), len(found))])
        waived: list[tuple[Waiver, dict[str, object]]] = []
        for number, position, waiver, row in self._of(rule):
            mask = row.mask(found, is_classified=is_classified)
            if mask is None:
                continue
            self._met[number, position] += pc.sum(mask).as_py() or 0
            if not waiver.is_expired(self._year):
                fresh = pc.and_(mask, kept)
                waived += [(waiver, each) for each in found.filter(fresh).to_pylist()]
                kept = pc.and_not(kept, mask)
        return Split(found.filter(kept) if waived else found, tuple(waived))

    def rows(self, rules: Iterable[str]) -> Iterator[dict[str, object]]:
        """Return one row of ``checks.waivers`` for each named row of the waivers of some rules."""
        wanted = set(rules)
        for number, waiver in enumerate(self._waivers, 1):
            if waiver.rule in wanted:
                for position, row in enumerate(waiver.rows):
                    yield {
                        "waiver": number,
                        "rule": waiver.rule,
                        "named_row": str(row),
                        "reason": waiver.reason,
                        "approved_by": waiver.approved_by,
                        "expires_on": waiver.expires_on,
                        "is_expired": waiver.is_expired(self._year),
                        "rows_met": self._met[number, position],
                    }

    def _of(self, rule: str) -> Iterator[tuple[int, int, Waiver, WaivedRow]]:
        for number, waiver in enumerate(self._waivers, 1):
            if waiver.rule == rule:
                for position, row in enumerate(waiver.rows):
                    yield number, position, waiver, row
