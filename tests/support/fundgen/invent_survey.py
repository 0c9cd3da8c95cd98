"""Invents the survey: questions other than those of any real one, and responses of which some come twice."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from support.fundgen.facts import Question, Response
from support.fundgen.story import Size, Story

SATISFIED, OTHERS = ("非常满意", "满意"), ("基本满意", "不满意", "说不清")
_TOPICS = ("办事指南", "线上预约", "热线答复", "数据开放", "移动端体验", "服务态度")


def questions_of(rng: random.Random) -> tuple[Question, ...]:
    """Return two questions about the respondent, three to six of satisfaction and one for free text."""
    questions = [
        Question(1, "您的年龄段是", "single", ("30岁以下", "30至59岁", "60岁以上")),
        Question(2, "您用过哪些服务", "multiple", ("线上办理", "自助终端", "窗口办理", "电话咨询")),
    ]
    for topic in _TOPICS[: rng.randint(3, 6)]:
        questions.append(
            Question(len(questions) + 1, f"您对{topic}的满意程度", "satisfaction", SATISFIED + OTHERS)
        )
    questions.append(
        Question(len(questions) + 1, rng.choice(("您的意见和建议", "您最想说的话")), "free_text")
    )
    return tuple(questions)


def responses_of(
    rng: random.Random, year: int, size: Size, story: Story, questions: Sequence[Question]
) -> list[Response]:
    """Let ``size.respondents`` people answer; every thirtieth response, one at least, is exported twice."""
    responses = [_response(rng, year, number, story, questions) for number in range(1, size.respondents + 1)]
    for number in rng.sample(range(len(responses)), max(1, len(responses) // 30) if responses else 0):
        responses.append(responses[number])
    return responses


def _response(
    rng: random.Random, year: int, number: int, story: Story, questions: Sequence[Question]
) -> Response:
    day = dt.date(year + 1, rng.randint(2, 9), rng.randint(1, 28))
    moment = dt.datetime.combine(day, dt.time(rng.randint(0, 23), rng.randint(0, 59), 7))
    return Response(
        number=number,
        submitted_at=moment,
        duration_seconds=rng.randint(20, 500),
        channel=rng.choice(("微信", "链接")),
        respondent_ip=f"198.51.100.{rng.randint(1, 254)}",
        answers=tuple(_answer(rng, story, question) for question in questions),
    )


def _answer(rng: random.Random, story: Story, question: Question) -> tuple[str, ...]:
    if question.kind == "single":
        return (rng.choice(question.options),)
    if question.kind == "multiple":
        return tuple(rng.sample(question.options, rng.randint(1, len(question.options))))
    if question.kind == "satisfaction":
        return (rng.choice(SATISFIED if rng.random() < story.satisfied else OTHERS),)
    text = rng.choice(("", "希望延长开放时间", f"请回电1390000{rng.randint(0, 9999):04d}", "流程可再简化"))
    return (text,) if text else ()
