"""Roles in a real Airflow with its FAB auth manager: who reaches what, asked over HTTP with accounts of each role."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from fundeval.airflow.processes import end_sessions
from fundeval.airflow.roles import load_roles, wanted_roles
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from support.airflow_service import free_port, wait_for
from support.storage import REPORT, make_release, make_run

pytestmark = pytest.mark.airflow

YEAR = FundYear("green-river", 2031)
ACCOUNTS = {
    "shuili": "报送单位:水利局",
    "jiaoyu": "报送单位:教育局",
    "evaluator": "评价人员",
    "approver": "审批人",
    "operator": "运维人员",
    "admin": "Admin",
}
REPORT_PAGE = f"/fundeval/releases/green-river/2031/v1/{REPORT}"
OWN_FEEDBACK = "/fundeval/feedback/green-river/2031/水利局/问题清单.txt"
RUN = "/api/v2/dags/year_end_evaluation/dagRuns"
ANSWER = f"{RUN}/r/taskInstances/approve/-1/hitlDetails"
STAFF = {"evaluator", "approver", "operator", "admin"}
# What is asked, and who is let in; a thing that is not there is "not found" to whoever may ask for it.
DOORS: dict[tuple[str, str], set[str]] = {
    ("GET", "/api/v2/plugins"): set(ACCOUNTS),
    ("GET", "/api/v2/dags"): STAFF,
    ("GET", RUN): STAFF,
    ("GET", "/fundeval/fund-years/green-river/2031/"): STAFF,
    ("GET", REPORT_PAGE): STAFF,
    ("GET", "/fundeval/runs/green-river/2031/run-1/data_docs/index.html"): STAFF,
    ("GET", OWN_FEEDBACK): STAFF | {"shuili"},
    ("POST", RUN): {"evaluator", "operator", "admin"},
    ("POST", "/api/v2/dags/year_end_evaluation/clearTaskInstances"): {"evaluator", "operator", "admin"},
    ("PATCH", ANSWER): {"approver", "admin"},
    ("GET", "/api/v2/connections"): {"operator", "admin"},
    ("GET", "/api/v2/variables"): {"operator", "admin"},
}
BODIES: dict[str, Any] = {
    RUN: {"logical_date": None, "conf": {}},
    "/api/v2/dags/year_end_evaluation/clearTaskInstances": {"dry_run": True},
    ANSWER: {"chosen_options": ["同意发布"], "params_input": {}},
}


@dataclass
class Fab:
    """A running API server with accounts.

    Attributes:
        port: Where it listens.
        password: Of every account.
        tokens: Token of each account that has logged in.
    """

    port: int
    password: str = "for-this-test-only"
    tokens: dict[str, str] = field(default_factory=dict)

    def status(self, account: str, method: str, path: str) -> int:
        """Ask as an account; return the status of the answer."""
        return self.ask(method, path, BODIES.get(path), self.token(account))[0]

    def text(self, account: str, path: str) -> str:
        return self.ask("GET", path, None, self.token(account))[1]

    def token(self, account: str) -> str:
        if account not in self.tokens:
            credentials = {"username": account, "password": self.password}
            status, answer = self.ask("POST", "/auth/token", credentials)
            assert status == 201, answer
            self.tokens[account] = json.loads(answer)["access_token"]
        return self.tokens[account]

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, str]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{urllib.parse.quote(path, safe='/:?=&')}",
            data=None if body is None else json.dumps(body).encode(),
            headers=headers if token else {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def fab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fab]:
    root = tmp_path_factory.mktemp("fab")
    rooms = Rooms(root / "storage")
    make_run(rooms, YEAR, data_docs=True)
    make_release(rooms, YEAR)
    for office in ("水利局", "教育局"):
        path = rooms.root / "feedback" / str(YEAR) / office / "问题清单.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"{office}的问题", encoding="utf-8")
    server = Fab(free_port())
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    environment = {
        **kept,
        "AIRFLOW_HOME": str(root / "home"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(server.port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "FUNDEVAL_STORAGE": str(rooms.root),
    }

    def command(*arguments: str) -> str:
        module = ["-m", "fundeval.airflow.command", *arguments] if arguments[0] != "-c" else list(arguments)
        done = subprocess.run(
            [sys.executable, *module], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    command("db", "migrate")
    apply = (
        "from fundeval.airflow import environment as e; e.configure('service.db');"
        "from fundeval.airflow.roles import main; main(['--office', '水利局', '--office', '教育局'])"
    )
    command("-c", apply)
    for account, role in ACCOUNTS.items():
        command(
            "users", "create", "--username", account, "--role", role, "--password", server.password,
            "--email", f"{account}@example.org", "--firstname", account, "--lastname", account,
        )  # fmt: skip
    # A second time, as at every start of an installation.
    command("-c", apply)
    log = root / "api-server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "fundeval.airflow.command", "api-server"],
            env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def answers() -> bool:
        with suppress(OSError):
            return server.ask("GET", "/api/v2/version")[0] == 200
        return False

    try:
        wait_for(answers, 120)
        yield server
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
        end_sessions([process.pid])
        process.wait()


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_each_door_opens_to_the_roles_it_is_for_and_to_no_other(fab: Fab, method: str, path: str) -> None:
    answers = {account: fab.status(account, method, path) for account in ACCOUNTS}
    let_in = {account for account, status in answers.items() if status not in (401, 403)}
    assert let_in == DOORS[method, path], answers


def test_an_office_is_shown_its_own_feedback_and_no_other(fab: Fab) -> None:
    page = fab.text("shuili", "/fundeval/feedback/")
    assert "水利局" in page
    assert "教育局" not in page
    assert "教育局" in fab.text("evaluator", "/fundeval/feedback/")
    assert fab.status("shuili", "GET", "/fundeval/feedback/green-river/2031/教育局/问题清单.txt") == 403
    assert fab.text("jiaoyu", "/fundeval/feedback/green-river/2031/教育局/问题清单.txt") == "教育局的问题"


def test_nobody_is_let_in_without_an_account(fab: Fab) -> None:
    for method, path in DOORS:
        assert fab.ask(method, path, BODIES.get(path))[0] == 401, path


def test_no_role_may_both_prepare_and_approve() -> None:
    prepare, approve = ("can_create", "DAG Runs"), ("can_edit", "HITL Detail")
    assert not [name for name, may in wanted_roles(("水利局",)).items() if {prepare, approve} <= may]


def test_an_office_may_nothing_but_log_in_and_read_its_feedback() -> None:
    own = wanted_roles(("水利局",))["报送单位:水利局"] - {
        tuple(text.split(" ", 1)) for text in load_roles().base
    }
    assert own == {("can_read", "绩效评价反馈:水利局")}
