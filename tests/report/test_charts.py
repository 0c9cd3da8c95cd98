"""Charts where people would rather look than read: present where there is something to see, the same bytes twice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from fundeval.report.charts import UNITS_SHOWN, figures
from fundeval.report.published import Published, read_published
from report import years
from report.datasets import Year, money, project, question, write_dataset


def published(folder: Path, year: Year) -> Published:
    return read_published(write_dataset(folder, year.tables()))


def test_there_is_a_chart_for_money_units_months_scores_and_satisfaction(tmp_path: Path) -> None:
    made = figures(published(tmp_path, years.everything_found()))
    assert set(made) == {"money", "units", "months", "scores", "satisfaction"}
    assert all(made.values())


def test_nothing_is_drawn_where_there_is_nothing_to_see(tmp_path: Path) -> None:
    made = figures(published(tmp_path, years.tiny()))
    assert [name for name, figure in made.items() if figure] == ["money", "scores"]


def test_what_a_chart_shows_is_told_in_words(tmp_path: Path) -> None:
    made = figures(published(tmp_path, years.everything_found()))
    told = {name: figure.alt for name, figure in made.items() if figure}
    assert "累计下达370.25万元" in told["money"]
    assert "11月250.00万元" in told["months"]
    assert "项目过程得21.87分\uff08权重25分\uff09" in told["scores"]


def test_of_many_units_the_largest_are_drawn_and_the_rest_is_summed(tmp_path: Path) -> None:
    figure = figures(published(tmp_path, years.big()))["units"]
    assert figure is not None
    assert f"其余{60 - UNITS_SHOWN}家" in figure.svg


def test_pictures_carry_no_clock_and_no_name_of_a_program(tmp_path: Path) -> None:
    data = published(tmp_path, years.everything_found())
    for first, second in zip(figures(data).values(), figures(data).values(), strict=True):
        assert first is not None
        assert first == second
        assert Image.open(io.BytesIO(first.png)).info.keys() <= {"dpi"}
        assert "<dc:date>" not in first.svg


@pytest.mark.parametrize("name", ["$x$与$y$", "_下划线", "=1+1", "<b>粗</b>"])
def test_names_are_drawn_as_they_are(tmp_path: Path, name: str) -> None:
    year = Year(
        budget=money("100"),
        projects=[project(1, unit=name)],
        survey=question(1, "满意程度", "满意度", {name: 3}),
        respondents=3,
    )
    made = figures(published(tmp_path, year))
    for figure in (made["units"], made["satisfaction"]):
        assert figure is not None
        assert name.replace("<", "&lt;").replace(">", "&gt;") in figure.svg
