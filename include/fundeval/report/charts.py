"""Charts where people would rather look than read, as PNG for paper and SVG for the web page.

The font comes with the package and nothing is stamped into the files, so that the same figures give the same
bytes on every machine. Colours keep their order in grey print.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from importlib.resources import as_file, files
from typing import Any

from fundeval.core.money import number_text, round_half_up
from fundeval.report.blocks import Figure
from fundeval.report.body_tables import STAGES
from fundeval.report.phrases import wan_fixed, wan_number
from fundeval.report.published import Published, UnitRow
from fundeval.report.summary import Question, questions, scored
from fundeval.report.typography import clean
from fundeval.report.wording import SATISFACTION_SCALE

FONT = "Fundeval Chart Sans"
WIDTH_MM = 150.0
DOTS_PER_INCH = 200
UNITS_SHOWN = 20
"""Bars a chart of units has room for; the rest is summed in one more bar."""
_MM_PER_INCH = 25.4
_DARK, _MIDDLE, _LIGHT = "#1f4e79", "#5b9bd5", "#c9d9ea"
_SCALE_COLOURS = (
    "#1f4e79",
    "#4a86b8",
    "#8fb8d8",
    "#c3d7e6",
    "#e3e3e3",
    "#cfcfcf",
    "#a6a6a6",
    "#7f7f7f",
    "#595959",
)
_MONEY_COLOURS = {
    "budget": _LIGHT, "applied": _MIDDLE, "released": _MIDDLE, "paid": _DARK, "carry_over": _LIGHT,
}  # fmt: skip
_NAME_LENGTH = 16


def figures(data: Published) -> Mapping[str, Figure | None]:
    """Draw every chart a template may set, by name; None where the year has nothing to draw.

    Args:
        data: The published dataset.
    """
    makers: Mapping[str, Callable[[Published], Figure | None]] = {
        "money": _money,
        "units": _units,
        "months": _months,
        "scores": _scores,
        "satisfaction": _satisfaction,
    }
    with _drawing():
        return {name: make(data) for name, make in makers.items()}


@contextmanager
def _drawing() -> Iterator[None]:
    """Draw without a screen, with the package's own font and without anything that changes between runs."""
    import matplotlib  # a second of import that only a report with charts pays
    from matplotlib import font_manager

    with as_file(files("fundeval.report") / "fonts" / "FundevalChartSans-Regular.otf") as font:
        if FONT not in font_manager.fontManager.get_font_names():
            font_manager.fontManager.addfont(str(font))
        style: dict[Any, Any] = {
            "font.family": [FONT, "Noto Sans CJK SC", "Noto Sans CJK JP", "DejaVu Sans"],
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.unicode_minus": False,
            "text.parse_math": False,
            "svg.fonttype": "none",
            "svg.hashsalt": "fundeval",
        }
        with matplotlib.rc_context(style):
            yield


