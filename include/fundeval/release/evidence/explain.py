"""From any published figure back to formula, numerator, denominator and rows of the archived files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundeval.core.errors import ReleaseError
from fundeval.core.rooms import Rooms
from fundeval.release.dictionary import load_dictionary
from fundeval.release.editions.tables import read_parquet
from fundeval.release.evidence.halves import PUBLIC, private_half_of
from fundeval.release.fields import csv_text
from fundeval.release.versions import Release
from fundeval.report.provenance import ROWS, WITHHELD_ZH, Figure, Part, Provenance, Rows, read_provenance

_PROJECT_FACTS = {"applied_yuan": "申请金额", "released_yuan": "下达金额", "paid_yuan": "支付金额"}
_PROJECT_COLUMNS = {"applied_yuan": "applied", "released_yuan": "released", "paid_yuan": "paid"}


@dataclass(frozen=True)
class SourceRows:
    """Rows of one file.

    Attributes:
        file: Name as sent.
        sheet: Sheet, empty for CSV.
        rows: Rows as people write them: ``5`` or ``9—13``.
        count: How many they are.
        sha256: Hash of the file.
        archived: Where the archive keeps its bytes, below the storage root; empty where the release is not in one.
    """

    file: str
    sheet: str
    rows: str
    count: int
    sha256: str
    archived: str


@dataclass(frozen=True)
class PartExplained:
    """One part of a figure with its rows.

    Attributes:
        role: ``numerator``, ``denominator`` or ``value``.
        sign: 1 where it is added, -1 where it is taken off.
        title: Chinese name.
        amount: Its amount in 元 or counted; empty where it is no number.
        rows_in_all: Number of rows, of those named here.
        rows: The rows.
        withheld: Chinese words for the rows that are not named here; empty where all are.
    """

    role: str
    sign: int
    title: str
    amount: str
    rows_in_all: int
    rows: tuple[SourceRows, ...]
    withheld: str


@dataclass(frozen=True)
class Explanation:
    """A published figure led back to its sources.

    Attributes:
        figure: Its identifier.
        kind: ``metric``, ``indicator``, ``finding`` or ``project``.
        title: Chinese name.
        formula: How it is computed.
        value: As published.
        unit: Unit of the value.
        numerator: Of a rate.
        denominator: Of a rate.
        law: Provisions it rests on.
        parts: What it is computed from.
        rests_on: Identifiers of other figures it is computed from or explained by.
    """

    figure: str
    kind: str
    title: str
    formula: str
    value: str
    unit: str
    numerator: str
    denominator: str
    law: str
    parts: tuple[PartExplained, ...]
    rests_on: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def explain(
    release: Release, wanted: str, *, private: bool = False, rooms: Rooms | None = None
) -> list[Explanation]:
    """Lead published figures back to their sources.

    Args:
        release: The release.
        wanted: A metric, an indicator code, ``finding-<number>``, a rule (all its findings) or a project code.
        private: Whether rows of classified projects and of the survey are named too, from the private half.
        rooms: The storage root the release stands in; the folder it lies in by default.

    Raises:
        ReleaseError: The release has no such figure, or no readable evidence; or its private half is asked for and
            is not there.
    """
    explainer = _Explainer(
        release,
        read_provenance(release.path / PUBLIC),
        private,
        rooms or Rooms(release.path.resolve().parents[3]),
    )
    found = list(explainer.explain(wanted))
    if not found:
        raise ReleaseError(
            f"第 {release.version} 版中没有“{wanted}”。可以查询:指标标识(如 execution_rate)、评价指标编码、"
            "问题编号(如 finding-1)、规则标识、公开项目编码。"
        )
    return found


class _Explainer:
    """Explains the figures of one release."""

    def __init__(self, release: Release, provenance: Provenance, private: bool, rooms: Rooms) -> None:
        self._release = release
        self._provenance = provenance
        self._rooms = rooms
        self._kept_places: dict[str, str] = {}
        self._private = private_half_of(release) / ROWS if private else None
        if self._private is not None and not self._private.is_file():
            raise ReleaseError("找不到这个版本的非公开部分,无法列出涉密项目和答卷的行。")
        self._hashes = {entry["file"]: entry["sha256"] for entry in release.manifest["inputs"]}

    def explain(self, wanted: str) -> Iterator[Explanation]:
        """Give every figure of this name."""
        figures = self._provenance.figures
        if wanted in figures:
            yield self._figure(figures[wanted])
            return
        rules = [str(row["rule"]) for row in self._table("findings")]
        if wanted in rules:
            for number, rule in enumerate(rules, 1):
                if rule == wanted:
                    yield self._figure(figures[f"finding-{number}"])
            return
        yield from self._project(wanted)

    def _table(self, name: str) -> list[Any]:
        table = load_dictionary().tables[name]
        return read_parquet(table, self._release.path / "dataset" / f"{name}.parquet")

    def _figure(self, figure: Figure) -> Explanation:
        parts = [self._part(part) for part in figure.parts]
        if figure.place is not None:
            place = figure.place
            rows = Rows(
                "", "", place.source_file, place.source_sheet, place.source_row, place.source_row,
                self._hashes.get(place.source_file, ""),
            )  # fmt: skip
            parts.append(PartExplained("value", 1, "数据出处", "", 1, (self._source(rows),), ""))
        said = figure.model_dump(include=set(Explanation.__dataclass_fields__) - {"parts", "rests_on"})
        return Explanation(**said, parts=tuple(parts), rests_on=figure.rests_on)

    def _part(self, part: Part) -> PartExplained:
        if self._private is not None:
            rows, withheld = tuple(self._private_rows(self._private, part.fact)), ""
        else:
            listing = self._provenance.rows_of(part.fact)
            rows = tuple(self._source(found) for found in listing.rows) or self._survey_file(part)
            withheld = WITHHELD_ZH[part.withheld] if part.withheld else ""
        count = sum(found.count for found in rows)
        return PartExplained(part.role, part.sign, part.title, part.amount, count, rows, withheld)

    def _survey_file(self, part: Part) -> tuple[SourceRows, ...]:
        """Name at least the file of the responses, whose rows only the private half names."""
        if part.withheld != "survey":
            return ()
        files = (entry for entry in self._release.manifest["inputs"] if entry["kind"] == "survey")
        return tuple(
            SourceRows(entry["file"], "", "", 0, entry["sha256"], self._kept(entry["sha256"]))
            for entry in files
        )

    def _private_rows(self, path: Path, fact: str) -> Iterator[SourceRows]:
        found = pq.read_table(path, filters=pc.field("fact") == fact).to_pylist()
        for row in found:
            yield self._source(
                Rows(
                    fact,
                    row["project_code"] or "",
                    row["source_file"],
                    row["source_sheet"],
                    row["source_row"],
                    row["source_row"],
                    row["source_sha256"],
                )  # fmt: skip
            )

    def _source(self, rows: Rows) -> SourceRows:
        sha256 = rows.source_sha256
        return SourceRows(
            rows.source_file, rows.source_sheet, rows.text, len(rows), sha256, self._kept(sha256)
        )

    def _kept(self, sha256: str) -> str:
        """Return where the archive keeps a file; empty where the release stands in no storage root."""
        if sha256 not in self._kept_places:
            is_kept = bool(sha256) and self._rooms.is_archived(sha256)
            self._kept_places[sha256] = self._rooms.archive_name(sha256) if is_kept else ""
        return self._kept_places[sha256]

    def _project(self, code: str) -> Iterator[Explanation]:
        dictionary = load_dictionary()
        table = dictionary.tables["projects"]
        for row in self._table("projects"):
            if row["project_code"] != code or code == dictionary.classified.key:
                continue
            parts = []
            for fact, title in _PROJECT_FACTS.items():
                listing = self._provenance.rows_of(fact, code)
                column = table.column(_PROJECT_COLUMNS[fact])
                parts.append(
                    PartExplained(
                        "value",
                        1,
                        title,
                        csv_text(column, row[column.name]),
                        listing.rows_in_all,
                        tuple(self._source(found) for found in listing.rows),
                        "",
                    )  # fmt: skip
                )
            yield Explanation(
                code, "project", str(row["project_name"]), "结转=下达-支付;预算执行率=支付÷下达",
                csv_text(table.column("execution_rate"), row["execution_rate"]), "%",
                csv_text(table.column("paid"), row["paid"]), csv_text(table.column("released"), row["released"]), "",
                tuple(parts), (),
            )  # fmt: skip
