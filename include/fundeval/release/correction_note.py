"""The files a correction carries: diff.json, diff.csv and the page of 更正说明."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import jinja2

from fundeval.core.rooms import write_json
from fundeval.release.dictionary import Dictionary
from fundeval.release.diff import CHANGE_ZH, CellChange, Change, ReleaseDiff
from fundeval.release.editions.tables import CSV_ENCODING, CSV_LINE_END
from fundeval.release.fields import guard

NOTE = "更正说明.html"
DIFF_JSON = "diff.json"
DIFF_CSV = "diff.csv"
_TEMPLATES = Path(__file__).with_name("templates")


def write_correction(dictionary: Dictionary, diff: ReleaseDiff, folder: Path, title: str) -> None:
    """Write what changed into ``folder``: as data, as a table and as a page to read.

    Args:
        dictionary: The dictionary of fields, for the Chinese names of tables and columns.
        diff: What changed.
        folder: Folder to make.
        title: Heading of the page.
    """
    folder.mkdir(parents=True)
    write_json(folder / DIFF_JSON, diff.as_dict())
    _write_csv(diff, folder / DIFF_CSV)
    (folder / NOTE).write_text(_page(dictionary, diff, title), encoding="utf-8")


def correction_sentences(dictionary: Dictionary, diff: ReleaseDiff) -> list[str]:
    """Return what changed as Chinese sentences without a full stop: files, metrics, rows of tables.

    Args:
        dictionary: The dictionary of fields.
        diff: What changed.
    """
    return [
        *(f"《{change.file}》{_FILE_ZH[change.change]}" for change in diff.inputs),
        *(_metric_sentence(dictionary, change) for change in diff.metrics),
        *(
            f"{dictionary.tables[table].title}:{_counted(counts)}"
            for table, counts in diff.rows().items()
            if table != "metrics"
        ),
    ]


_FILE_ZH: dict[Change, str] = {"added": "为新增文件", "removed": "不再采用", "changed": "已更换"}


def _metric_sentence(dictionary: Dictionary, change: CellChange) -> str:
    metric = next((one for one in dictionary.metrics if one.metric == change.key), None)
    title, unit = (metric.title, metric.unit) if metric else (change.key, "")
    before, after = (f"{value}{unit}" if value else "空" for value in (change.before, change.after))
    return f"{title}由{before}更正为{after}"


def _counted(counts: Mapping[Change, int]) -> str:
    return "、".join(f"{CHANGE_ZH[change]}{count}行" for change, count in counts.items() if count)


def _write_csv(diff: ReleaseDiff, path: Path) -> None:
    names = [field.name for field in fields(CellChange)]
    with path.open("w", encoding=CSV_ENCODING, newline="") as handle:
        writer = csv.DictWriter(handle, names, lineterminator=CSV_LINE_END)
        writer.writeheader()
        for cell in diff.cells:
            row = asdict(cell)
            # A difference is a number made here; every other text may come from an office.
            writer.writerow(
                {name: text if name == "difference" else guard(text) for name, text in row.items()}
            )


def _page(dictionary: Dictionary, diff: ReleaseDiff, title: str) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("correction.html.j2").render(
        title=title,
        diff=diff,
        score=diff.score,
        words=CHANGE_ZH,
        metrics=list(_metrics(dictionary, diff)),
        rows=[(dictionary.tables[name].title, counts) for name, counts in diff.rows().items()],
        cells=list(_cells(dictionary, diff)),
    )


def _metrics(dictionary: Dictionary, diff: ReleaseDiff) -> Iterator[dict[str, Any]]:
    known = {metric.metric: metric for metric in dictionary.metrics}
    for change in diff.metrics:
        metric = known.get(change.key)
        definition = metric.definition if metric else ""
        unit = metric.unit if metric else ""
        yield {
            **asdict(change),
            "name": metric.title if metric else change.key,
            "definition": definition,
            "unit": unit,
        }


def _cells(dictionary: Dictionary, diff: ReleaseDiff) -> Iterator[dict[str, str]]:
    for change in diff.cells:
        table = dictionary.tables[change.table]
        column = table.column(change.column).title if change.column else ""
        words = {"table": table.title, "column": column, "change": CHANGE_ZH[change.change]}
        yield {**asdict(change), **words}