def _canvas(height_mm: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(
        figsize=(WIDTH_MM / _MM_PER_INCH, height_mm / _MM_PER_INCH), dpi=DOTS_PER_INCH, layout="constrained"
    )
    return drawing, drawing.subplots()


def _finished(drawing: Any, name: str, height_mm: float, caption: str, alt: str) -> Figure:
    """Draw it once as pixels and once as lines; ``savefig`` would draw it twice each, to lay it out first."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    png, svg = io.BytesIO(), io.StringIO()
    on_paper: Any = FigureCanvasAgg(drawing)
    on_paper.print_png(png, metadata={"Software": None})
    # Everything has its place now; laying it out again would take as long as drawing it.
    drawing.set_layout_engine("none")
    on_screen: Any = FigureCanvasSVG(drawing)
    on_screen.print_svg(svg, metadata={"Date": None, "Creator": None})
    return Figure(name, png.getvalue(), svg.getvalue(), WIDTH_MM, height_mm, alt, caption)


def _wan(amounts: Sequence[Decimal]) -> list[float]:
    """Bar lengths in 万元; a float is exact enough to draw, the labels keep the exact text."""
    return [float(wan_number(amount)) for amount in amounts]


def _bar_text(amount: Decimal) -> str:
    """Label a bar in 万元 with two decimals; the exact amount stands in text and table."""
    return f"{round_half_up(wan_number(amount)):.2f}"


def _money(data: Published) -> Figure | None:
    amounts = {metric: data.number(metric) or Decimal(0) for metric in _MONEY_COLOURS}
    if not any(amounts.values()):
        return None
    drawing, axes = _canvas(55)
    titles = [STAGES[metric] for metric in amounts]
    bars = axes.barh(titles, _wan(list(amounts.values())), color=list(_MONEY_COLOURS.values()), height=0.6)
    axes.bar_label(bars, [_bar_text(amount) for amount in amounts.values()], padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("万元")
    told = "\uff0c".join(f"{STAGES[metric]}{wan_fixed(amount)}万元" for metric, amount in amounts.items())
    return _finished(drawing, "money", 55, "各环节资金规模", f"条形图\uff1a{told}")


def _units(data: Published) -> Figure | None:
    rows = sorted((row for row in data.units if row.released > 0), key=lambda row: row.released, reverse=True)
    if not rows:
        return None
    names, released, paid = _unit_bars(rows)
    height = 25 + 6.0 * len(names)
    drawing, axes = _canvas(height)
    places = range(len(names))
    axes.barh(places, _wan(released), color=_LIGHT, height=0.7, label="下达金额")
    bars = axes.barh(places, _wan(paid), color=_DARK, height=0.38, label="支付金额")
    axes.bar_label(
        bars, [_share(part, whole) for part, whole in zip(paid, released, strict=True)], padding=3, fontsize=8
    )
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlabel("万元\uff08标注为预算执行率\uff09")
    drawing.legend(loc="outside upper right", ncols=2, frameon=False)
    return _finished(
        drawing, "units", height, "各实施单位公开项目资金下达与支付",
        f"条形图\uff1a{len(rows)}家单位公开项目的下达金额\u3001支付金额和预算执行率",
    )  # fmt: skip


def _unit_bars(rows: Sequence[UnitRow]) -> tuple[list[str], list[Decimal], list[Decimal]]:
    shown, rest = rows[:UNITS_SHOWN], rows[UNITS_SHOWN:]
    names = [_short(row.unit) for row in shown]
    released, paid = [row.released for row in shown], [row.paid for row in shown]
    if rest:
        names.append(f"其余{len(rest)}家")
        released.append(sum((row.released for row in rest), Decimal(0)))
        paid.append(sum((row.paid for row in rest), Decimal(0)))
    return names, released, paid


def _months(data: Published) -> Figure | None:
    if not any(row.paid for row in data.months):
        return None
    drawing, axes = _canvas(60)
    amounts = [row.paid for row in data.months]
    bars = axes.bar([f"{row.month}月" for row in data.months], _wan(amounts), color=_MIDDLE, width=0.65)
    axes.bar_label(bars, [_bar_text(amount) for amount in amounts], padding=2, fontsize=7)
    axes.set_ylabel("万元")
    axes.margins(y=0.12)
    told = "\uff0c".join(f"{row.month}月{wan_fixed(row.paid)}万元" for row in data.months)
    return _finished(drawing, "months", 60, "分月支付金额", f"柱形图\uff1a{told}")


def _scores(data: Published) -> Figure | None:
    levels = scored(data.indicators, lambda row: row.level1)
    if not levels:
        return None
    height = 22 + 9.0 * len(levels)
    drawing, axes = _canvas(height)
    places = range(len(levels))
    axes.barh(places, [float(level.weight) for level in levels], color=_LIGHT, height=0.7, label="权重")
    axes.barh(places, [float(level.score) for level in levels], color=_DARK, height=0.38, label="得分")
    for place, level in enumerate(levels):
        told = f"{number_text(level.score)} / {number_text(level.weight)}"
        axes.annotate(told, (float(level.weight), place), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(places, [_short(level.name) for level in levels])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("分")
    drawing.legend(loc="outside upper right", ncols=2, frameon=False)
    told = "\uff0c".join(
        f"{level.name}得{number_text(level.score)}分\uff08权重{number_text(level.weight)}分\uff09"
        for level in levels
    )
    return _finished(drawing, "scores", height, "一级指标得分与权重", f"条形图\uff1a{told}")


def _satisfaction(data: Published) -> Figure | None:
    asked = [
        question
        for question in questions(data.survey)
        if question.kind == "satisfaction" and question.answers
    ]
    if not asked:
        return None
    options = _options(asked)
    height = 28 + 10.0 * len(asked)
    drawing, axes = _canvas(height)
    starts = [0.0] * len(asked)
    handles: list[Any] = []
    for colour, option in zip(_colours(len(options)), options, strict=True):
        shares = [100 * _answers(question, option) / question.answers for question in asked]
        bars = axes.barh(range(len(asked)), shares, left=starts, color=colour, height=0.62)
        handles.append(bars)
        axes.bar_label(
            bars, [f"{share:.0f}%" if share >= 6 else "" for share in shares],
            label_type="center", color="white" if colour == _DARK else "black", fontsize=7.5,
        )  # fmt: skip
        starts = [start + share for start, share in zip(starts, shares, strict=True)]
    axes.set_yticks(range(len(asked)), [f"第{question.number}题" for question in asked])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("各选项占该题回答数的比重\uff08%\uff09")
    # Options are named here and not as labels of bars: matplotlib hides a label that begins with an underscore.
    drawing.legend(handles, options, loc="outside upper center", ncols=min(5, len(options)), frameon=False)
    numbers = "\u3001".join(str(question.number) for question in asked)
    return _finished(
        drawing, "satisfaction", height, "满意度各题回答分布", f"条形图\uff1a第{numbers}题各选项所占比重"
    )


def _options(asked: Sequence[Question]) -> list[str]:
    names = list(dict.fromkeys(clean(row.option_text) for question in asked for row in question.options))
    known = [option for option in SATISFACTION_SCALE if option in names]
    return known + [name for name in names if name not in known]


def _answers(question: Question, option: str) -> int:
    return sum(row.answers for row in question.options if clean(row.option_text) == option)


def _colours(count: int) -> list[str]:
    return [_SCALE_COLOURS[number % len(_SCALE_COLOURS)] for number in range(count)]


def _share(part: Decimal, whole: Decimal) -> str:
    return f"{100 * part / whole:.1f}%" if whole else ""


def _short(name: str) -> str:
    shown = clean(name)
    return shown if len(shown) <= _NAME_LENGTH else shown[: _NAME_LENGTH - 1] + "…"
