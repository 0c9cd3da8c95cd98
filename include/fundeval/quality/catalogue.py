"""The one catalogue of rules over rows: data beside their SQL, in sql/checks/catalogue.yaml.

A rule is three files: its entry in the catalogue, ``<id>.sql`` that selects the offending rows, and
``examples/<id>.yaml`` with small tables on which it finds something, finds nothing and cannot apply. The examples
are what ``fundeval rules show`` explains a rule with, and what the tests run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from fundeval.core.datafile import Strict, read_model
from fundeval.core.engine import parameters_of
from fundeval.core.errors import ConfigurationError, Severity
from fundeval.core.law import LegalBasis
from fundeval.core.places import sql_folder

CATALOGUE_FILE = "catalogue.yaml"
_COMMENT = re.compile(r"--[^\n]*")

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Scope = Literal["fund", "project", "voucher", "release", "procurement", "service_contract", "survey", "file"]
Topic = Literal[
    "identity",
    "time",
    "money",
    "reconciliation",
    "procurement",
    "delivery",
    "survey",
    "carry_over",
    "planning",
]


class Need(Strict):
    """What a rule needs to be about anything: rows of a table, or a limit of the scheme.

    Attributes:
        table: ``<layer>.<table>``; ``whole`` is public and classified rows together.
        filled: Columns that must hold a value in at least one row.
        where: Further condition of that row, as SQL; it may bind the parameters rules bind.
        parameter: Limit the scheme must set, instead of a table.
        otherwise: Chinese reason given where it is missing.
    """

    table: Annotated[str, Field(pattern=r"^(staging|marts|whole)\.[a-z][a-z0-9_]*$")] | None = None
    filled: tuple[Name, ...] = ()
    where: str = ""
    parameter: Name | None = None
    otherwise: Text

    @model_validator(mode="after")
    def _one_thing(self) -> Need:
        if (self.table is None) == (self.parameter is None):
            raise ValueError("table 和 parameter 应当且只应写一项")
        return self

    @property
    def count(self) -> str:
        """SQL that counts the rows the need is about; empty for a limit."""
        if self.table is None:
            return ""
        filled = [f'"{column}" is not null' for column in self.filled]
        condition = " and ".join([*filled, *([f"({self.where})"] if self.where else [])]) or "true"
        return f"select count(*) as found from {self.table} where {condition}"


class Example(Strict):
    """Small input tables and what a rule makes of them.

    Attributes:
        reason: Chinese sentence: why this outcome.
        tables: Rows per ``<layer>.<table>``; columns left out are empty.
        parameters: Thresholds that differ from those of the tests' scheme.
        finds: Expected rows, with the columns that matter; empty for a pass.
        not_applicable: Expected reason where the rule cannot apply.
    """

    reason: Text
    tables: dict[str, tuple[dict[str, Any], ...]]
    parameters: dict[str, Any] = Field(default_factory=dict)
    finds: tuple[dict[str, Any], ...] = ()
    not_applicable: str = ""


class _Examples(Strict):
    examples: tuple[Example, ...]


class Entry(Strict):
    """What the catalogue says about a rule.

    Attributes:
        id: Identifier, also the name of its files.
        version: Raised whenever the rule finds other rows than before.
        title: Short Chinese name.
        message: Chinese sentence on what is wrong.
        remedy: Chinese sentence on what to do.
        severity: ``critical`` (阻断), ``warning`` (警示) or ``info`` (提示).
        topic: What kind of rule it is.
        scope: What one finding is about.
        needs: Rows without which it is not applicable; the first one's rows are those it examines.
        legal_basis: Provisions it rests on, with article and years.
        feeds: Indicator of the common framework (财预〔2020〕10号, annex) it bears on; empty where none.
        owner: Who keeps the rule up to date.
        related: Rules to read together with it.
        from_year: First year it is about.
        to_year: Last year it is about.
    """

    id: Name
    version: Annotated[int, Field(ge=1)]
    title: Text
    message: Text
    remedy: Text
    severity: Severity
    topic: Topic
    scope: Scope
    needs: Annotated[tuple[Need, ...], Field(min_length=1)]
    legal_basis: tuple[LegalBasis, ...]
    feeds: str = ""
    owner: Text
    related: tuple[Name, ...] = ()
    from_year: int | None = None
    to_year: int | None = None


class _CatalogueFile(Strict):
    rules: tuple[Entry, ...]


@dataclass(frozen=True)
class Rule:
    """One rule: its entry, its SQL and its examples.

    Attributes:
        entry: What the catalogue says.
        sql: Statement that selects the offending rows; none is a pass.
        examples: At least one that finds rows and one that finds none.
    """

    entry: Entry
    sql: str
    examples: tuple[Example, ...]

    @property
    def id(self) -> str:
        """Identifier of the rule."""
        return self.entry.id

    @property
    def parameters(self) -> set[str]:
        """Names of the parameters the statement binds."""
        return parameters_of(self.sql)

    @property
    def reads_marts(self) -> bool:
        """Whether the rule needs measures, so that it can only run after them."""
        return "marts." in self._reads

    @property
    def is_sealed(self) -> bool:
        """Whether the rule sums classified rows too; it may then tell sums, never a project."""
        return "whole." in self._reads

    @property
    def _reads(self) -> str:
        return "\n".join([_COMMENT.sub("", self.sql), *(need.count for need in self.entry.needs)])

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
    """Every rule, in the order of the file."""

    rules: tuple[Rule, ...]

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """Rules by identifier."""
        return {rule.id: rule for rule in self.rules}

    def __getitem__(self, rule: str) -> Rule:
        """Return a rule; an unknown one is a ConfigurationError."""
        if rule not in self.by_id:
            raise ConfigurationError(f"规则目录中没有“{rule}”。已有规则:{'、'.join(sorted(self.by_id))}。")
        return self.by_id[rule]


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Read the catalogue and the files it is about.

    Args:
        folder: Folder of the rules; sql/checks where it is not given.

    Raises:
        ConfigurationError: An entry is unsound (such as an unknown severity), a rule has no SQL or no examples, a
            file has no entry, an identifier comes twice or a related rule does not exist. All faults at once.
    """
    folder = folder or sql_folder() / "checks"
    entries = read_model(folder / CATALOGUE_FILE, _CatalogueFile).rules
    faults = [*_file_faults(folder, entries), *_entry_faults(entries)]
    if faults:
        raise ConfigurationError("规则目录不合规:\n" + "\n".join(f"- {fault}" for fault in faults))
    rules = tuple(Rule(entry, _sql(folder, entry.id), _examples(folder, entry.id)) for entry in entries)
    untested = [fault for rule in rules for fault in _example_faults(rule)]
    if untested:
        raise ConfigurationError("规则目录不合规:\n" + "\n".join(f"- {fault}" for fault in untested))
    return Catalogue(rules)


