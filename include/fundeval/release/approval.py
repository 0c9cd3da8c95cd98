"""The decision of a person about a draft: what they are shown, what they decided, and that it holds for this draft.

A decision is about the bytes of one draft. Where the draft is another one now, there is none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fundeval.core import audit
from fundeval.core.context import RunContext
from fundeval.core.errors import SEVERITY_ZH, ReleaseError
from fundeval.core.money import number_text
from fundeval.core.rooms import RunFolder, write_json
from fundeval.release.changes import changes_text, draft_changes
from fundeval.release.dataset import draft_folder
from fundeval.release.manifest import content_sha256, file_entries, input_entries
from fundeval.report.published import Published, read_published
from fundeval.report.wording import problem_wording

APPROVAL = "approval.json"
_OUTCOMES = {"pass": "通过", "fail": "未通过", "not_applicable": "不适用"}


@dataclass(frozen=True)
class Approval:
    """What a person decided about a draft.

    Attributes:
        approved: Whether it may be published.
        by: Who decided, by the name they logged in with.
        at: When, UTC, ISO 8601.
        comment: What they wrote; for a rejected draft what has to be done.
        draft_sha256: Hash of the draft they decided about and of the files it was made from.
    """

    approved: bool
    by: str
    at: str
    comment: str
    draft_sha256: str


def draft_sha256(context: RunContext) -> str:
    """Return one hash over the run's draft and the files it was made from."""
    entries = (entry for entry in file_entries(draft_folder(context)) if "/." not in f"/{entry.path}")
    return content_sha256(entries, input_entries(context.run))


def decide(context: RunContext, *, approved: bool, by: str, at: str, comment: str) -> Approval:
    """Record a decision about the draft as it is now: in the run's folder and in the audit trail.

    Raises:
        ReleaseError: The draft is rejected without a word about what has to be done.
    """
    if not approved and not comment.strip():
        raise ReleaseError("退回草稿必须写明意见,评价人员才知道要改什么。请清除“审核草稿”任务后重新审核。")
    approval = Approval(approved, by, at, comment.strip(), draft_sha256(context))
    write_json(context.run.path / APPROVAL, asdict(approval))
    context.rooms.send(context.run.path / APPROVAL)
    event = "release.approved" if approved else "release.rejected"
    detail = {
        "run_id": context.run.run_id,
        "draft_sha256": approval.draft_sha256,
        "comment": approval.comment,
    }
    audit.append(context.rooms, event, by, context.fund_year, detail)
    return approval


def read_approval(run: RunFolder) -> Approval | None:
    """Return the last decision about a draft of the run; None where nobody has decided."""
    path = run.path / APPROVAL
    return Approval(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def standing_approval(context: RunContext) -> Approval | None:
    """Return the approval of the draft as it is now; None where it was rejected, changed since or never shown."""
    approval = read_approval(context.run)
    if approval is None or not approval.approved or approval.draft_sha256 != draft_sha256(context):
        return None
    return approval


def approval_entry(context: RunContext) -> dict[str, Any] | None:
    """Return what release.json says of the approval: who, when, with which comment; None where none was asked for.

    Raises:
        ReleaseError: The run has to be approved and the draft as it is now is not.
    """
    approval = standing_approval(context)
    if approval is not None:
        return {"by": approval.by, "at": approval.at, "comment": approval.comment}
    if context.approval:
        raise ReleaseError("草稿没有经过审核,或者审核之后有了变化,不予发布:请清除“审核草稿”任务后重新审核。")
    return None


def draft_text(context: RunContext, links: Mapping[str, str]) -> str:
    """Return what a person has to know to decide about the draft, as Chinese Markdown.

    Args:
        context: The run, its draft complete.
        links: Addresses to look further, by their Chinese titles.

    Returns:
        Score and grade, deductions, findings by kind, results of the checks, what moved since the latest release,
        the links. Nothing of classified projects: all of it is published or counted.
    """
    draft = draft_folder(context) / "dataset"
    published = read_published(draft)
    parts = (
        _score_lines(published),
        _deduction_lines(published),
        _finding_lines(published),
        _gate_lines(context.run),
        ["#### 与上一版相比", "", "```", changes_text(draft_changes(context)), "```"],
        _link_lines(context.rooms.place(draft.parent), links),
    )
    return "\n".join(line for part in parts for line in (*part, ""))


def _score_lines(published: Published) -> Iterator[str]:
    score, grade = published.metrics["score"], published.metrics["grade"]
    yield f"### 综合得分 {score.value} 分,等级“{grade.value}”"


def _deduction_lines(published: Published) -> Iterator[str]:
    yield "#### 扣分指标"
    yield ""
    yield from _table(
        ("指标", "分值", "得分", "扣分", "依据"),
        (
            (
                f"{row.code} {row.level3}",
                *(number_text(value) for value in (row.weight, row.score, row.deduction)),
                row.basis,
            )
            for row in published.indicators
            if row.deduction
        ),
    )


def _finding_lines(published: Published) -> Iterator[str]:
    found = Counter(row.rule for row in published.findings)
    deducting = Counter(row.rule for row in published.findings if row.deducts)
    titles = problem_wording().rules
    yield f"#### 发现的问题({len(published.findings)} 项)"
    yield ""
    yield from _table(
        ("类别", "项数", "其中扣分"),
        (
            (titles[rule].title if rule in titles else rule, str(count), str(deducting[rule]))
            for rule, count in sorted(found.items())
        ),
    )


def _gate_lines(run: RunFolder) -> Iterator[str]:
    """Give the results of every check and rule the run left, by severity."""
    results = [*run.rows("checks", "results"), *run.rows("checks", "rules")]
    counts = Counter((row["severity"], row["outcome"]) for row in results)
    yield "#### 质量检查"
    yield ""
    yield from _table(
        ("级别", *_OUTCOMES.values()),
        (
            (title, *(str(counts[severity, outcome]) for outcome in _OUTCOMES))
            for severity, title in SEVERITY_ZH.items()
        ),
    )


def _link_lines(draft: str, links: Mapping[str, str]) -> Iterator[str]:
    yield "#### 查看"
    yield ""
    yield from (f"- [{title}]({address})" for title, address in links.items() if address)
    yield f"- 草稿文件夹:`{draft}`"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield a Markdown table, or one word where it has no rows."""
    titles, lines = tuple(header), [tuple(row) for row in rows]
    if not lines:
        yield "无。"
        return
    yield from (_line(titles), _line("---" for _ in titles), *map(_line, lines))


def _line(cells: Iterable[str]) -> str:
    escaped = (cell.replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"
