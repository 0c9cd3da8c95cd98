"""The one catalogue of rules: data beside their SQL, in sql/checks.

A rule over rows is three files: its entry in ``catalogue.yaml``, ``<id>.sql`` that selects the offending rows, and
``examples/<id>.yaml`` with small tables on which it finds something, finds nothing and cannot apply. A check of a
column or table is an entry in ``tables.yaml``, which also gives its SQL, and its examples. The examples are what
``fundeval rules show`` explains a rule with, and what the tests run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from fundeval.core.datafile import Strict, read_model
from fundeval.core.engine import parameters_of
from fundeval.core.errors import ConfigurationError
from fundeval.core.law import LegalBasis
from fundeval.core.places import sql_folder
from fundeval.core.shared import tables_of
from fundeval.quality.entries import Entry, Example, Examples
from fundeval.quality.table_checks import CheckedTable, TableCheck, TableChecksFile

CATALOGUE_FILE = "catalogue.yaml"
TABLES_FILE = "tables.yaml"
Phase = Literal["gate", "measured", "last"]


class _CatalogueFile(Strict):
    rules: tuple[Entry, ...]


@dataclass(frozen=True)
class Rule:
    """One rule: its entry, its SQL and its examples.

    Attributes:
        entry: What the catalogue says.
        sql: Statement that selects the offending rows; none is a pass.
        examples: At least one that finds rows and one that finds none.
        check: The column or table check the rule is; None for a rule over rows.
        sealed_sql: Statement that selects the places of offending rows of classified projects; empty where they are
            not asked.
    """

    entry: Entry
    sql: str
    examples: tuple[Example, ...]
    check: TableCheck | None = None
    sealed_sql: str = ""

    @property
    def id(self) -> str:
        """Identifier of the rule."""
        return self.entry.id

    @property
    def parameters(self) -> set[str]:
        """Names of the parameters the statement binds."""
        return parameters_of(self.sql)

    @cached_property
    def tables(self) -> frozenset[str]:
        """Every ``<layer>.<table>`` the rule reads, itself or through a macro."""
        text = "\n".join([self.sql, *(need.rows for need in self.entry.needs)])
        return tables_of(text)

    @property
    def phase(self) -> Phase:
        """When the rule can run: at the gate, after the measures, or after all other rules."""
        layers = {table.split(".")[0] for table in self.tables}
        return "last" if "checks" in layers else "measured" if "marts" in layers else "gate"

    @property
    def is_sealed(self) -> bool:
        """Whether the rule sums classified rows too; it may then tell sums, never a project."""
        return self.check is None and any(table.startswith("whole.") for table in self.tables)

    def in_force(self, year: int) -> bool:
        """Tell whether the rule is about this year."""
        return (self.entry.from_year or year) <= year <= (self.entry.to_year or year)

    def legal_text(self, year: int, case: str | None, own: tuple[LegalBasis, ...] = ()) -> str:
        """Return the provisions of a finding as one Chinese text.

        Args:
            year: Year the finding is of.
            case: The finding's ``law`` column; picks among provisions for different rows.
            own: Provisions of the fund's own rules, cited first.
        """
        return "、".join(
            dict.fromkeys(
                str(basis) for basis in (*own, *self.entry.legal_basis) if basis.applies(year, case)
            )
        )


@dataclass(frozen=True)
class Catalogue:
    """The one catalogue.

    Attributes:
        rules: The checks of columns and tables first, then the rules over rows, in the order of the files.
        tables: What is said about each table that has checks.
    """

    rules: tuple[Rule, ...]
    tables: Mapping[str, CheckedTable]

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """Rules by identifier."""
        return {rule.id: rule for rule in self.rules}

    def __getitem__(self, rule: str) -> Rule:
        """Return a rule; an unknown one is a ConfigurationError."""
        if rule not in self.by_id:
            raise ConfigurationError(f"规则目录中没有“{rule}”。已有规则:{'、'.join(sorted(self.by_id))}。")
        return self.by_id[rule]

    def of_phase(self, *phases: Phase) -> tuple[Rule, ...]:
        """Return the rules that run in one of the phases."""
        return tuple(rule for rule in self.rules if rule.phase in phases)


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read the catalogue and the files it is about.

    Args:
        folder: Folder of the rules; sql/checks where it is not given.

    Raises:
        ConfigurationError: An entry is unsound (such as an unknown severity), a rule has no SQL or no examples, a
            file has no entry, an identifier comes twice or a related rule does not exist. All faults at once.
    """
    return _load(folder) if folder else _bundled()