def _sql(folder: Path, rule: str) -> str:
    return (folder / f"{rule}.sql").read_text(encoding="utf-8")


def _examples(folder: Path, rule: str) -> tuple[Example, ...]:
    return read_model(folder / "examples" / f"{rule}.yaml", _Examples).examples


def _file_faults(folder: Path, entries: tuple[Entry, ...]) -> Iterator[str]:
    ids = {entry.id for entry in entries}
    files = {path.stem for path in folder.glob("*.sql")}
    examples = {path.stem for path in (folder / "examples").glob("*.yaml")}
    yield from (f"规则{rule}没有SQL文件" for rule in sorted(ids - files))
    yield from (f"规则{rule}没有测试用例" for rule in sorted(ids - examples))
    yield from (f"文件{name}.sql没有列入目录" for name in sorted(files - ids))
    yield from (f"测试用例{name}.yaml没有对应的规则" for name in sorted(examples - ids))


def _entry_faults(entries: tuple[Entry, ...]) -> Iterator[str]:
    counts = Counter(entry.id for entry in entries)
    yield from (f"规则{rule}重复列入" for rule, count in counts.items() if count > 1)
    yield from (f"规则{each.id}的第一项needs应是表" for each in entries if each.needs[0].table is None)
    for entry in entries:
        yield from (f"规则{entry.id}的相关规则{name}不存在" for name in entry.related if name not in counts)


def _example_faults(rule: Rule) -> Iterator[str]:
    if not any(example.finds for example in rule.examples):
        yield f"规则{rule.id}没有查出问题的测试用例"
    if not any(not example.finds and not example.not_applicable for example in rule.examples):
        yield f"规则{rule.id}没有通过的测试用例"
    if not any(example.not_applicable for example in rule.examples):
        yield f"规则{rule.id}没有不适用的测试用例"
