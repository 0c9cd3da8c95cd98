"""Chinese names of the closed lists in the dataset, and the wording of every kind of finding."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from fundeval.core.errors import ConfigurationError

NATURES = {"new": "新建", "continuing": "续建"}
STATUSES = {
    "completed": "已完工",
    "in_progress": "在建", "not_started": "未启动", "suspended": "暂缓实施", "terminated": "终止",
}  # fmt: skip
RESULTS = {"passed": "合格", "failed": "不合格"}
BENEFITS = {"full": "全部实现", "partial": "部分实现", "none": "未实现", "not_applicable": "不适用"}
# What stands before an option of a satisfaction question where the survey's own order is by frequency.
SATISFACTION_SCALE = (
    "非常满意", "很满意", "满意", "比较满意", "基本满意", "一般",
    "说不清", "不太满意", "不满意", "很不满意", "非常不满意",
)  # fmt: skip
OPERATORS = {">=": "≥", "<=": "≤", "=": "=", ">": ">", "<": "<"}
OPERATOR_WORDS = {">=": "不少于", "<=": "不超过", "=": "为", ">": "多于", "<": "少于"}
QUESTION_TYPES = {"single": "单选", "multiple": "多选", "satisfaction": "满意度", "free_text": "意见建议"}


def shown(names: Mapping[str, str], code: str) -> str:
    """Return the Chinese name of a code; a text that is no code of the list is shown as it is."""
    return names.get(code, code)


def code_of(names: Mapping[str, str], text: str) -> str:
    """Return the code of a Chinese name; the dataset publishes names, this library thinks in codes."""
    return next((code for code, name in names.items() if name == text), text)


class RuleWording(BaseModel):
    """How one kind of finding is put into words.

    Attributes:
        group: Identifier of the group of problems it belongs to.
        title: Heading.
        about: Whether an event is about the whole fund, a project or a contract of a project.
        predicate: What is said of those events, to follow a subject; empty for ``about: fund``.
        recommendation_title: Heading of the recommendation.
        recommendation: What should be done about it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str
    title: str
    about: Literal["fund", "project", "contract"]
    predicate: str = ""
    recommendation_title: str
    recommendation: str


class GroupWording(BaseModel):
    """A group of problems and of the recommendations that answer them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem_title: str
    recommendation_title: str


class ProblemWording(BaseModel):
    """The wording of everything a rule may find: groups and rules in the order a report takes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: Mapping[str, GroupWording]
    rules: Mapping[str, RuleWording]
    unknown_rule: RuleWording


@cache
def problem_wording() -> ProblemWording:
    """Read the wording that comes with the package.

    Raises:
        ConfigurationError: Where the file does not follow its schema or names an unknown group.
    """
    text = (files("fundeval.report") / "wording.yaml").read_text(encoding="utf-8")
    try:
        wording = ProblemWording.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))
    except ValidationError as error:
        raise ConfigurationError(f"报告用语 wording.yaml 不合规:{error}") from error
    unknown = {rule.group for rule in wording.rules.values()} - wording.groups.keys()
    if unknown:
        raise ConfigurationError(f"报告用语 wording.yaml 引用了不存在的分组:{sorted(unknown)}")
    return wording
