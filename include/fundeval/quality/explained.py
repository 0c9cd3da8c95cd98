"""The catalogue in words: a list, one rule with its SQL and an example, and the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from fundeval.core.errors import SEVERITY_ZH
from fundeval.core.law import LegalBasis
from fundeval.quality.catalogue import Catalogue, Phase, Rule
from fundeval.quality.entries import SCOPE_ZH, TOPIC_ZH, Example
from fundeval.quality.provisions import provision_of

PHASE_ZH: dict[Phase, str] = {
    "gate": "计算之前(检查数据质量)",
    "measured": "计算之后(核查规则)",
    "last": "全部规则之后(核查规则)",
}
_PAGE_HEAD = """# 规则目录

<!-- 由 fundeval rules page 生成,请勿手工修改。 -->

本页列出全部规则:对列和表的检查,以及对行的规则。每条规则一项,依据、版本、负责人和测试用例齐全。
阻断:停止评价;警示:列入报告,需要整改或说明;提示:仅供参考。不适用的规则说明原因,不算通过。

一条规则的 SQL 和例子用 `fundeval rules show <编号>` 查看。
"""


def as_dict(rule: Rule) -> dict[str, Any]:
    """Return everything the catalogue says about a rule, for other programs."""
    entry = rule.entry
    return {
        **entry.model_dump(exclude={"needs", "legal_basis"}),
        "kind": "table" if rule.check else "rows",
        "phase": rule.phase,
        "legal_basis": [_law(basis) for basis in entry.legal_basis],
        "needs": [need.otherwise for need in entry.needs],
        "tables": sorted(rule.tables),
        "parameters": sorted(rule.parameters),
    }


def explained_as_dict(rule: Rule) -> dict[str, Any]:
    """Return the same with the statement and the examples."""
    examples = [example.model_dump() for example in rule.examples]
    return {**as_dict(rule), "sql": rule.sql, "examples": examples}


def listing(catalogue: Catalogue) -> str:
    """Return one line per rule: severity, identifier, title."""
    lines = [
        f"{SEVERITY_ZH[rule.entry.severity]}  {rule.id:<34}{rule.entry.title}" for rule in catalogue.rules
    ]
    checks = sum(rule.check is not None for rule in catalogue.rules)
    total = len(lines)
    return "\n".join([*lines, f"共{total}条:对列和表的检查{checks}条,对行的规则{total - checks}条。"])


def explanation(rule: Rule) -> str:
    """Return a rule in words, with its statement and with an example of each outcome."""
    parts = [f"{rule.entry.title}({rule.id})", *(f"{name}:{text}" for name, text in _said(rule)), ""]
    parts += ["SQL:", rule.sql.strip(), ""]
    for number, example in enumerate(_telling(rule), 1):
        parts += [f"例{number}:{example.reason}", *_example_lines(example), ""]
    return "\n".join(parts).rstrip()


def page(catalogue: Catalogue) -> str:
    """Return the page of the documentation, in Markdown."""
    by_topic = sorted(catalogue.rules, key=lambda rule: list(TOPIC_ZH).index(rule.entry.topic))
    sections = [_PAGE_HEAD]
    for topic, rules in groupby(by_topic, key=lambda rule: rule.entry.topic):
        sections.append(f"## {TOPIC_ZH[topic]}\n")
        sections += [_section(rule) for rule in rules]
    return "\n".join(sections).rstrip() + "\n"


def _section(rule: Rule) -> str:
    lines = [f"### {rule.entry.title}\n", f"- 编号:`{rule.id}`"]
    lines += [f"- {name}:{text}" for name, text in _said(rule)]
    return "\n".join(lines) + "\n"


def _said(rule: Rule) -> Iterable[tuple[str, str]]:
    entry = rule.entry
    yield "级别", SEVERITY_ZH[entry.severity]
    yield "问题", entry.message
    yield "处理办法", entry.remedy
    yield "类别", f"{TOPIC_ZH[entry.topic]};每一条查出的是一项{SCOPE_ZH[entry.scope]}"
    yield "依据", ";".join(_law(basis) for basis in entry.legal_basis)
    if entry.feeds:
        yield "对应指标", entry.feeds
    if entry.from_year or entry.to_year:
        yield "适用年度", f"{entry.from_year or ''}—{entry.to_year or ''}"
    yield "不适用的情形", ";".join(need.otherwise for need in entry.needs)
    yield "执行时间", PHASE_ZH[rule.phase]
    if entry.related:
        yield "相关规则", "、".join(entry.related)
    yield "版本和负责人", f"第{entry.version}版,{entry.owner}"


def _law(basis: LegalBasis) -> str:
    """Cite a provision with the years it is cited for and, where it is a law's, with what it says."""
    years = f"({basis.from_year or ''}—{basis.to_year or ''}年度)" if basis.from_year or basis.to_year else ""
    provision = provision_of(basis)
    return f"{basis}{years}" + (f":{provision.says.rstrip('。')}" if provision else "")


def _telling(rule: Rule) -> Iterable[Example]:
    """Return the first example that finds something, the first that finds nothing and the first that cannot apply."""
    yield next(example for example in rule.examples if example.finds)
    yield next(example for example in rule.examples if not example.finds and not example.not_applicable)
    yield next(example for example in rule.examples if example.not_applicable)


def _example_lines(example: Example) -> Iterable[str]:
    for table, rows in example.tables.items():
        yield f"  {table}"
        yield from (f"    {_row(row)}" for row in rows)
    if example.not_applicable:
        yield f"  结果:不适用({example.not_applicable})"
    elif not example.finds:
        yield "  结果:通过"
    else:
        yield f"  结果:查出{len(example.finds)}行"
        yield from (f"    {_row(row)}" for row in example.finds)


def _row(row: Mapping[str, Any]) -> str:
    return ",".join(f"{name}={'空' if value is None else value}" for name, value in row.items())
