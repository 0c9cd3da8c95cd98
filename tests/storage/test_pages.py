"""The pages on a storage root in a store: what others have done is seen soon, and the store is asked little."""

from __future__ import annotations

from pathlib import Path

import pytest

from fundeval.airflow.pages import board, served, stored
from fundeval.core.errors import Problem
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.release.versions import withdraw_release
from fundeval.sources.submissions import Received, record
from fundeval.storage.work import push
from support.object_store import ObjectStore, Worker
from support.storage import REPORT, make_release, make_run

YEAR = FundYear("green-river", 2031)
MANY = 12


class Clock:
    """The pages' clock, which the tests put forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def passes(self) -> None:
        self.now += stored.PAUSE_SECONDS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(stored, "time", clock)
    return clock


def publish(rooms: Rooms, fund_year: FundYear) -> None:
    """Do what a run does that publishes, as far as the pages see it."""
    run = make_run(rooms, fund_year, data_docs=True)
    push(rooms, run.path)
    make_release(rooms, fund_year)
    push(rooms, rooms.releases(fund_year))


def lines(rooms: Rooms) -> dict[str, str]:
    stored.bring_overview(rooms)
    return {str(line.fund_year): line.state for line in board.board(rooms)}


def lists(asked: list[str]) -> int:
    return sum("list-type" in line for line in asked)


def test_what_a_worker_published_is_shown_and_can_be_opened(worker: Worker, clock: Clock) -> None:
    publish(worker("one"), YEAR)
    pages = worker("pages")
    assert lines(pages) == {str(YEAR): "published"}
    (line,) = board.board(pages)
    assert (line.release and line.release.grade, line.run and line.run.has_data_docs) == ("良", True)
    report = served.release_file(pages, YEAR.fund, YEAR.year, 1, REPORT)
    assert report is not None
    assert "报告" in report.read_text(encoding="utf-8")
    docs = served.data_docs_file(pages, YEAR.fund, YEAR.year, "run-1", "index.html")
    assert docs is not None
    assert "检查说明" in docs.read_text(encoding="utf-8")
    clock.passes()
    lines(pages)
    assert docs.read_text(encoding="utf-8") != ""


def test_what_changes_is_shown_with_the_next_look(worker: Worker, clock: Clock) -> None:
    one, pages = worker("one"), worker("pages")
    publish(one, YEAR)
    assert lines(pages) == {str(YEAR): "published"}
    withdraw_release(one, YEAR, 1, "指标有误")
    other = FundYear(YEAR.fund, 2032)
    record(
        one,
        other,
        Received("问卷.csv", "水利局", "水利局", "survey", "0" * 64, 1, 1),
        [Problem(message="坏。")],
    )
    clock.passes()
    assert lines(pages) == {str(YEAR): "withdrawn", str(other): "waiting"}


def test_feedback_is_listed_without_being_brought_and_brought_when_opened(
    worker: Worker, clock: Clock
) -> None:
    one, pages = worker("one"), worker("pages")
    answer = one.root / "feedback" / str(YEAR) / "水利局" / "问卷-问题反馈.xlsx"
    answer.parent.mkdir(parents=True)
    answer.write_bytes(b"content")
    one.send(answer)
    (listed,) = served.feedback_files(pages)
    assert (listed.office, listed.path.stat().st_size) == ("水利局", 0)
    opened = served.feedback_file(pages, YEAR.fund, YEAR.year, "水利局", listed.name)
    assert opened is not None
    assert opened.read_bytes() == b"content"


def test_the_store_is_not_asked_per_fund_year(worker: Worker, store: ObjectStore, clock: Clock) -> None:
    one, pages = worker("one"), worker("pages")
    years = [FundYear(f"fund-{number}", 2031) for number in range(MANY)]
    for year in years:
        publish(one, year)
    with store.counted() as asked:
        assert len(lines(pages)) == MANY
    assert lists(asked) < MANY
    with store.counted() as asked:
        lines(pages)
    assert asked == []
    clock.passes()
    with store.counted() as asked:
        lines(pages)
    assert lists(asked) == 1
    withdraw_release(one, years[7], 1, "指标有误")
    clock.passes()
    with store.counted() as asked:
        assert lines(pages)[str(years[7])] == "withdrawn"
    assert lists(asked) < 8


def test_nothing_is_asked_of_a_folder(tmp_path: Path) -> None:
    rooms = Rooms(tmp_path)
    make_release(rooms, YEAR)
    make_run(rooms, YEAR)
    assert lines(rooms) == {str(YEAR): "published"}
