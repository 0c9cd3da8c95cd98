"""A .docx that is the same bytes for the same content: no clock, no thumbnail, a fixed order of parts."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can state; it stands for none."""
_COMPRESSION = 6


def describe(document: Any, title: str, author: str, year: int) -> None:
    """Set the properties an office suite shows, dated at the end of the fund-year."""
    properties = document.core_properties
    properties.title, properties.subject = title, title
    properties.author, properties.last_modified_by = author, author
    properties.language, properties.comments, properties.keywords, properties.category = "zh-CN", "", "", ""
    properties.revision = 1
    properties.created = properties.modified = dt.datetime(year, 12, 31)  # noqa: DTZ001 - Word writes it as UTC


def save(document: Any, path: Path) -> None:
    """Write ``document`` to ``path``."""
    _drop_thumbnail(document)
    raw = io.BytesIO()
    document.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist(), key=lambda part: (part != "[Content_Types].xml", part)):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(name), compresslevel=_COMPRESSION)


def _drop_thumbnail(document: Any) -> None:
    relations = document.part.package.rels
    for key in [
        key for key, relation in relations.items() if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL
    ]:
        del relations[key]
