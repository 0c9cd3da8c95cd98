"""The page 绩效评价 in a real browser, inside the UI of a running Airflow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from support.airflow_service import Service, running_service, wait_for
from support.storage import REPORT, make_release, make_run

pytestmark = [pytest.mark.airflow, pytest.mark.browser]

CHROMIUM = Path("/usr/bin/chromium")
YEAR = FundYear("changde-smart-city", 2031)
PICTURES = os.environ.get("FUNDEVAL_PICTURES")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service whose storage holds a release, and a run whose files were refused."""
    root = tmp_path_factory.mktemp("browser")
    rooms = Rooms(root / "storage")
    docs = make_run(rooms, YEAR, data_docs=True).path / "data_docs"
    (docs / "index.html").write_text(
        '<title>检查说明</title><a href="more/table.html">表</a>', encoding="utf-8"
    )
    (docs / "more").mkdir()
    (docs / "more" / "table.html").write_text("<title>一张表</title>", encoding="utf-8")
    make_release(rooms, YEAR, files={"report/report.docx": "w"})
    with running_service(root) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any, service: Service) -> Iterator[Any]:
    """A tab of somebody who has logged in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    tab.goto(service.shown("地址"))
    tab.fill("input[name=username]", service.shown("用户名"))
    tab.fill("input[name=password]", service.shown("密码"))
    tab.keyboard.press("Enter")
    tab.wait_for_selector("text=绩效评价")
    yield tab
    context.close()


def opened(page: Any) -> Any:
    """Open the page by the navigation; return the frame it stands in."""
    page.get_by_text("绩效评价", exact=True).first.click()
    frame = page.frame_locator("iframe")
    frame.get_by_text("已发布").first.wait_for()
    return frame


def test_the_navigation_leads_to_the_page_with_every_fund_year(page: Any) -> None:
    frame = opened(page)
    line = frame.locator("tbody tr").first
    assert "2031" in line.inner_text()
    assert "88.10" in line.inner_text()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/board.png")


def test_a_report_opens_in_a_window_of_its_own_and_a_word_file_is_saved(page: Any) -> None:
    frame = opened(page)
    with page.context.expect_page() as opening:
        frame.get_by_text("网页版").first.click()
    report = opening.value
    report.wait_for_load_state()
    assert report.title() == "报告"
    assert report.url.endswith(f"/fundeval/releases/{YEAR}/v1/{REPORT}")
    with page.expect_download() as saving:
        frame.get_by_text("Word").first.click()
    assert saving.value.suggested_filename == "report.docx"


def test_the_documents_of_the_checks_open(page: Any, service: Service) -> None:
    answer = page.goto(f"{service.shown('地址')}/fundeval/runs/{YEAR}/run-1/data_docs/index.html")
    assert answer.status == 200
    assert page.title() == "检查说明"
    # Its pages lead to one another, although none of them may act as the user.
    page.get_by_text("表").click()
    page.wait_for_function("document.title === '一张表'")


def test_the_page_takes_the_theme_of_the_ui(page: Any) -> None:
    frame = opened(page)
    colours = []
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.className = theme", theme)
        frame.locator(f"html[data-theme={theme}]").wait_for(state="attached")
        colours.append(frame.locator("body").evaluate("body => getComputedStyle(body).backgroundColor"))
    assert colours[0] != colours[1]
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/board-dark.png")


def test_a_task_leads_to_its_fund_year(page: Any, service: Service) -> None:
    """A run on an empty inbox fails at once; the task that opened it has its link all the same."""
    token = service.token()
    wait_for(lambda: service.call("GET", "/api/v2/dags?dag_id_pattern=year_end_evaluation", token)["dags"])
    runs = "/api/v2/dags/year_end_evaluation/dagRuns"
    form = {"fund": YEAR.fund, "year": YEAR.year}
    service.call("POST", runs, token, {"dag_run_id": "seen", "logical_date": None, "conf": form})
    task = f"{runs}/seen/taskInstances/open_run"
    wait_for(lambda: service.call("GET", task, token)["state"] in ("success", "failed"), 600)
    # A task keeps its links after it has told that it ended.
    link = wait_for(lambda: service.call("GET", f"{task}/links", token)["extra_links"]["资金年度"])
    assert link == f"/fundeval/fund-years/{YEAR}/"
    page.goto(f"{service.shown('地址')}/dags/year_end_evaluation/runs/seen/tasks/open_run/details")
    button = page.get_by_text("资金年度").first
    button.wait_for()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/task.png")
    button.click()
    page.wait_for_url(f"**{link}")
    assert "发布版本" in page.content()
