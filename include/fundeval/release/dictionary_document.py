"""The dictionary of fields as a document: docs/data-dictionary.md, the same file and a Word file in every dataset.

``python -m fundeval.release.dictionary_document`` prints the Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fundeval.core.fundyear import FundYear
from fundeval.release.dictionary import Column, Dictionary, Metric, PublishedTable, load_dictionary
from fundeval.report import cells
from fundeval.report.blocks import Block, Heading, Paragraph, Run, Table, Title
from fundeval.report.blocks import Column as DrawnColumn
from fundeval.report.narrative import Report
from fundeval.report.phrases import ordinal
from fundeval.report.typography import typeset
from fundeval.report.word import write_docx

_TYPES_ZH = {
    "text": "文本",
    "code": "代码",
    "integer": "整数",
    "money": "金额（两位小数）",
    "rate": "百分比（两位小数）",
    "score": "分数（两位小数）",
    "quantity": "数值",
    "figure": "数值或等级",
    "date": "日期",
    "month": "年月",
    "boolean": "是/否",
}

_HEAD = """# 数据字典 / Data dictionary

由 `include/fundeval/release/dictionary.yaml` 生成，请勿手工修改。Made from that file; do not edit by hand.

每张表有三种形式，内容相同：CSV、Parquet、`dataset.xlsx` 中的一个工作表。CSV 为带 BOM 的 UTF-8，
行尾为 CRLF；以 `=`、`+`、`-`、`@`、制表符或撇号开头的文字前加一个撇号，以防被当作公式执行，
去掉一个撇号即为原文，数字从不加。金额单位为元；没有可算分母的比率为空。

Each table comes as CSV, as Parquet and as a sheet of `dataset.xlsx`, all with the same content. CSV is
UTF-8 with BOM and CRLF; texts that begin with `=`, `+`, `-`, `@`, a tab or an apostrophe have one
apostrophe in front, so that no spreadsheet runs them as formulas; numbers never have. Money is in yuan;
a rate with nothing to divide by is empty.
"""


def dictionary_markdown(dictionary: Dictionary) -> str:
    """Return the whole dictionary as Markdown, Chinese and English side by side."""
    parts = [_HEAD, *_tables(dictionary), _metrics(dictionary.metrics), _codes(dictionary)]
    return "\n".join(parts)


def write_dictionary_docx(dictionary: Dictionary, path: Path, fund_year: FundYear, author: str) -> None:
    """Write the dictionary as a Word file in the layout of the report; the same dictionary gives the same bytes.

    Args:
        dictionary: The dictionary of fields.
        path: Where to write it.
        fund_year: Fund-year of the dataset, which dates the file.
        author: The evaluating institution, for the properties of the file.
    """
    title = f"{fund_year.year}年度绩效评价数据集数据字典"
    write_docx(Report(title, author, fund_year.year, tuple(_blocks(dictionary, title)), ()), path)


def _blocks(dictionary: Dictionary, title: str) -> Iterator[Block]:
    yield Title(_words(title))
    for paragraph in _INTRODUCTION:
        yield Paragraph(_words(paragraph))
    sections = [
        *((table.title, _table_blocks(name, table)) for name, table in dictionary.tables.items()),
        ("指标", [_metric_table(dictionary)]),
        ("代码", [_code_table(dictionary)]),
    ]
    for number, (heading, blocks) in enumerate(sections, 1):
        yield Heading(1, _words(f"{ordinal(number)}、{heading}"))
        yield from blocks


_INTRODUCTION = (
    "每张表以CSV、Parquet和dataset.xlsx中的一个工作表三种形式发布,内容相同。金额单位为元;没有可算分母的比率为空。",
    "CSV为带BOM的UTF-8。以等号、加号、减号、@、制表符或撇号开头的文字前加一个撇号,以防被当作公式执行,"
    "去掉一个撇号即为原文;数字从不加。",
)


def _table_blocks(name: str, table: PublishedTable) -> Iterator[Block]:
    keys = "、".join(table.primary_key) or "无(每行一个事件或选项)"
    yield Paragraph(_words(f"文件名为{name}。{table.description}主键:{keys}。"))
    rows = (
        (
            column.name,
            column.title,
            _TYPES_ZH[column.type],
            column.unit,
            "是" if column.required else "",
            column.description,
        )
        for column in table.columns
    )
    yield _grid_table(name, ("列", "名称", "类型", "单位", "必有", "含义"), (22, 17, 18, 8, 7, 48), rows)


def _metric_table(dictionary: Dictionary) -> Table:
    rows = (
        (metric.metric, metric.title, metric.unit, _formula(metric).strip("`"), metric.definition)
        for metric in dictionary.metrics
    )
    return _grid_table("metrics", ("指标", "名称", "单位", "算法", "口径"), (22, 18, 7, 33, 40), rows)


def _code_table(dictionary: Dictionary) -> Table:
    rows = (
        (name, "、".join(f"{word}({code})" for code, word in words.items()))
        for name, words in dictionary.codes.items()
    )
    return _grid_table("codes", ("代码表", "公布的文字(内部标识)"), (25, 95), rows)


def _grid_table(
    name: str, heads: tuple[str, ...], widths: tuple[int, ...], rows: Iterable[tuple[str, ...]]
) -> Table:
    return Table(
        name=name,
        columns=tuple(DrawnColumn(width) for width in widths),
        header=cells.heads(*heads),
        rows=tuple(tuple(cells.prose(text) for text in row) for row in rows),
    )


def _words(text: str) -> tuple[Run, ...]:
    return (Run(typeset(text)),)


def _tables(dictionary: Dictionary) -> Iterator[str]:
    for name, table in dictionary.tables.items():
        yield f"## {table.title} `{name}`\n\n{table.description}\n\n{table.description_en}\n\n{_keys(table)}"
        heading = ("列", "名称", "类型", "单位", "必有", "含义", "Meaning", "来源")
        yield _grid(heading, (_column(table, column) for column in table.columns))


def _keys(table: PublishedTable) -> str:
    keys = "、".join(f"`{key}`" for key in table.primary_key) or "无（每行一个事件或选项）"
    return f"主键 / key: {keys}\n"


def _column(table: PublishedTable, column: Column) -> tuple[str, ...]:
    computed = column.source == "(row)"
    return (
        f"`{column.name}`",
        column.title,
        _TYPES_ZH[column.type],
        column.unit,
        "是" if column.required else "",
        column.description,
        column.description_en,
        "" if computed else f"`{table.source}.{column.source}`",
    )


def _metrics(metrics: Iterable[Metric]) -> str:
    rows = (
        (
            f"`{metric.metric}`",
            metric.title,
            metric.unit,
            _formula(metric),
            metric.definition,
            metric.definition_en,
        )
        for metric in metrics
    )
    return "## 指标 `metrics.metric`\n\n" + _grid(
        ("指标", "名称", "单位", "算法", "口径", "Definition"), rows
    )


def _formula(metric: Metric) -> str:
    if metric.kind != "rate":
        return f"`{metric.value}`"
    above = f"({metric.numerator} - {metric.less})" if metric.less else metric.numerator
    return f"`{above} / {metric.denominator}`"


def _codes(dictionary: Dictionary) -> str:
    rows = (
        (f"`{name}`", "、".join(f"{word}(`{code}`)" for code, word in words.items()))
        for name, words in dictionary.codes.items()
    )
    return "## 代码 / Codes\n\n" + _grid(("代码表", "公布的文字（内部标识）"), rows)


def _grid(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    print(dictionary_markdown(load_dictionary()), end="")
