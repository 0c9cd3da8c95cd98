"""What an entry of the catalogue says: the typed form of sql/checks/catalogue.yaml and of the examples beside it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from fundeval.core.datafile import Strict
from fundeval.core.errors import Severity
from fundeval.core.law import LegalBasis

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Scope = Literal[
    "fund",
    "project",
    "voucher",
    "release",
    "procurement",
    "service_contract",
    "service_indicator",
    "survey",
    "judgement",
    "file",
    "rule",
]
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
    "judgement",
    "waiver",
]

TOPIC_ZH: dict[Topic, str] = {
    "identity": "身份",
    "time": "时间",
    "money": "金额",
    "reconciliation": "勾稽",
    "procurement": "采购",
    "delivery": "产出和效益",
    "survey": "满意度",
    "carry_over": "结转结余",
    "planning": "预算和计划",
    "judgement": "评分",
    "waiver": "豁免",
}
SCOPE_ZH: dict[Scope, str] = {
    "fund": "资金",
    "project": "项目",
    "voucher": "支付凭证",
    "release": "指标",
    "procurement": "采购",
    "service_contract": "服务合同",
    "service_indicator": "服务指标",
    "survey": "问卷",
    "judgement": "评价工作底稿",
    "file": "文件",
    "rule": "规则",
}


class Need(Strict):
    """What a rule needs to be about anything: rows of a table, or a limit of the scheme.

    Attributes:
        table: ``<layer>.<table>``; ``whole`` is public and classified rows together.
        filled: Columns that must hold a value in at least one row.
        where: Further condition of that row, as SQL; it may bind the parameters rules bind.
        parameter: Limit the scheme must set, instead of a table.
        otherwise: Chinese reason given where it is missing.
    """

    table: Annotated[str, Field(pattern=r"^(staging|marts|whole|checks)\.[a-z][a-z0-9_]*$")] | None = None
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
    def rows(self) -> str:
        """The rows the need is about, as SQL from ``from`` on; empty for a limit."""
        if self.table is None:
            return ""
        filled = [f'"{column}" is not null' for column in self.filled]
        condition = " and ".join([*filled, *([f"({self.where})"] if self.where else [])]) or "true"
        return f"from {self.table} where {condition}"


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


class Examples(Strict):
    """The file ``examples/<rule>.yaml``."""

    examples: tuple[Example, ...]


class Described(Strict):
    """What every entry says, whether it is about rows or about a column or table.

    Attributes:
        id: Identifier, also the name of its files.
        version: Raised whenever the rule finds other rows than before.
        title: Short Chinese name.
        message: Chinese sentence on what is wrong.
        remedy: Chinese sentence on what to do.
        severity: ``critical`` (阻断), ``warning`` (警示) or ``info`` (提示).
        topic: What kind of rule it is.
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
    related: tuple[Name, ...] = ()
    from_year: int | None = None
    to_year: int | None = None


class Entry(Described):
    """A rule over rows.

    Attributes:
        scope: What one finding is about.
        needs: Rows without which it is not applicable; the first one's rows are those it examines.
        legal_basis: Provisions it rests on, with article and years.
        feeds: Indicator of the common framework (财预〔2020〕10号, annex) it bears on; empty where none.
        owner: Who keeps the rule up to date.
    """

    scope: Scope
    needs: Annotated[tuple[Need, ...], Field(min_length=1)]
    legal_basis: tuple[LegalBasis, ...]
    feeds: str = ""
    owner: Text
