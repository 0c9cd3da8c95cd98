"""What examining a run leaves in ``checks``: every rule's outcome, every row found, every row waived.

The gate writes its tables, and the stage after the measures writes the whole: what the gate found first, then its own.
Each stage replaces its own tables only.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fundeval.core.errors import Severity
from fundeval.core.funds import Fund
from fundeval.core.rooms import RunFolder, replacing
from fundeval.quality.rules import ROW_SCHEMA, Examination, Outcome
from fundeval.quality.waivers import Split, Waiver, WaiverBook

RULES_SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("version", pa.int32()),
        ("title", pa.string()),
        ("severity", pa.string()),
        ("topic", pa.string()),
        ("scope", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("rows_examined", pa.int64()),
        ("rows_found", pa.int64()),
        ("rows_waived", pa.int64()),
    ]
)
FOUND_SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("severity", pa.string()),
        *ROW_SCHEMA,
        ("legal_basis", pa.string()),
        ("is_classified", pa.bool_()),
    ]
)
WAIVED_SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("title", pa.string()),
        ("project_code", pa.string()),
        ("identity", pa.string()),
        ("source_file", pa.string()),
        ("source_sheet", pa.string()),
        ("source_row", pa.int32()),
        ("reason", pa.string()),
        ("approved_by", pa.string()),
        ("expires_on", pa.date32()),
    ]
)
WAIVERS_SCHEMA = pa.schema(
    [
        ("waiver", pa.int32()),
        ("rule", pa.string()),
        ("named_row", pa.string()),
        ("reason", pa.string()),
        ("approved_by", pa.string()),
        ("expires_on", pa.date32()),
        ("is_expired", pa.bool_()),
        ("rows_met", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Tables:
    """Names of the four tables one stage writes."""

    rules: str
    rule_rows: str
    waived_rows: str
    waivers: str


AT_GATE = Tables("gate_rules", "gate_rule_rows", "gate_waived_rows", "gate_waivers")
WHOLE = Tables("rules", "rule_rows", "waived_rows", "waivers")


@dataclass(frozen=True)
class RuleOutcome:
    """One row of ``checks.rules``.

    Attributes:
        rule: Identifier of the rule.
        severity: Its severity.
        outcome: ``pass``, ``fail`` or ``not_applicable``; waived rows do not make a rule fail.
        rows_found: Rows that count, public and classified.
        rows_waived: Rows excused.
    """

    rule: str
    severity: Severity
    outcome: Outcome
    rows_found: int
    rows_waived: int


class OutcomeWriter:
    """Writes the outcomes of examinations one by one, so that memory does not grow with the rows found."""

    def __init__(self, run: RunFolder, tables: Tables, fund: Fund, waivers: WaiverBook) -> None:
        """Write ``tables`` of ``run``; nothing is there before the block ends well.

        Args:
            run: The run.
            tables: Names to write under.
            fund: The fund, whose own provisions are cited before the law.
            waivers: Waivers of the fund-year.
        """
        self._run = run
        self._tables = tables
        self._fund = fund
        self._waivers = waivers
        self._rules: list[dict[str, Any]] = []
        self._waived: list[dict[str, Any]] = []
        self._waiver_rows: list[dict[str, Any]] = []
        self._files = ExitStack()
        self.outcomes: list[RuleOutcome] = []

    def __enter__(self) -> OutcomeWriter:
        """Open the table of rows."""
        path: Path = self._files.enter_context(
            replacing(self._run.table_path("checks", self._tables.rule_rows))
        )
        self._rows = self._files.enter_context(pq.ParquetWriter(path, FOUND_SCHEMA, compression="zstd"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        """Put all tables in place, or none where the block failed."""
        self._files.__exit__(kind, error, trace)
        if error is None:
            self._write("rules", self._rules, RULES_SCHEMA)
            self._write("waived_rows", self._waived, WAIVED_SCHEMA)
            self._write("waivers", self._waiver_rows, WAIVERS_SCHEMA)
        return False

    def carry_over(self, earlier: Tables) -> None:
        """Take over what an earlier stage of the run has written."""
        self._rules += self._run.rows("checks", earlier.rules)
        self._waived += self._run.rows("checks", earlier.waived_rows)
        self._waiver_rows += self._run.rows("checks", earlier.waivers)
        path = self._run.table_path("checks", earlier.rule_rows)
        for batch in pq.ParquetFile(path).iter_batches():
            self._rows.write_batch(batch)

    def add(self, examinations: Iterable[Examination]) -> None:
        """Write what examinations found, in their order."""
        year = self._run.fund_year.year
        for made in examinations:
            entry = made.rule.entry
            public = self._waivers.split(entry.id, made.found, is_classified=False)
            sealed = self._waivers.split(entry.id, made.sealed, is_classified=True)
            for part, is_classified in ((public, False), (sealed, True)):
                if len(part.kept):
                    self._rows.write_table(self._found(made, part.kept, year, is_classified))
            self._waived += [
                _waived_row(entry.title, *each) for part in (public, sealed) for each in part.waived
            ]
            self._rules.append(self._outcome(made, public, sealed))

    def settle_waivers(self, rules: Iterable[str]) -> None:
        """Write what the waivers of ``rules`` met, for the rules about waivers to read."""
        self._waiver_rows += self._waivers.rows(rules)
        self._write("waivers", self._waiver_rows, WAIVERS_SCHEMA)

    def _outcome(self, made: Examination, public: Split, sealed: Split) -> dict[str, Any]:
        entry = made.rule.entry
        found, waived = len(public.kept) + len(sealed.kept), len(public.waived) + len(sealed.waived)
        outcome: Outcome = "pass" if made.outcome == "fail" and not found else made.outcome
        self.outcomes.append(RuleOutcome(entry.id, entry.severity, outcome, found, waived))
        return {
            "rule": entry.id,
            "version": entry.version,
            "title": entry.title,
            "severity": entry.severity,
            "topic": entry.topic,
            "scope": entry.scope,
            "outcome": outcome,
            "reason": made.reason or (f"查出的{waived}行均已豁免" if waived and not found else ""),
            "rows_examined": made.examined,
            "rows_found": found,
            "rows_waived": waived,
        }

    def _found(self, made: Examination, rows: pa.Table, year: int, is_classified: bool) -> pa.Table:
        rule = made.rule
        own = self._fund.legal_basis.get(rule.id, ())
        cases = pc.unique(rows["law"])
        texts = pa.array([rule.legal_text(year, case, own) for case in cases.to_pylist()], pa.string())
        added = {
            "rule": pa.repeat(pa.scalar(rule.id), len(rows)),
            "severity": pa.repeat(pa.scalar(rule.entry.severity), len(rows)),
            "legal_basis": texts.take(pc.index_in(rows["law"], cases)),
            "is_classified": pa.repeat(pa.scalar(is_classified), len(rows)),
        }
        columns = [added[name] if name in added else rows[name] for name in FOUND_SCHEMA.names]
        return pa.table(columns, schema=FOUND_SCHEMA)

    def _write(self, table: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
        self._run.write("checks", getattr(self._tables, table), pa.Table.from_pylist(rows, schema))


def _waived_row(title: str, waiver: Waiver, row: dict[str, Any]) -> dict[str, Any]:
    known = {name: row[name] for name in WAIVED_SCHEMA.names if name in row}
    decided = {name: getattr(waiver, name) for name in ("rule", "reason", "approved_by", "expires_on")}
    return {**known, "title": title, **decided}
