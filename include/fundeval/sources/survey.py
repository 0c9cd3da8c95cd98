"""Survey exports: one row per response and question and chosen option, free text counted and never kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from fundeval.core.engine import first_row, literal, write_query
from fundeval.core.errors import Problem
from fundeval.core.rooms import RunFolder
from fundeval.sources.contract import Questions
from fundeval.sources.layout import Layout
from fundeval.sources.rows import SourceIdentity, cell_problem

_EXPLAIN_NUMBERS = "请按选项文字导出,或增加“选项对照”工作表,写明题号、选项序号、选项文字。"
_CODES_SCHEMA = pa.schema(
    [("question_no", pa.int32()), ("option_no", pa.int32()), ("option_text", pa.string())]
)


@dataclass(frozen=True)
class Question:
    """One question: its number and text as asked, how it is answered, its column from 1."""

    number: int
    text: str
    type: str
    column: int


def find_questions(layout: Layout, connection: duckdb.DuckDBPyConnection) -> list[Question]:
    """Find the question columns of a survey sheet and how each is answered."""
    rules = layout.table.questions
    assert rules is not None
    questions = []
    for column, header in sorted(layout.unknown.items()):
        match = re.match(rules.header, header)
        if match:
            kind = _question_type(rules, match.group(2), column, connection)
            questions.append(Question(int(match.group(1)), match.group(2), kind, column))
    return questions


def _question_type(rules: Questions, text: str, column: int, connection: duckdb.DuckDBPyConnection) -> str:
    if rules.satisfaction.question in text:
        return "satisfaction"
    if re.search(rules.free_text, text):
        return "free_text"
    different, longest, digits, several = first_row(
        connection,
        f"""
        with options as (
            select unnest(string_split(c{column}, $separator)) as option
            from cells where row_kind = 'data' and c{column} is not null
        ),
        chosen as (select cell_text(regexp_replace(option, '[〖\\[].*$', '')) as option from options)
        select
            count(distinct option),
            coalesce(max(len(option)), 0),
            coalesce(bool_or(regexp_matches(option, '\\d{{5}}')), false),
            (select count(*) from cells where row_kind = 'data' and contains(c{column}, $separator))
        from chosen
        """,
        {"separator": rules.separator},
    )
    # Answers that are no options are never published, so a doubtful question counts as free text.
    if different > rules.max_options or longest > rules.max_option_length or digits:
        return "free_text"
    return "multiple" if several else "single"


def read_survey(
    run: RunFolder, connection: duckdb.DuckDBPyConnection, layout: Layout, source: SourceIdentity
) -> list[Problem]:
    """Write ``survey_answers`` of the readable responses; return what is wrong with answers."""
    rules = layout.table.questions
    assert rules is not None
    questions = find_questions(layout, connection)
    if not any(question.type == "satisfaction" for question in questions):
        return [
            Problem(
                file=source.file,
                sheet=layout.sheet.name,
                row=layout.header_rows[1],
                code="no_satisfaction_question",
                message=f"没有询问满意度的题目(题干含“{rules.satisfaction.question}”)。",
                remedy="请导出包含满意度题目的完整问卷。",
            )
        ]
    codes = run.rows("staging", "survey_option_codes")
    connection.register("option_codes", pa.Table.from_pylist(codes, _CODES_SCHEMA))
    connection.execute(f"create or replace temp view answers as {_answers_sql(questions, rules)}")
    write_query(connection, "select * from answers order by all", None, run, "staging", "survey_answers")
    return _unknown_options(connection, layout, source, rules) + _unexplained_numbers(
        connection, layout, source
    )


def _answers_sql(questions: list[Question], rules: Questions) -> str:
    blanks = ", ".join(f"cell_ascii({literal(text)})" for text in rules.blanks)
    listed = ", ".join(
        f"struct_pack(question_no := {question.number}, question_text := {literal(question.text)}, "
        f"question_type := {literal(question.type)}, answer := c{question.column})"
        for question in questions
    )
    return f"""
        with questions as (
            select typed.response_no, typed.source_file, typed.source_sha256, typed.source_sheet, typed.source_row,
                unnest([{listed}]) as question
            from cells inner join typed on cells.row = typed.source_row
        ),
        options as (
            select *, case question.question_type
                when 'multiple' then string_split(question.answer, {literal(rules.separator)})
                else [question.answer]
            end as chosen
            from questions
            where cell_ascii(question.answer) not in ({blanks})
        ),
        each_option as (select * exclude (chosen), unnest(chosen) as option from options),
        texts as (
            select *, cell_text(regexp_replace(option, '[〖\\[].*$', '')) as plain_text from each_option
        )
        select response_no, question.question_no::integer as question_no, question.question_text as question_text,
            question.question_type as question_type,
            case when question.question_type <> 'free_text'
                then coalesce(option_codes.option_text, plain_text) end as option_text,
            source_file, source_sha256, source_sheet, source_row
        from texts
        left join option_codes
            on option_codes.question_no = question.question_no
            and option_codes.option_no = {_option_number("plain_text")}
    """


def _unknown_options(
    connection: duckdb.DuckDBPyConnection, layout: Layout, source: SourceIdentity, rules: Questions
) -> list[Problem]:
    scale = rules.satisfaction.scale
    rows = connection.execute(
        "select source_row, question_text, option_text from answers "
        "where question_type = 'satisfaction' and option_text not in (select unnest($scale)) order by 1, 2",
        {"scale": list(scale)},
    ).fetchall()
    problems = []
    for row, question, option in rows:
        words = cell_problem("unknown_question_option", source, layout.sheet.name, row, None, question, None)
        problems.append(
            Problem(
                file=words.file,
                sheet=words.sheet,
                row=row,
                column=question,
                value=option,
                code=words.code,
                message=words.message,
                remedy=_EXPLAIN_NUMBERS if option.isdecimal() else f"可选内容:{'、'.join(scale)}。",
            )
        )
    return problems


def _option_number(text: str) -> str:
    """Return the expression of the option number a text is, NULL where it is a text."""
    plain = f"cell_ascii({text})"
    return f"case when regexp_full_match({plain}, '\\d{{1,3}}') then {plain}::integer end"


def _unexplained_numbers(
    connection: duckdb.DuckDBPyConnection, layout: Layout, source: SourceIdentity
) -> list[Problem]:
    """Say which answers are option numbers nobody has explained.

    Where a question has a list of its options, a number that is not in it is wrong. Where it has none and every
    answer is a number, numbers would be published as if they were options: the office is asked.
    """
    number = _option_number("option_text")
    rows = connection.execute(
        f"""
        with numbers as (
            select *, {number} as option_no,
                question_no in (select option_codes.question_no from option_codes) as is_listed,
                bool_and({number} is not null) over (partition by question_no) as all_numbers
            from answers where question_type in ('single', 'multiple')
        )
        select question_no, question_text, is_listed, option_text, source_row from numbers
        where option_no is not null and (is_listed or all_numbers)
        qualify is_listed or row_number() over (partition by question_no order by source_row) = 1
        order by source_row, question_no
        """
    ).fetchall()
    return [
        Problem(
            file=source.file,
            sheet=layout.sheet.name,
            row=row,
            column=f"{question}、{text}",
            value=option,
            code="unexplained_option_number",
            message="答案是选项序号,“选项对照”里没有它。"
            if is_listed
            else "答案全是选项序号,没有说明各是什么选项。",
            remedy=_EXPLAIN_NUMBERS,
            severity="critical" if is_listed else "warning",
        )
        for question, text, is_listed, option, row in rows
    ]
