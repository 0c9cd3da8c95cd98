"""The warning before a report is due, as people get it from a real scheduler and triggerer."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from support.airflow_service import Service, running_service, wait_for
from support.evaluation import register_fund
from support.receivers import Mailbox, Webhook, mail_server, web_server

pytestmark = pytest.mark.airflow

DAG = "/api/v2/dags/year_end_evaluation"
FUND = "some-fund"
# Near enough to be warned about, and still to come whatever time it is.
DUE = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date() + dt.timedelta(days=5)
YEAR = DUE.year - 1


@dataclass(frozen=True)
class Warned:
    """What came of a run whose report is due in some days.

    Attributes:
        mailbox: Mails that were sent.
        webhook: What was posted.
    """

    mailbox: Mailbox
    webhook: Webhook


@pytest.fixture(scope="module")
def warned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warned]:
    root = tmp_path_factory.mktemp("warned")
    funds = root / "funds"
    register_fund(funds, FUND, "某专项资金")
    set_due(funds / FUND / "fund.yaml")
    settings = {
        "FUNDEVAL_FUNDS": str(funds),
        "FUNDEVAL_DEADLINE_GRACE_MINUTES": "0.1",
        "FUNDEVAL_NOTICE_MAIL_TO": "ops@example.org",
        "FUNDEVAL_NOTICE_WEBHOOK_CONN": "robot",
        "FUNDEVAL_NOTICE_WEBHOOK_ENDPOINT": "send?key={password}",
    }
    with ExitStack() as stack:
        mailbox, webhook = stack.enter_context(mail_server()), stack.enter_context(web_server())
        service = stack.enter_context(running_service(root, settings))
        connect(service, mailbox, webhook)
        start_waiting_run(service)
        wait_for(lambda: mailbox.mails and webhook.posted, 300)
        yield Warned(mailbox, webhook)


def set_due(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["report_due"] = f"{DUE:%m-%d}"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def connect(service: Service, mailbox: Mailbox, webhook: Webhook) -> None:
    """Enter where messages go as an operator does: as connections in Airflow's database."""
    extra = {"from_email": "fundeval@example.org", "disable_ssl": True, "disable_tls": True}
    connections: dict[str, dict[str, Any]] = {
        "smtp_default": {"conn_type": "smtp", "host": "127.0.0.1", "port": mailbox.port, "extra": extra},
        "robot": {"conn_type": "http", "host": f"http://127.0.0.1:{webhook.port}", "password": "KEY123"},
    }
    for name, connection in connections.items():
        service.command("connections", "add", name, "--conn-json", json.dumps(connection))


def start_waiting_run(service: Service) -> None:
    """Start a run of a DAG that is paused: it waits for as long as the test looks."""
    token = service.token()
    wait_for(lambda: service.call("GET", "/api/v2/dags", token)["dags"], 120)
    service.call("PATCH", DAG, token, {"is_paused": True})
    run = {"dag_run_id": "waiting", "conf": {"fund": FUND, "year": YEAR}, "logical_date": None}
    service.call("POST", f"{DAG}/dagRuns", token, run)


def test_a_mail_names_fund_year_day_run_and_what_to_do(warned: Warned) -> None:
    (mail,) = warned.mailbox.mails
    assert mail["To"] == "ops@example.org"
    assert mail["Subject"] == f"【绩效评价】{FUND}/{YEAR}:报送期限临近,评价尚未发布"
    text = warned.mailbox.text(0)
    assert f"报送期限为{DUE.year}年{DUE.month}月{DUE.day}日" in text
    assert "运行 waiting 正在排队" in text
    assert "在绩效评价页面打开该资金年度,处理后继续运行" in text


def test_the_robot_is_told_the_same_once(warned: Warned) -> None:
    ((path, posted),) = warned.webhook.posted
    assert path == "/send?key=KEY123"
    assert posted["fund_year"] == f"{FUND}/{YEAR}"
    assert posted["title"] == f"{FUND}/{YEAR}:报送期限临近,评价尚未发布"
    assert any(f"{DUE.month}月{DUE.day}日" in line for line in posted["lines"])
    assert posted["remedy"]
