"""Texts only people can write, from the working paper's sheet 文字材料, sorted into the places of the report."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.errors import InputError, Problem
from fundeval.report.notes import Titled

Rows = Iterable[Mapping[str, Any]]

_ONE_TEXT = ("background", "overall_goal", "fieldwork")
_TITLED = {"experience": "experiences", "suggestion": "suggestions"}
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_UNTITLED = {"experience": "做法", "suggestion": "建议"}


def written_texts(rows: Rows) -> dict[str, Any]:
    """Return the fields of :class:`~fundeval.report.notes.ReportNotes` that the working paper's texts fill.

    Several rows of one part are one text, in their order; experiences and suggestions stay apart, each with its title.

    Args:
        rows: Rows of ``staging.narratives``: section, problem_group, text_title, body and the source columns.

    Raises:
        InputError: A cause names no group of problems, or the date of the report is none; all of them at once.
    """
    listed = list(rows)
    problems = [problem for row in listed for problem in _problems(row)]
    if problems:
        raise InputError(problems)
    texts: dict[str, Any] = {}
    for section in _ONE_TEXT:
        found = [str(row["body"]) for row in listed if row["section"] == section]
        if found:
            texts[section] = "".join(found)
    for section, name in _TITLED.items():
        texts[name] = _titled([row for row in listed if row["section"] == section], _UNTITLED[section])
    texts["causes"] = _causes(row for row in listed if row["section"] == "cause")
    days = [_day(row["body"]) for row in listed if row["section"] == "signed_on"]
    if days:
        texts["signed_on"] = days[-1]
    return texts


def unplaced_texts(context: RunContext) -> list[Problem]:
    """Return what is wrong with the working paper's texts, for the gate to tell with everything else."""
    return [problem for row in context.run.rows("staging", "narratives") for problem in _problems(row)]


def _titled(rows: list[Mapping[str, Any]], otherwise: str) -> tuple[Titled, ...]:
    """Give every text its title; one without a title gets a number, because a heading cannot be empty."""
    return tuple(
        Titled(
            title=row["text_title"] or (f"{otherwise}{number}" if len(rows) > 1 else otherwise),
            text=row["body"],
        )
        for number, row in enumerate(rows, 1)
    )


def _causes(rows: Rows) -> dict[str, str]:
    causes: dict[str, str] = {}
    for row in rows:
        group = str(row["problem_group"])
        causes[group] = causes.get(group, "") + str(row["body"])
    return causes


def _problems(row: Mapping[str, Any]) -> Iterable[Problem]:
    if row["section"] == "cause" and not row["problem_group"]:
        yield _problem(
            row, "对应问题", "", "原因分析没有写明是哪一类问题的原因。", "请在“对应问题”列填写问题类别。"
        )
    if row["section"] == "signed_on" and _day(row["body"]) is None:
        yield _problem(row, "内容", str(row["body"]), "报告日期不是日期。", "请写成“2030年5月31日”的形式。")


def _problem(row: Mapping[str, Any], column: str, value: str, message: str, remedy: str) -> Problem:
    return Problem.of_row(
        row, column=column, value=value, code="narrative_incomplete", message=message, remedy=remedy
    )


def _day(text: str) -> dt.date | None:
    found = _DAY.search(text)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
