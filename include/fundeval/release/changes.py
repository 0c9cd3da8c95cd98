"""What a run changed, before and after: the score and every metric that moved, as an operator sees it at its end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.release.dictionary import load_dictionary
from fundeval.release.diff import ReleaseDiff, diff_datasets, diff_inputs, diff_releases
from fundeval.release.editions.tables import read_dataset
from fundeval.release.manifest import input_entries, plain
from fundeval.release.plain_text import plain_console, plain_table, printed
from fundeval.release.versions import latest_release, release_of

_WIDTH = 110
_SCORE = "score"


def changes_of(rooms: Rooms, fund_year: FundYear, version: int) -> dict[str, Any] | None:
    """Compare a release with the one before it.

    Args:
        rooms: The storage root.
        fund_year: Fund and year.
        version: Number of the release.

    Returns:
        ``before`` and ``after`` (version numbers), ``inputs`` (names of the files that came, went or were replaced),
        ``rows`` (per published table: rows added, removed and changed) and ``metrics``: metric, definition, unit,
        before, after, difference, as published texts; the score first, moved or not. None for a first release.

    Raises:
        ReleaseError: The release, or the one it follows, is not there or damaged.
    """
    after = release_of(rooms, fund_year, version)
    previous = after.manifest["previous"]
    if previous is None:
        return None
    before = release_of(rooms, fund_year, int(previous["version"]))
    score = _score(after.path / "dataset")
    return _as_dict(diff_releases(before, after), score)


def draft_changes(context: RunContext) -> dict[str, Any] | None:
    """Compare the run's draft with the latest standing release, as :func:`changes_of` does; None without one."""
    before = latest_release(context.rooms, context.fund_year)
    if before is None:
        return None
    dictionary, draft = load_dictionary(), context.run.path / "draft" / "dataset"
    diff = ReleaseDiff(
        before.version,
        before.version + 1,
        diff_inputs(before.manifest["inputs"], plain(input_entries(context.run))),
        diff_datasets(
            dictionary, read_dataset(before.path / "dataset", dictionary), read_dataset(draft, dictionary)
        ),
    )
    return _as_dict(diff, _score(draft))


def _score(dataset: Path) -> str:
    rows = read_dataset(dataset, load_dictionary())["metrics"]
    return next(str(row["value"]) for row in rows if row["metric"] == _SCORE)


def _as_dict(diff: ReleaseDiff, score: str) -> dict[str, Any]:
    dictionary = load_dictionary()
    known = {metric.metric: metric for metric in dictionary.metrics}
    moved = {change.key: (change.before, change.after, change.difference) for change in diff.metrics}
    if _SCORE not in moved:
        moved[_SCORE] = (score, score, "0")
    return {
        "before": diff.before,
        "after": diff.after,
        "inputs": [change.file for change in diff.inputs],
        "rows": diff.rows(),
        "metrics": [
            {
                "metric": name,
                "definition": known[name].definition if name in known else "",
                "unit": known[name].unit if name in known else "",
                "before": was,
                "after": now,
                "difference": difference,
            }
            for name, (was, now, difference) in sorted(moved.items(), key=lambda item: item[0] != _SCORE)
        ],
    }


def changes_text(changes: Mapping[str, Any] | None) -> str:
    """Return what :func:`changes_of` found as a table in plain Chinese text."""
    if changes is None:
        return "首次发布,没有上一版可比。"
    table = plain_table(f"第 {changes['after']} 版与第 {changes['before']} 版对比")
    table.add_column("指标", overflow="fold")
    table.add_column("单位")
    for title in ("更正前", "更正后", "差额"):
        table.add_column(title, justify="right", overflow="fold")
    for row in changes["metrics"]:
        name = "综合得分" if row["metric"] == _SCORE else row["metric"]
        table.add_row(name, row["unit"], row["before"] or "无", row["after"] or "无", row["difference"])
    console = plain_console(_WIDTH)
    console.print(table, highlight=False)
    files = "、".join(f"《{name}》" for name in changes["inputs"]) or "无"
    return printed(console) + f"\n有变化的来源文件:{files}"
