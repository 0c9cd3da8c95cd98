"""The human step before publishing: shows the draft, waits for an approver, hands a rejection back with its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.sdk import Context, Param

from fundeval.airflow.contexts import run_context
from fundeval.airflow.links import data_docs_address, fund_year_address
from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError

if TYPE_CHECKING:
    from fundeval.release.approval import Approval

TITLE = "审核草稿"
DESCRIPTION = (
    "发布之前由有权限的人查看草稿的得分、扣分、发现的问题、质量检查结果和与上一版的差别,同意发布或者退回修改。"
    "退回必须写明意见,意见记入运行文件夹和审计记录,运行以失败结束。启动时没有要求审核的,本步骤立即通过。"
    "读:draft。写:approval.json、审计记录。清除是安全的:草稿没有变化而且已经同意的,不再询问;有变化的重新询问。"
)
# What nobody answers within a month is not forgotten but failed, and the failure is told.
_WAIT = dt.timedelta(days=30)


def answer_form() -> dict[str, Param]:
    """Return what an approver fills in beside the decision."""
    return {
        "comment": Param(
            None,
            type=["null", "string"],
            title="意见",
            description="退回时必填:评价人员要改什么。同意时可以不填。",
        )
    }


class DraftRejectedError(FundevalError):
    """An approver sent the draft back; the text carries what they wrote."""


class DraftApproval(ApprovalOperator):
    """Ask a person whether the draft of the run may be published; pass at once where the run asks for none."""

    custom_operator_name = "人工审核"
    ui_color = "#fff4d6"

    APPROVE = "同意发布"
    REJECT = "退回修改"

    def __init__(self, **kwargs: Any) -> None:
        """Set what does not depend on the draft; what is shown of it is made when the task runs."""
        super().__init__(
            subject="请审核评价草稿",
            body="",
            # The time a person takes is no execution time: it has a limit of its own.
            execution_timeout=None,
            response_timeout=_WAIT,
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        """Ask, unless nobody has to be asked: the run wants no approval, or this very draft has one."""
        run = _run_of(context)
        if not run.approval:
            return {"approval": "not_required"}
        from fundeval.release.approval import draft_text, standing_approval

        _bring(run)
        standing = standing_approval(run)
        if standing is not None:
            return _shown(standing)
        self.subject = f"请审核评价草稿:{run.fund_year}"
        self.body = draft_text(run, _links(run))
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Record the decision; a rejection ends the run as failed, so that it never passes for a success.

        Raises:
            DraftRejectedError: The draft was sent back.
            HITLTimeoutError: Nobody answered in time.
        """
        from fundeval.release.approval import decide

        answer: Mapping[str, Any] = HITLOperator.execute_complete(self, context, event)
        user = answer["responded_by_user"] or {}
        run = _run_of(context)
        _bring(run)
        approval = decide(
            run,
            approved=answer["chosen_options"] == [self.APPROVE],
            by=str(user.get("name") or user.get("id") or "未知"),
            at=answer["responded_at"].astimezone(dt.UTC).isoformat(timespec="seconds"),
            comment=str(answer["params_input"].get("comment") or ""),
        )
        if not approval.approved:
            raise DraftRejectedError(
                f"草稿被{approval.by}退回,没有发布。意见:{approval.comment} "
                "处理办法:按意见更正来源文件或评价工作底稿后,清除对应的读取任务及其下游,重新审核。"
            )
        return _shown(approval)


def _run_of(context: Context) -> RunContext:
    return run_context(context["params"], str(context["run_id"]))


def _bring(run: RunContext) -> None:
    """Bring the draft, and the releases it is held against, where the storage root is in a store."""
    run.rooms.bring(run.run.path, run.rooms.releases(run.fund_year))


def _links(run: RunContext) -> dict[str, str]:
    return {"资金年度页面": fund_year_address(run), "质量检查说明": data_docs_address(run)}


def _shown(approval: Approval) -> dict[str, str]:
    return {"approval": "approved", "by": approval.by, "at": approval.at, "comment": approval.comment}
