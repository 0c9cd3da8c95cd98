"""What one run knows that must not leave: read from its restricted and staging layers, at the gate only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from fundeval.core.engine import engine, query
from fundeval.core.rooms import RunFolder
from fundeval.release.redaction.normalise import soft, squeezed
from fundeval.release.redaction.numbers import LONGEST, PLAIN_NUMBER, SHORTEST, NumberIndex
from fundeval.release.redaction.secrets import Kind, Secret, SecretList, distinct

# Beyond this many, plain numbers are kept as an index instead of one by one.
MOST_LISTED = 10_000

_LAYERS = ("staging", "restricted")
# Columns with more texts than this, told by their first rows, are searched by the engine, not held.
_MOST_HELD, _FIRST_ROWS = 20_000, 100_000
_NUMBER = re.compile(r"[0-9]+")
_PLAIN = re.compile(PLAIN_NUMBER)
_NAMES = ("project_name",)
_CODES = ("project_code",)
_IDENTIFIERS = (
    "voucher_no", "original_voucher_no", "quota_doc_no", "procurement_no", "contract_no", "order_no", "emall_order_no",
)  # fmt: skip
_SUPPLIERS = ("supplier_name", "payee_name")
_PUBLIC_NAMES = (
    "project_name",
    "unit_name",
    "department",
    "evaluator",
    "fund_name",
    "payee_bank",
    *_SUPPLIERS,
)
# Columns whose digits are numbers of documents or places in files, never of people.
_NOT_FREE_TEXT = (
    *_CODES, *_IDENTIFIERS, "payee_account", "respondent_ip", "source_file", "source_sha256", "source_sheet",
    "response_no", "function_code", "economic_code", "unit_code",
)  # fmt: skip

_PHONE = r"(?:\+?86[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|0[1-9][0-9]{1,2}-[1-9][0-9]{6,7}"
_IDENTITY = r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx]"
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}")

# A project is also known by its name without brackets and without the word for what kind of thing it is.
_BRACKETS = re.compile(r"\([^()]*\)")
_KIND_OF_THING = re.compile(r"(?:建设项目|建设工程|项目|工程|建设|改造|采购|服务)$")
_SHORTEST_ALIAS = 5


def secrets_of(run: RunFolder) -> SecretList:
    """Return everything of a run that must not leave.

    That is: names, aliases and codes of classified projects; document, contract and voucher numbers and suppliers
    that no public row has; every payee account and respondent address; telephone and identity numbers anywhere in
    the texts of its tables.
    """
    with engine(run, layers=_LAYERS) as connection:
        known = _Columns(connection)
        # A number contains no name, so it is never the public text a secret is found inside of.
        names = known.no_numbers("staging", (*_PUBLIC_NAMES, *_CODES, *_IDENTIFIERS))
        public = names - _classified_plan(known)
        phones, identities = known.extracted(_PHONE, _IDENTITY)
        accounts, many_accounts = known.numbers_of_both(("payee_account",))
        identifiers, many_identifiers = _listed_or_many(_only_restricted(known, _IDENTIFIERS))
        secrets = [
            *_secrets("project", _classified_plan(known) | known.values("restricted", (*_NAMES, *_CODES))),
            *_secrets("identifier", identifiers),
            *_secrets("supplier", _only_restricted(known, _SUPPLIERS)),
            *_secrets("account", accounts),
            *_secrets("ip", _addresses(known.both(("respondent_ip",)))),
            *_secrets("phone", _national(phones)),
            *_secrets("identity", identities),
        ]
    projects = [secret for secret in secrets if secret.kind == "project"]
    many: list[tuple[Kind, NumberIndex | None]] = [
        ("account", many_accounts),
        ("identifier", many_identifiers),
    ]
    return SecretList(
        distinct([*secrets, *_aliases(projects, public)]),
        frozenset(public),
        tuple((kind, index) for kind, index in many if index is not None),
    )


@dataclass(frozen=True)
class _Column:
    """A text column of a table, its names ready for a statement."""

    layer: str
    table: str
    name: str

    @property
    def relation(self) -> str:
        """The table."""
        return f'"{self.layer}"."{self.table}"'

    @property
    def text(self) -> str:
        """The column."""
        return f'"{self.name}"'


class _Columns:
    """The text columns of a run's tables; the distinct texts of each are read once, where they are not too many."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        found = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema in ('staging', 'restricted') and data_type = 'VARCHAR' order by all"
        ).fetchall()
        self._all = [_Column(*row) for row in found]
        self._held: dict[_Column, frozenset[str] | None] = {}
        self._others: dict[_Column, frozenset[str]] = {}
        self._begun: set[str] = set()

    def values(self, layer: str, names: Iterable[str]) -> set[str]:
        """Return the distinct texts of the named columns in every table of a layer that has them."""
        texts = (self._texts(column) or self._distinct(column) for column in self._named(names, layer))
        return {text for found in texts for text in found}

    def no_numbers(self, layer: str, names: Iterable[str]) -> set[str]:
        """Return the distinct texts of the named columns of a layer that are more than digits."""
        return {text for column in self._named(names, layer) for text in self._other_than_numbers(column)}

    def both(self, names: Iterable[str]) -> set[str]:
        """Return the texts of the named columns in both layers."""
        wanted = tuple(names)
        return self.values("staging", wanted) | self.values("restricted", wanted)

    def of(self, layer: str, table: str, names: Iterable[str], where: str) -> set[str]:
        """Return the distinct texts of columns of one table where a condition holds; none where it is missing."""
        columns = (column for column in self._named(names, layer) if column.table == table)
        return {text for column in columns for text in self._distinct(column, where)}

    def numbers_of_both(self, names: Iterable[str]) -> tuple[set[str], NumberIndex | None]:
        """Return the texts of the named columns in both layers; plain numbers as an index where they are many."""
        texts: set[str] = set()
        many: list[pa.Table] = []
        for column in self._named(names):
            held = self._texts(column)
            if held is None:
                others, numbers = self._parted(column)
                texts |= others
                many.append(numbers)
            else:
                texts |= held
        if not many:
            return _listed_or_many(texts)
        plain = {text for text in texts if _PLAIN.fullmatch(text)}
        return texts - plain, NumberIndex([*many, _numbers(plain)])

    def found_in(self, layer: str, names: Iterable[str], keys: set[str]) -> set[str]:
        """Return those of ``keys`` (squeezed texts) that the named columns of a layer hold in any spelling."""
        self._connection.register("sought_keys", pa.table({"key": pa.array(sorted(keys), pa.string())}))
        found: set[str] = set()
        for column in self._named(names, layer):
            held = self._texts(column)
            if held is None:
                # Of letters and digits alone, the squeezed text is the text in small letters; most rows are that.
                plain = self._connection.execute(
                    f"select distinct lower({column.text}) from {column.relation} "
                    f"where lower({column.text}) in (select key from sought_keys)"
                ).fetchall()
                found |= {key for (key,) in plain}
                held = self._other_than_numbers(column)
            found |= keys & {_key(text) for text in held}
        return found

    def extracted(self, *patterns: str) -> tuple[set[str], ...]:
        """Return everything that fits each pattern in the free texts of both layers."""
        columns = [column for column in self._all if column.name not in _NOT_FREE_TEXT]
        held = frozenset[str]().union(*(self._texts(column) or () for column in columns))
        self._connection.register("held_texts", pa.table({"text": pa.array(sorted(held), pa.string())}))
        relations = ["select text from held_texts"]
        # A text is looked at once, however often it stands.
        relations += [
            f"select distinct {column.text} as text from {column.relation}"
            for column in columns
            if self._texts(column) is None
        ]
        found: tuple[set[str], ...] = tuple(set() for _ in patterns)
        searches = ", ".join(f"regexp_extract_all(text, $pattern_{at})" for at in range(len(patterns)))
        bound = {f"pattern_{at}": rf"\b(?:{pattern})\b" for at, pattern in enumerate(patterns)}
        for relation in relations:
            # No number of a person has fewer than seven digits.
            rows = self._connection.execute(
                f"with texts as ({relation}) select {searches} from texts "
                f"where regexp_matches(text, '([0-9].*){{7}}')",
                bound,
            ).fetchall()
            for row in rows:
                for into, values in zip(found, row, strict=True):
                    into.update(values)
        return found

    def _named(self, names: Iterable[str], layer: str | None = None) -> list[_Column]:
        wanted = set(names)
        return [column for column in self._all if column.name in wanted and layer in (None, column.layer)]

    def _texts(self, column: _Column) -> frozenset[str] | None:
        """Return the distinct texts of a column; None where they are too many to be held."""
        if column.relation not in self._begun:
            self._begun.add(column.relation)
            self._read_first_rows(column.relation)
        if column not in self._held:
            self._held[column] = frozenset(self._distinct(column))
        return self._held[column]

    def _read_first_rows(self, relation: str) -> None:
        """Hold all columns of a short table, and tell of a long one which are too many to be held."""
        columns = [column for column in self._all if column.relation == relation]
        names = ", ".join(column.text for column in columns)
        rows = query(self._connection, f"select {names} from {relation} limit {_FIRST_ROWS}")
        for column in columns:
            texts = rows.column(column.name).unique()
            if rows.num_rows < _FIRST_ROWS:
                self._held[column] = frozenset(_filled(texts.to_pylist()))
            elif len(texts) > _MOST_HELD:
                self._held[column] = None

    def _other_than_numbers(self, column: _Column) -> frozenset[str]:
        """Return the distinct texts of a column that are more than digits."""
        if column not in self._others:
            held = self._texts(column)
            self._others[column] = frozenset(
                self._distinct(column, f"not regexp_full_match({column.text}, '{_NUMBER.pattern}')")
                if held is None
                else (text for text in held if not _NUMBER.fullmatch(text))
            )
        return self._others[column]

    def _parted(self, column: _Column) -> tuple[set[str], pa.Table]:
        """Part a long column in plain numbers, as :class:`NumberIndex` takes them, and other texts."""
        others: set[str] = set()
        numbers: list[pa.RecordBatch] = []
        rows = self._connection.sql(
            f"select {column.text} as text from {column.relation} where {column.text} is not null"
        )
        for batch in rows.to_arrow_reader(_FIRST_ROWS):
            texts = batch.column("text")
            lengths = pc.binary_length(texts)
            fits = pc.and_(pc.greater_equal(lengths, SHORTEST), pc.less_equal(lengths, LONGEST))
            plain = pc.and_(fits, pc.ascii_is_decimal(texts))
            if not pc.all(plain).as_py():
                others.update(_filled(texts.filter(pc.invert(plain)).to_pylist()))
                texts, lengths = texts.filter(plain), lengths.filter(plain)
            columns = {"length": lengths.cast(pa.uint8()), "number": texts.cast(pa.uint64())}
            numbers.append(pa.table(columns))
        return others, pa.concat_tables(numbers)

    def _distinct(self, column: _Column, where: str = "true") -> set[str]:
        rows = self._connection.execute(
            f"select distinct {column.text} from {column.relation} where {column.text} is not null and {where}"
        ).fetchall()
        return set(_filled(value for (value,) in rows))


