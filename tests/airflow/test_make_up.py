"""``make up``: an operator's Airflow starts, lets them in, and leaves nothing behind when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from support.airflow_service import REPOSITORY, Service, free_port, running_service, wait_for

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running


def test_everything_is_healthy_when_the_operator_is_told_to_log_in(service: Service) -> None:
    health = service.call("GET", "/api/v2/monitor/health")
    assert {part: state["status"] for part, state in health.items()} == {
        "metadatabase": "healthy",
        "scheduler": "healthy",
        "triggerer": "healthy",
        "dag_processor": "healthy",
    }


def test_the_printed_name_and_password_let_the_operator_in_and_others_stay_out(service: Service) -> None:
    assert service.token()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        service.call("GET", "/api/v2/dags")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        service.call("POST", "/auth/token", body={"username": service.shown("用户名"), "password": "guess"})


def test_the_project_s_dags_are_there_ready_to_be_started_and_no_example_is(service: Service) -> None:
    token = service.token()
    ours = {path.stem for path in (REPOSITORY / "dags").glob("*.py")}

    def names() -> set[str]:
        return {dag["dag_id"] for dag in service.call("GET", "/api/v2/dags", token)["dags"]}

    assert wait_for(lambda: names() >= ours, 120)
    dags = service.call("GET", "/api/v2/dags", token)["dags"]
    assert {dag["dag_id"]: dag["is_paused"] for dag in dags} == dict.fromkeys(ours, False)


def test_the_ui_is_served(service: Service) -> None:
    with urllib.request.urlopen(service.shown("地址"), timeout=30) as answer:
        assert "<html" in answer.read().decode().lower()


def test_nothing_listens_beyond_this_machine(service: Service) -> None:
    listening = {
        connection.laddr.ip
        for process in psutil.process_iter()
        if os.getsid(process.pid) in service.sessions
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_taken_port_is_refused_instead_of_answering_for_an_older_server(
    service: Service, tmp_path: Path
) -> None:
    second = Service(tmp_path, service.port)
    second.start()
    printed, _ = second.process.communicate(timeout=60)
    assert second.process.returncode != 0
    assert "已被占用" in printed


def test_a_second_service_in_the_same_home_is_refused(service: Service) -> None:
    second = Service(service.root, free_port())
    second.start()
    printed, _ = second.process.communicate(timeout=60)
    assert second.process.returncode != 0
    assert "make down" in printed
    assert service.call("GET", "/api/v2/monitor/health")


@pytest.mark.parametrize("how", ["terminate", "make down"])
def test_stopping_leaves_no_process_behind(how: str, tmp_path: Path) -> None:
    with running_service(tmp_path) as running:
        assert len(running.processes()) > 4
        if how == "make down":
            running.down()
        else:
            running.process.send_signal(signal.SIGTERM)
        running.process.wait(timeout=60)
        assert wait_for(lambda: not running.processes(), seconds=10)


def test_what_a_killed_supervisor_left_is_ended_by_make_down(tmp_path: Path) -> None:
    with running_service(tmp_path) as running:
        recorded = json.loads((running.home / "service.json").read_text(encoding="utf-8"))
        os.kill(recorded["pid"], signal.SIGKILL)
        running.process.wait(timeout=60)
        assert running.processes()

        running.down()

        assert wait_for(lambda: not running.processes(), seconds=10)
