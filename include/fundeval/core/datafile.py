"""Data files of this project (funds, schemes, catalogues) read into pydantic models, every fault at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from fundeval.core.errors import ConfigurationError

M = TypeVar("M", bound=BaseModel)

_FAULTS_ZH = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的项",
    "literal_error": "取值不在允许的范围内({expected})",
    "union_tag_invalid": "取值“{tag}”不在允许的范围内({expected_tags})",
    "union_tag_not_found": "缺少 {discriminator}",
    "greater_than": "应大于{gt}",
    "greater_than_equal": "应不小于{ge}",
    "less_than_equal": "应不大于{le}",
    "string_type": "应为文本",
    "string_pattern_mismatch": "写法不合规(应符合 {pattern})",
    "string_too_short": "不能为空",
    "too_short": "至少应有{min_length}项",
    "value_error": "{error}",
}


class Strict(BaseModel):
    """Base of every model of a data file: unknown keys are refused and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _UniqueKeys(yaml.CSafeLoader):
    """YAML in which a key written twice is an error instead of the last one winning in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = sorted({str(key) for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.constructor.ConstructorError(
                None, None, f"重复的项:{'、'.join(repeated)}", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Read a YAML file; a key written twice or broken YAML is a ConfigurationError."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise ConfigurationError(f"数据文件“{path.name}”读不了:{error}") from error


def read_model(path: Path, model: type[M]) -> M:
    """Read a YAML file into ``model``.

    Raises:
        ConfigurationError: The file breaks the model; one Chinese line per fault, naming the key.
    """
    content = read_yaml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = "\n".join(f"- {_fault(dict(fault))}" for fault in error.errors(include_url=False))
        raise ConfigurationError(f"数据文件“{path.name}”不合规:\n{faults}") from error


def _fault(fault: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"]) or "全文"
    text = _FAULTS_ZH.get(fault["type"], "取值不合规({msg})")
    return f"{place}:" + text.format_map({"msg": fault["msg"], **fault.get("ctx", {})})
