"""What one run knows that must not leave: read from its restricted and staging layers, at the gate only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa

from fundeval.core.engine import engine, first_row
from fundeval.core.rooms import RunFolder
from fundeval.release.redaction.normalise import soft, squeezed
from fundeval.release.redaction.numbers import LONGEST, PLAIN_NUMBER, SHORTEST, NumberIndex
from fundeval.release.redaction.secrets import Kind, Secret, SecretList, distinct

# Beyond this many, plain numbers are kept as an index instead of one by one.
MOST_LISTED = 10_000

_LAYERS = ("staging", "restricted")
# A number contains no name, so it is never the public text a secret is found inside of.
_NOT_A_NUMBER = "not regexp_full_match({column}, '[0-9]+')"
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
        names = known.values("staging", (*_PUBLIC_NAMES, *_CODES, *_IDENTIFIERS), _NOT_A_NUMBER)
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


class _Columns:
    """The text columns of a run's tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._texts = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema in ('staging', 'restricted') and data_type = 'VARCHAR' order by all"
        ).fetchall()

    def values(self, layer: str, names: Iterable[str], where: str = "true") -> set[str]:
        """Return the distinct texts of the named columns in every table of a layer that has them."""
        wanted = set(names)
        return {
            value
            for schema, table, column in self._texts
            if schema == layer and column in wanted
            for value in self._distinct(
                f'"{schema}"."{table}"', f'"{column}"', where.format(column=f'"{column}"')
            )
        }

    def both(self, names: Iterable[str]) -> set[str]:
        """Return the texts of the named columns in both layers."""
        wanted = tuple(names)
        return self.values("staging", wanted) | self.values("restricted", wanted)

    def of(self, layer: str, table: str, names: Iterable[str], where: str) -> set[str]:
        """Return the distinct texts of columns of one table where a condition holds; none where it is missing."""
        has = {column for schema, name, column in self._texts if (schema, name) == (layer, table)}
        return {
            value
            for column in has & set(names)
            for value in self._distinct(f'"{layer}"."{table}"', f'"{column}"', where)
        }

    def numbers_of_both(self, names: Iterable[str]) -> tuple[set[str], NumberIndex | None]:
        """Return the texts of the named columns in both layers; plain numbers as an index where they are many."""
        wanted = set(names)
        places = [
            (f'"{schema}"."{table}"', f'"{column}"')
            for schema, table, column in self._texts
            if column in wanted
        ]
        rows = sum(
            self._count(table, f"regexp_full_match({column}, '{PLAIN_NUMBER}')") for table, column in places
        )
        if rows <= MOST_LISTED:
            return self.both(wanted), None
        texts = {
            value
            for table, column in places
            for value in self._distinct(table, column, f"not regexp_full_match({column}, '{PLAIN_NUMBER}')")
        }
        return texts, NumberIndex(
            self._connection.sql(
                f"select strlen({column})::utinyint as length, {column}::ubigint as number from {table} "
                f"where regexp_full_match({column}, '{PLAIN_NUMBER}')"
            ).to_arrow_table()
            for table, column in places
        )

    def found_in(self, layer: str, names: Iterable[str], keys: set[str]) -> set[str]:
        """Return those of ``keys`` (squeezed texts) that the named columns of a layer hold in any spelling."""
        wanted = set(names)
        self._connection.register("sought_keys", pa.table({"key": pa.array(sorted(keys), pa.string())}))
        found: set[str] = set()
        for schema, table, name in self._texts:
            if schema != layer or name not in wanted:
                continue
            relation, column = f'"{schema}"."{table}"', f'"{name}"'
            # Of letters and digits alone, the squeezed text is the text in small letters; millions of rows are that.
            plain = self._connection.execute(
                f"select key from sought_keys where key in "
                f"(select lower({column}) from {relation} where regexp_full_match({column}, '[0-9A-Za-z]+'))"
            ).fetchall()
            other = self._distinct(relation, column, f"not regexp_full_match({column}, '[0-9A-Za-z]+')")
            found |= {key for (key,) in plain} | (keys & {squeezed(soft(text)) for text in other})
        return found

    def extracted(self, *patterns: str) -> tuple[set[str], ...]:
        """Return everything that fits each pattern in the free texts of both layers."""
        found: tuple[set[str], ...] = tuple(set() for _ in patterns)
        columns = ", ".join(
            f"regexp_extract_all(text, $pattern_{at}) as found_{at}" for at in range(len(patterns))
        )
        bound = {f"pattern_{at}": rf"\b(?:{pattern})\b" for at, pattern in enumerate(patterns)}
        for schema, table, column in self._texts:
            if column in _NOT_FREE_TEXT:
                continue
            # No number of a person has fewer than seven digits; a text is looked at once, however often it stands.
            rows = self._connection.execute(
                f'with texts as (select distinct "{column}" as text from "{schema}"."{table}") '
                f"select {columns} from texts where regexp_matches(text, '([0-9].*){{7}}')",
                bound,
            ).fetchall()
            for row in rows:
                for into, values in zip(found, row, strict=True):
                    into.update(values)
        return found

    def _count(self, table: str, where: str) -> int:
        return int(first_row(self._connection, f"select count(*) from {table} where {where}")[0])

    def _distinct(self, table: str, column: str, where: str) -> Iterator[str]:
        rows = self._connection.execute(
            f"select distinct {column} from {table} where {column} is not null and {where}"
        ).fetchall()
        return (value for (value,) in rows if value.strip())


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
    numbers = {
        text for text in texts if SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isdecimal()
    }
    if len(numbers) <= MOST_LISTED:
        return texts, None
    columns = {
        "length": pa.array([len(text) for text in numbers], pa.uint8()),
        "number": pa.array([int(text) for text in numbers], pa.uint64()),
    }
    return texts - numbers, NumberIndex([pa.table(columns)])


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
