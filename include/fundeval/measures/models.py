"""The models of sql/marts as objects: what each reads, in which order they run, what their key is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from fundeval.core.errors import ConfigurationError
from fundeval.core.places import sql_folder
from fundeval.core.rooms import LAYERS

_REFERENCE = re.compile(rf"\b({'|'.join(LAYERS)})\.([a-z_][a-z0-9_]*)")
_COMMENT = re.compile(r"--[^\n]*")
_KEY = re.compile(r"^-- Key: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Model:
    """One file of sql/marts: a select that makes the table of the same name.

    Attributes:
        name: Name of the table, the file's stem.
        sql: The file's text.
    """

    name: str
    sql: str

    @cached_property
    def reads(self) -> frozenset[tuple[str, str]]:
        """Layer and name of every table the model reads."""
        return table_references(self.sql)

    @property
    def is_sealed(self) -> bool:
        """Whether the model reads classified rows and so belongs to the sealing stage alone."""
        return any(layer == "restricted" for layer, _ in self.reads)

    @property
    def needs(self) -> frozenset[str]:
        """Names of the models that must have run before."""
        return frozenset(table for layer, table in self.reads if layer == "marts")

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that identify a row, as the header states them; empty for a table of one row."""
        stated = _KEY.search(self.sql)
        if stated is None:
            raise ConfigurationError(f"模型“{self.name}.sql”的文件头没有写明主键(-- Key:)。")
        columns = tuple(column.strip() for column in stated.group(1).split(","))
        return () if columns == ("none",) else columns


def table_references(sql: str) -> frozenset[tuple[str, str]]:
    """Return layer and name of every table a text of SQL names outside its comments."""
    return frozenset(_REFERENCE.findall(_COMMENT.sub("", sql)))


def load_models(folder: Path | None = None) -> list[Model]:
    """Read every model of a folder (sql/marts), each after the models it needs.

    Raises:
        ConfigurationError: A model needs one that does not exist, or models need each other in a circle.
    """
    folder = folder or sql_folder() / "marts"
    models = {
        path.stem: Model(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))
    }
    unknown = sorted(
        {f"{model.name} 需要 {name}" for model in models.values() for name in model.needs - models.keys()}
    )
    if unknown:
        raise ConfigurationError(f"模型引用了不存在的表:{';'.join(unknown)}。")
    try:
        order = list(
            TopologicalSorter({model.name: sorted(model.needs) for model in models.values()}).static_order()
        )
    except CycleError as error:
        raise ConfigurationError(f"模型互相引用:{' → '.join(error.args[1])}。") from error
    return [models[name] for name in order]