@cache
def _bundled() -> Catalogue:
    return _load(sql_folder() / "checks")


def _load(folder: Path) -> Catalogue:
    entries = read_model(folder / CATALOGUE_FILE, _CatalogueFile).rules
    tables = read_model(folder / TABLES_FILE, TableChecksFile)
    ids = [*(check.id for check in tables.checks), *(entry.id for entry in entries)]
    faults = [
        *_file_faults(folder, ids, {entry.id for entry in entries}),
        *_repetitions(ids),
        *(f"规则{each.id}的第一项needs应是表" for each in entries if each.needs[0].table is None),
        *_related_faults((*tables.checks, *entries), ids),
    ]
    if faults:
        raise ConfigurationError("规则目录不合规:\n" + "\n".join(f"- {fault}" for fault in faults))
    rules = (
        *(_table_rule(folder, tables, check) for check in tables.checks),
        *(_row_rule(folder, entry) for entry in entries),
    )
    untested = [fault for rule in rules for fault in _example_faults(rule)]
    if untested:
        raise ConfigurationError("规则目录不合规:\n" + "\n".join(f"- {fault}" for fault in untested))
    return Catalogue(rules, tables.tables)


def _row_rule(folder: Path, entry: Entry) -> Rule:
    sql = (folder / f"{entry.id}.sql").read_text(encoding="utf-8")
    return Rule(entry, sql, _examples(folder, entry.id))


def _table_rule(folder: Path, file: TableChecksFile, check: TableCheck) -> Rule:
    table = file.tables[check.table]
    sealed = "" if check.public_only else check.wrong_rows(table, "restricted")
    return Rule(
        check.as_entry(table),
        check.wrong_rows(table, "staging"),
        _examples(folder, check.id),
        check,
        sealed,
    )


def _examples(folder: Path, rule: str) -> tuple[Example, ...]:
    return read_model(folder / "examples" / f"{rule}.yaml", Examples).examples


def _file_faults(folder: Path, ids: list[str], with_sql: set[str]) -> Iterator[str]:
    files = {path.stem for path in folder.glob("*.sql")}
    examples = {path.stem for path in (folder / "examples").glob("*.yaml")}
    yield from (f"规则{rule}没有SQL文件" for rule in sorted(with_sql - files))
    yield from (f"规则{rule}没有测试用例" for rule in sorted(set(ids) - examples))
    yield from (f"文件{name}.sql没有列入目录" for name in sorted(files - with_sql))
    yield from (f"测试用例{name}.yaml没有对应的规则" for name in sorted(examples - set(ids)))


def _repetitions(ids: list[str]) -> Iterator[str]:
    yield from (f"规则{rule}重复列入" for rule, count in Counter(ids).items() if count > 1)


def _related_faults(entries: tuple[TableCheck | Entry, ...], ids: list[str]) -> Iterator[str]:
    for entry in entries:
        yield from (f"规则{entry.id}的相关规则{name}不存在" for name in entry.related if name not in ids)


def _example_faults(rule: Rule) -> Iterator[str]:
    if not any(example.finds for example in rule.examples):
        yield f"规则{rule.id}没有查出问题的测试用例"
    if not any(not example.finds and not example.not_applicable for example in rule.examples):
        yield f"规则{rule.id}没有通过的测试用例"
    if not any(example.not_applicable for example in rule.examples):
        yield f"规则{rule.id}没有不适用的测试用例"
