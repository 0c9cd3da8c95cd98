"""datapackage.json: what files and columns of the dataset mean, for people and for Frictionless."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fundeval.core.rooms import file_sha256, write_json
from fundeval.release.dictionary import Column, Dictionary, PublishedTable
from fundeval.release.editions.tables import CSV_LINE_END
from fundeval.release.fields import GUARD, YES_NO, json_type

DESCRIPTOR = "datapackage.json"

_GUARD_ZH = (
    "CSV 为带 BOM 的 UTF-8,行尾为 CRLF。以 = + - @、制表符或撇号开头的文字前加了一个撇号（'），"
    "以防电子表格程序当作公式执行；去掉一个撇号即为原文，数字从不加。"
)
_GUARD_EN = (
    "CSV is UTF-8 with BOM and CRLF. Texts that begin with = + - @, a tab or an apostrophe have one "
    "apostrophe put in front, so that no spreadsheet runs them as formulas; drop one apostrophe to get the "
    "text. Numbers never have one."
)


def write_descriptor(dictionary: Dictionary, folder: Path, about: dict[str, Any]) -> None:
    """Describe the CSV files of ``folder`` in its datapackage.json.

    Args:
        dictionary: The dictionary of fields.
        folder: The dataset folder, its tables already written.
        about: Properties of the whole: ``name``, ``title``, ``fund``, ``year`` and what else identifies it.
    """
    package = {
        "profile": "tabular-data-package",
        "description": _GUARD_ZH,
        "description_en": _GUARD_EN,
        "formula_guard": GUARD,
        "dictionary_version": dictionary.version,
        "resources": [_resource(dictionary, name, folder) for name in dictionary.tables],
        **about,
    }
    write_json(folder / DESCRIPTOR, package)


def _resource(dictionary: Dictionary, name: str, folder: Path) -> dict[str, Any]:
    table = dictionary.tables[name]
    path = folder / f"{name}.csv"
    return {
        "name": name,
        "path": path.name,
        "profile": "tabular-data-resource",
        "title": table.title,
        "description": table.description,
        "description_en": table.description_en,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{file_sha256(path)}",
        "dialect": {"delimiter": ",", "lineTerminator": CSV_LINE_END, "quoteChar": '"', "doubleQuote": True},
        "parquet": f"{name}.parquet",
        "schema": _schema(dictionary, table),
    }


def _schema(dictionary: Dictionary, table: PublishedTable) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(dictionary, column) for column in table.columns],
        "missingValues": [""],
    }
    if table.primary_key:
        schema["primaryKey"] = table.primary_key
    if table.foreign_keys:
        schema["foreignKeys"] = [
            {"fields": key.columns, "reference": {"resource": key.table, "fields": key.references}}
            for key in table.foreign_keys
        ]
    return schema


def _field(dictionary: Dictionary, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": json_type(column),
        "title": column.title,
        "description": column.description,
        "description_en": column.description_en,
        "constraints": {"required": column.required},
    }
    if column.unit:
        field |= {"unit": column.unit, "unit_en": dictionary.units[column.unit]}
    if column.type == "boolean":
        field |= {"trueValues": [YES_NO[True]], "falseValues": [YES_NO[False]]}
    if column.codes:
        words = dictionary.words(column)
        field["codes"] = words
        field["constraints"]["enum"] = list(words.values())
    return field
