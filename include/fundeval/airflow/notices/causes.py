"""From an error of a task to what people are told: one notice per cause, never more than may be told."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from fundeval.airflow.faults import MachineFault, ProgramFault, StageFault
from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError, FundevalError, InputError, Problem

_log = logging.getLogger(__name__)
_ROWS_TOLD = 20
_MORE = "其余{count}处见“检查数据质量”任务的日志和绩效评价页面。"


@dataclass(frozen=True)
class Notice:
    """One message.

    Attributes:
        cause: What it is about, as a key: notices of one cause are one message, whatever task tells them.
        title: What happened, in one line.
        lines: Place, problem and remedy, a line each.
        fund_year: ``fund/year`` it was noticed in; '' where none is concerned.
        remedy: What the operator does about the run.
    """

    cause: str
    title: str
    lines: tuple[str, ...]
    fund_year: str
    remedy: str


def notices_of(error: BaseException | str | None, stage: str, fund_year: str, run: str) -> list[Notice]:
    """Return what is to be told of a task that failed for good.

    Args:
        error: What ended it; a text or None where its process was killed.
        stage: Its stage.
        fund_year: ``fund/year``.
        run: Airflow's id of the run.
    """
    if isinstance(error, InputError):
        # The gate runs after every reading, failed or not, and tells the problems of all files at once.
        return [] if stage.startswith("ingest.") else list(_by_file(error.problems, fund_year))
    if isinstance(error, StageFault):
        return [_fault(error, stage, fund_year)]
    if isinstance(error, ConfigurationError):
        # What is configured wrongly is so for every fund-year: its text is the cause.
        return [Notice(_key("configuration", str(error)), "配置有误", (str(error),), fund_year, _CLEAR)]
    if isinstance(error, FundevalError):
        key = _key("refused", fund_year, run, str(error))
        return [
            Notice(
                key,
                f"{about(fund_year)}步骤“{stage}”未通过",
                tuple(str(error).splitlines()),
                fund_year,
                _CLEAR,
            )
        ]
    return [_ended(error, stage, fund_year, run)]


def about(fund_year: str) -> str:
    """Return how a title begins that is about a fund-year; '' where it is about none."""
    return f"{fund_year}:" if fund_year else ""


def permitted(notices: Iterable[Notice], context: RunContext | None) -> list[Notice]:
    """Return the notices with every line taken out that holds what must not leave the run.

    The errors are written to tell nothing classified; this is held here once more, because a message leaves the house.
    """
    listed = list(notices)
    if context is None:
        return listed
    try:
        context.rooms.bring(context.run.path)
    except FundevalError:
        # What must not leave cannot be looked up.
        may_leave: Callable[[str], bool] = _nothing
    else:
        if not context.run.tables("restricted"):
            return listed
        may_leave = _filter(context)
    return [
        Notice(
            each.cause,
            each.title if may_leave(each.title) else "评价任务未能完成",
            tuple(line if may_leave(line) else _WITHHELD for line in each.lines),
            each.fund_year,
            each.remedy,
        )
        for each in listed
    ]


def _nothing(text: str) -> bool:
    """Let no text leave."""
    return False


def _filter(context: RunContext) -> Callable[[str], bool]:
    """Return what tells whether a text may leave; where the run's secrets cannot be read, nothing may."""
    from fundeval.release.redaction.matching import Matcher
    from fundeval.release.redaction.sources import secrets_of

    try:
        matcher = Matcher(secrets_of(context.run))
    except Exception as error:
        _log.error("无法核对消息中有没有涉密内容,只发出通知本身(%s)。", type(error).__name__)
        return _nothing
    return lambda text: not matcher.find(text)


_CLEAR = "处理后清除失败的任务及其下游,运行即从该处继续。"
_CORRECT = "请报送单位按处理办法更正文件,放入收件箱后清除对应的读取任务及其下游。"
_WITHHELD = "(本条内容不得外传,请登录后查看任务日志)"


def _by_file(problems: Iterable[Problem], fund_year: str) -> Iterator[Notice]:
    """Yield a notice per file that has problems, and one for all that concern no file, such as missing files."""
    by_file: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.severity == "critical":
            by_file[problem.file].append(problem)
    for file, found in by_file.items():
        name = f"《{file}》" if file else "来源文件"
        told = [str(problem) for problem in found[:_ROWS_TOLD]]
        rest = len(found) - len(told)
        yield Notice(
            _key("input", fund_year, file, *sorted(map(str, found))),
            f"{about(fund_year)}{name}有{len(found)}处问题,没有发布",
            (*told, *([_MORE.format(count=rest)] if rest else [])),
            fund_year,
            _CORRECT,
        )


def _fault(error: StageFault, stage: str, fund_year: str) -> Notice:
    kind, place = error.kept.kind, error.kept.place
    # A full disk stops whatever runs: the cause is the fault and not the stage or the fund-year it met.
    key = _key(type(error).__name__, kind, place if isinstance(error, ProgramFault) else "")
    remedy = (
        "请把说明交给维护人员。" if isinstance(error, ProgramFault) else "请检查磁盘、内存和网络;" + _CLEAR
    )
    title = "机器故障" if isinstance(error, MachineFault) else "程序缺陷"
    return Notice(key, f"{title}:{kind}", (str(error),), fund_year, remedy)


def _ended(error: BaseException | str | None, stage: str, fund_year: str, run: str) -> Notice:
    """Tell of a task that was ended from outside: killed, out of time, or by an error of Airflow's own."""
    kind = type(error).__name__ if isinstance(error, BaseException) else "进程被终止"
    lines = (f"步骤“{stage}”重试后仍未完成({kind})。日志见任务页面。",)
    title = f"{about(fund_year)}步骤“{stage}”中断"
    return Notice(_key("ended", kind, fund_year, run), title, lines, fund_year, _CLEAR)


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