def _filled(texts: Iterable[str | None]) -> Iterator[str]:
    return (text for text in texts if text and text.strip())


def _classified_plan(known: _Columns) -> set[str]:
    """Return names and codes of projects the plan itself marks, should one have stayed in staging."""
    return known.of("staging", "plan_projects", (*_NAMES, *_CODES), "is_classified")


def _only_restricted(known: _Columns, names: tuple[str, ...]) -> set[str]:
    keys = {text: _key(text) for text in known.values("restricted", names)}
    public = known.found_in("staging", names, set(keys.values())) if keys else set()
    return {text for text, key in keys.items() if key not in public}


def _key(text: str) -> str:
    return text.lower() if text.isascii() and text.isalnum() else squeezed(soft(text))


def _listed_or_many(texts: set[str]) -> tuple[set[str], NumberIndex | None]:
    """Part plain numbers from other texts where they are too many to be listed one by one."""
    numbers = {text for text in texts if _PLAIN.fullmatch(text)}
    if len(numbers) <= MOST_LISTED:
        return texts, None
    return texts - numbers, NumberIndex([_numbers(numbers)])


def _numbers(texts: Iterable[str]) -> pa.Table:
    """Return plain numbers as :class:`NumberIndex` takes them."""
    listed = sorted(texts)
    columns = {
        "length": pa.array([len(text) for text in listed], pa.uint8()),
        "number": pa.array([int(text) for text in listed], pa.uint64()),
    }
    return pa.table(columns)


def _addresses(texts: set[str]) -> set[str]:
    """Return the addresses in the answers' origin, which may carry a place name."""
    return {address for text in texts for address in _ADDRESS.findall(soft(text))}


def _national(numbers: set[str]) -> set[str]:
    """Return telephone numbers without the country's prefix."""
    return {re.sub(r"^\+?86[ -]?(?=1)", "", number) for number in numbers}


def _aliases(projects: Iterable[Secret], public: set[str]) -> Iterator[Secret]:
    """Return shorter names of classified projects, as far as no public name contains them."""
    everyday = "\n".join(squeezed(soft(text)) for text in public)
    for secret in projects:
        bare = _BRACKETS.sub("", soft(secret.text)).strip()
        for alias in (bare, _KIND_OF_THING.sub("", bare)):
            plain = squeezed(alias)
            if len(plain) >= _SHORTEST_ALIAS and plain not in everyday:
                yield Secret("project", alias)


def _secrets(kind: Kind, texts: Iterable[str]) -> list[Secret]:
    return [Secret(kind, text) for text in sorted(texts)]
