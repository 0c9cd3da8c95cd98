"""What one run knows that must not leave: read from its restricted and staging layers, at the gate only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import duckdb

from fundeval.core.engine import engine
from fundeval.core.rooms import RunFolder
from fundeval.release.redaction.normalise import soft, squeezed
from fundeval.release.redaction.secrets import Kind, Secret, SecretList, distinct

_LAYERS = ("staging", "restricted")
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
        public = known.values("staging", (*_PUBLIC_NAMES, *_CODES, *_IDENTIFIERS)) - _classified_plan(known)
        secrets = [
            *_secrets("project", _classified_plan(known) | known.values("restricted", (*_NAMES, *_CODES))),
            *_secrets("identifier", _only_restricted(known, _IDENTIFIERS)),
            *_secrets("supplier", _only_restricted(known, _SUPPLIERS)),
            *_secrets("account", known.both(("payee_account",))),
            *_secrets("ip", _addresses(known.both(("respondent_ip",)))),
            *_secrets("phone", _national(known.extracted(_PHONE))),
            *_secrets("identity", known.extracted(_IDENTITY)),
        ]
    projects = [secret for secret in secrets if secret.kind == "project"]
    return SecretList(distinct([*secrets, *_aliases(projects, public)]), frozenset(public))


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
            for value in self._distinct(f'"{schema}"."{table}"', f'"{column}"', where)
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

    def extracted(self, pattern: str) -> set[str]:
        """Return everything that fits a pattern in the free texts of both layers."""
        found: set[str] = set()
        for schema, table, column in self._texts:
            if column not in _NOT_FREE_TEXT:
                rows = self._connection.execute(
                    f'select distinct unnest(regexp_extract_all("{column}", $pattern)) from "{schema}"."{table}"',
                    {"pattern": rf"\b(?:{pattern})\b"},
                ).fetchall()
                found |= {value for (value,) in rows}
        return found

    def _distinct(self, table: str, column: str, where: str) -> Iterator[str]:
        rows = self._connection.execute(
            f"select distinct {column} from {table} where {column} is not null and {where}"
        ).fetchall()
        return (value for (value,) in rows if value.strip())


def _classified_plan(known: _Columns) -> set[str]:
    """Return names and codes of projects the plan itself marks, should one have stayed in staging."""
    return known.of("staging", "plan_projects", (*_NAMES, *_CODES), "is_classified")


def _only_restricted(known: _Columns, names: tuple[str, ...]) -> set[str]:
    public = {squeezed(soft(text)) for text in known.values("staging", names)}
    return {text for text in known.values("restricted", names) if squeezed(soft(text)) not in public}


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
