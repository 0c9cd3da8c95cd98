"""Contracts: what each kind of file must contain, as data (contracts/<kind>.yaml)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from fundeval.core.datafile import Strict, read_model
from fundeval.core.errors import ConfigurationError

CellType = Literal[
    "text",
    "code",
    "integer",
    "number",
    "points",
    "money",
    "date",
    "timestamp",
    "seconds",
    "boolean",
    "choice",
    "target",
]
KINDS = (
    "budget_plan",
    "treasury_payments",
    "quota_releases",
    "procurement",
    "emall_orders",
    "project_progress",
    "service_indicators",
    "survey",
    "working_paper",
)


_CONTRACTS = Path(__file__).parent / "contracts"


class Column(Strict):
    """One column of a table as offices send it.

    Attributes:
        field: Name of the typed field; money fields end in ``_yuan``.
        title: Header text an office should use.
        aliases: Other header texts that mean the same.
        type: How a cell is read.
        choices: For ``choice``: identifier to the texts that mean it.
        nullable: The column must be there, a cell may be empty.
        optional: The column itself may be missing.
        sensitive: Values are never repeated in messages, logs or published files.
        subtotal_scope: A subtotal row names its scope in this column.
    """

    field: str
    title: str
    aliases: tuple[str, ...] = ()
    type: CellType
    choices: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    nullable: bool = False
    optional: bool = False
    sensitive: bool = False
    subtotal_scope: bool = False

    @property
    def may_be_empty(self) -> bool:
        """Whether a cell of the column may be empty."""
        return self.nullable or self.optional

    @property
    def names(self) -> tuple[str, ...]:
        """Every header text that means this column, normalised."""
        return tuple(header_key(name) for name in (self.title, *self.aliases))

    @model_validator(mode="after")
    def _choices_where_due(self) -> Column:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"column {self.field}: choices belong to type choice and only there")
        if (self.type == "money") != self.field.endswith("_yuan"):
            raise ValueError(f"column {self.field}: money fields, and only they, end in _yuan")
        return self


class Satisfaction(Strict):
    """Which questions ask for satisfaction, and the scale of their answers."""

    question: str
    scale: tuple[str, ...]


class Questions(Strict):
    """How the question columns of a survey export are recognised.

    Attributes:
        header: Regular expression of a question's header: number and text.
        separator: Mark between the options of a multiple-choice answer.
        blanks: Texts that mean no answer.
        satisfaction: Which questions ask for satisfaction.
        free_text: Regular expression of questions answered in free text.
        max_options: A question with more different answers than these is free text, whatever it asks.
        max_option_length: So is one with an answer longer than this, or with five digits in a row.
    """

    header: str
    separator: str
    blanks: tuple[str, ...]
    satisfaction: Satisfaction
    free_text: str
    max_options: int
    max_option_length: int


class TableContract(Strict):
    """One table inside a file.

    Attributes:
        name: Name of the staging table.
        title: Chinese name of the sheet an office should use.
        layout: ``table`` (header over rows), ``form`` (label and value) or ``survey`` (fixed columns and questions).
        key: Fields that identify a row; a row without them is no data row.
        preamble: Values stated above the header, as regular expressions with one group.
        columns: The columns.
        questions: For ``survey``: how question columns are recognised.
        optional: Whether the file may come without it.
    """

    name: str
    title: str
    layout: Literal["table", "form", "survey"]
    optional: bool = False
    key: tuple[str, ...] = ()
    preamble: dict[str, str] = Field(default_factory=dict)
    columns: tuple[Column, ...]
    questions: Questions | None = None

    @model_validator(mode="after")
    def _names_are_unique(self) -> TableContract:
        seen: dict[str, str] = {}
        for column in self.columns:
            for name in column.names:
                if seen.setdefault(name, column.field) != column.field:
                    raise ValueError(
                        f"table {self.name}: header {name!r} means both {seen[name]} and {column.field}"
                    )
        unknown = set(self.key) - {column.field for column in self.columns}
        if unknown:
            raise ValueError(f"table {self.name}: key fields without a column: {sorted(unknown)}")
        return self

    def by_name(self) -> Mapping[str, Column]:
        """Return the column each normalised header text means."""
        return self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        # Asked of every row that might be a header.
        return {name: column for column in self.columns for name in column.names}


class Increments(Strict):
    """How several exports of a kind, each of a part of the year, are one.

    Attributes:
        identity: Fields that say two rows of two files are about the same thing.
        dated: Field with the day a row belongs to.
    """

    identity: tuple[str, ...]
    dated: str


class Contract(Strict):
    """One kind of file.

    Attributes:
        kind: Identifier of the kind.
        version: Raised whenever the meaning of a column changes.
        title: Chinese name of the kind.
        file_names: Parts of a file name, one of which must occur in it.
        tables: The tables inside.
        increments: For a kind that may come in parts of a year; None where one file is the whole.
    """

    kind: str
    version: int
    title: str
    file_names: tuple[str, ...]
    tables: tuple[TableContract, ...]
    increments: Increments | None = None

    @model_validator(mode="after")
    def _increments_are_of_one_table(self) -> Contract:
        if self.increments is None:
            return self
        fields = {column.field for table in self.tables for column in table.columns}
        unknown = {*self.increments.identity, self.increments.dated} - fields
        if len(self.tables) != 1 or unknown:
            raise ValueError(f"increments need one table with the fields they name: {sorted(unknown)}")
        return self


_UNIT_IN_HEADER = re.compile(r"[(\[【](?:单位[::]?)?(?:人民币)?([^()\[\]【】]{0,4}元)[)\]】]")

_REMARK_AT_END = re.compile(r"(.+?)[(\[【](?:单位[::]?)?([^()\[\]【】]{1,6})[)\]】]")


@lru_cache(maxsize=4096)
def header_key(text: str) -> str:
    """Normalise a header text: NFKC, no spaces, no unit in brackets, no trailing marks."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return _UNIT_IN_HEADER.sub("", plain).rstrip("*:")


@lru_cache(maxsize=4096)
def unit_in_header(text: str) -> str | None:
    """Return the money unit a header text states in brackets, or None."""
    match = _UNIT_IN_HEADER.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))
    return match.group(1) if match else None


@lru_cache(maxsize=4096)
def unknown_unit_in_header(text: str) -> tuple[str, str] | None:
    """Return header text and unit of a header that ends with a unit nobody counts in, as in 金额(美元); else None."""
    match = _REMARK_AT_END.fullmatch(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))
    return (match.group(1), match.group(2)) if match and unit_in_header(text) is None else None


def load_contract(kind: str) -> Contract:
    """Load the contract of a kind of file; it is read once and again when it has changed.

    Raises:
        ConfigurationError: The contract is missing or contradicts itself.
    """
    path = _CONTRACTS / f"{kind}.yaml"
    try:
        status = path.stat()
    except OSError:
        return _read_contract(path, 0, 0, 0)
    return _read_contract(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _read_contract(path: Path, *state: int) -> Contract:
    contract, kind = read_model(path, Contract), path.stem
    if contract.kind != kind:
        raise ConfigurationError(f"数据契约“{kind}”写的是“{contract.kind}”。")
    return contract


def load_contracts() -> tuple[Contract, ...]:
    """Load the contracts of all kinds, in the order they are read."""
    return tuple(load_contract(kind) for kind in KINDS)
