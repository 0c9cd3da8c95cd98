"""What a row of a sheet is: data, or title, header, blank, total or footer row; as SQL over its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fundeval.core.engine import literal
from fundeval.sources.layout import FoundColumn, Layout

PREAMBLE = "preamble"
HEADER = "header"
TOTAL = "total"
TOTAL_WORDS = r"(小计|合计|总计|累计)[::]?$"
# A signature or remark under the table: every filled cell begins with such a label, or the first one does and the
# row has no key.
FOOTER_LABEL = (
    r"^(制表|审核|复核|填表|填报|经办|负责人|单位负责人|财务负责人|联系|日期|备注|注|说明|数据来源|打印)"
    r"[^::]{0,6}[::]"
)
_CHINESE = re.compile("[\u4e00-\u9fff]")
FOOTER_REMARK = r"^(备注|注|说明|数据来源|打印|第\d+页)"


def rows_with_kind(layout: Layout, columns: Mapping[str, FoundColumn], rows: str) -> str:
    """Return the query that adds to rows of cells ``c1`` … below the header what each of them is, as ``row_kind``.

    Args:
        layout: The table found in a sheet.
        columns: Its columns.
        rows: Name of the table of rows.
    """
    numbers = range(1, layout.sheet.width + 1)
    # The clean text of each cell is planned once; the conditions name it a dozen times.
    texts = ", ".join(f"cell_text(c{number}) as {_text(number)}" for number in numbers)
    listed = ", ".join(map(_text, numbers))
    return f"""
        with texts as (select *, {texts} from {rows}),
        lists as (select *, list_filter([{listed}], lambda text: text is not null) as filled from texts)
        select * exclude (filled, {listed}), {_kind(layout, columns)} as row_kind from lists
    """


def _text(number: int) -> str:
    return f"text_{number}"


def _kind(layout: Layout, columns: Mapping[str, FoundColumn]) -> str:
    mapped = list(columns.values())
    keys = key_columns(layout, columns)
    keyed = " and ".join(f"{_text(found.number)} is not null" for found in keys) or "false"
    ordinary = " and ".join(is_ordinary(layout, found, _text(found.number)) for found in keys) or "false"
    in_header = " + ".join(
        f"coalesce({_repeats_header(layout, found, _text(found.number))}, false)::integer" for found in mapped
    )
    in_use = " + ".join(f"({_text(found.number)} is not null)::integer" for found in mapped)
    is_total = (
        f"len(list_filter(filled, lambda text: regexp_full_match(text, '{TOTAL_WORDS}'))) > 0 "
        f"or (regexp_matches(filled[1], '{TOTAL_WORDS}') and not ({keyed}))"
    )
    is_footer = (
        f"len(list_filter(filled, lambda text: not regexp_matches(text, '{FOOTER_LABEL}'))) = 0 "
        f"or (regexp_matches(filled[1], '{FOOTER_LABEL}|{FOOTER_REMARK}') and not ({keyed}))"
    )
    return f"""case
        when {ordinary} then 'data'
        when len(filled) = 0 then 'blank'
        when {is_total} then '{TOTAL}'
        when {in_header} >= {max(2, (len(mapped) + 1) // 2)} then '{HEADER}'
        when {in_header} > 0 and {in_header} = {in_use} then '{HEADER}'
        when {is_footer} then 'footer'
        else 'data'
    end"""


def key_columns(layout: Layout, columns: Mapping[str, FoundColumn]) -> list[FoundColumn]:
    """Return the columns of the table's key that the sheet has."""
    return [columns[name] for name in layout.table.key if name in columns]


def codes_are_ordinary(layout: Layout, found: FoundColumn) -> bool:
    """Tell whether a key cell that is a plain code can only be that of a data row: its header is in Chinese."""
    return all(_CHINESE.search(line) for line in _header_lines(layout, found))


def is_ordinary(layout: Layout, found: FoundColumn, cell: str) -> str:
    """Return the condition under which a key cell (an expression) can only be that of a data row."""
    # A plain code is told at a glance: millions of rows have one.
    told = (
        f"regexp_full_match({cell}, '[0-9A-Za-z._/-]+') or not regexp_matches({cell}, '[::]|{TOTAL_WORDS}')"
    )
    return f"coalesce(({told}) and not {_repeats_header(layout, found, cell)}, false)"


def _repeats_header(layout: Layout, found: FoundColumn, cell: str) -> str:
    """Return the condition under which a cell repeats one of the lines of its header."""
    listed = ", ".join(f"cell_text({literal(line)})" for line in sorted(_header_lines(layout, found)))
    return f"{cell} in ({listed or 'null'})"


def _header_lines(layout: Layout, found: FoundColumn) -> set[str]:
    head = layout.sheet.head()
    first, last = layout.header_rows
    return {line for row in range(first, last + 1) if (line := head[row - 1][found.number - 1])}
