"""What the world outside hears of a run: assets and lineage from submission to release, and metrics by UDP."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fundeval.pipeline import KIND_TITLES, STAGES
from support.airflow_service import Service, running_service, wait_for
from support.sample_sources import SAMPLE, copy_sample

pytestmark = pytest.mark.airflow

DAG = "/api/v2/dags/year_end_evaluation"
RUN = "told"
_METRIC = re.compile(r"airflow\.fundeval\.([a-z_.]+):([0-9.]+)\|(c|ms)")


@dataclass
class StatsD:
    """A StatsD that keeps what it is sent.

    Attributes:
        sums: Name of each metric of this project to the sum of its values.
    """

    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    server: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def listen(self) -> int:
        """Start listening; return the port."""
        self.server.bind(("127.0.0.1", 0))
        threading.Thread(target=self._receive, daemon=True).start()
        port: int = self.server.getsockname()[1]
        return port

    def _receive(self) -> None:
        while True:
            try:
                packet = self.server.recv(65535).decode()
            except OSError:
                return
            for name, value, _ in _METRIC.findall(packet):
                self.sums[name] += float(value)


@dataclass(frozen=True)
class Told:
    """What was heard of one run.

    Attributes:
        service: The Airflow.
        metrics: Sums by name.
        events: OpenLineage events.
    """

    service: Service
    metrics: dict[str, float]
    events: list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    root = tmp_path_factory.mktemp("told")
    statsd, events = StatsD(), root / "events.jsonl"
    settings = {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(statsd.listen()),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "file", "log_file_path": str(events), "append": True}
        ),
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "test",
    }
    with running_service(root, settings) as service:
        copy_sample(service.sources)
        token = service.token()
        wait_for(lambda: service.call("GET", "/api/v2/dags", token)["dags"], 120)
        conf = {"fund": SAMPLE.fund, "year": SAMPLE.year}
        service.call("POST", f"{DAG}/dagRuns", token, {"dag_run_id": RUN, "conf": conf, "logical_date": None})
        assert service.end_of(f"{DAG}/dagRuns/{RUN}", 800) == "success"
        yield Told(service, dict(statsd.sums), wait_for(lambda: _complete(events), 120))
    statsd.server.close()


def _complete(path: Path) -> list[dict[str, Any]]:
    """Return the events once those of the last task are there."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    events = [json.loads(line) for line in lines if line.strip()]
    ended = [
        event
        for event in events
        if event["eventType"] == "COMPLETE" and event["job"]["name"].endswith("publish")
    ]
    return events if ended else []


def ledger(told: Told, kind: str) -> list[dict[str, Any]]:
    path = told.service.storage / "runs" / str(SAMPLE) / RUN / "checks" / f"ingest_{kind}.parquet"
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("kind", KIND_TITLES)
def test_rows_read_and_rejected_of_every_kind_are_told(told: Told, kind: str) -> None:
    rows = ledger(told, kind)
    assert told.metrics[f"ingest.{kind}.rows_read"] == sum(row["rows_accepted"] for row in rows)
    assert told.metrics.get(f"ingest.{kind}.rows_rejected", 0) == sum(row["rows_rejected"] for row in rows)


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_seconds_of_every_stage_are_told(told: Told, stage: str) -> None:
    assert told.metrics[f"{stage}.seconds"] > 0


def test_rules_that_failed_are_counted(told: Told) -> None:
    path = told.service.storage / "runs" / str(SAMPLE) / RUN / "checks" / "rules.parquet"
    failed = sum(row["outcome"] == "fail" for row in pq.read_table(path).to_pylist())
    assert told.metrics.get("examine.rules_failed", 0) == failed


def completed(told: Told) -> dict[str, dict[str, Any]]:
    """Return the last event of each task that ended well, by the task's name."""
    return {
        event["job"]["name"].removeprefix("year_end_evaluation."): event
        for event in told.events
        if event["eventType"] == "COMPLETE"
    }


def test_lineage_leads_from_every_submission_to_the_release(told: Told) -> None:
    events = completed(told)
    produced_by = {
        output["name"]: [each["name"] for each in event["inputs"]]
        for event in events.values()
        for output in event["outputs"]
    }
    reached, left = set(), [f"releases/{SAMPLE}"]
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left += produced_by.get(name, [])
    assert {f"submissions/{SAMPLE}/{kind}" for kind in KIND_TITLES} <= reached


def test_assets_of_what_was_read_and_of_the_release_have_their_events(told: Told) -> None:
    events = told.service.call("GET", "/api/v2/assets/events?limit=100", told.service.token())["asset_events"]
    found = {event["name"]: event["extra"] for event in events}
    assert {f"read/{SAMPLE}/{kind}" for kind in KIND_TITLES} <= found.keys()
    for kind in KIND_TITLES:
        assert found[f"read/{SAMPLE}/{kind}"]["rows_accepted"] == sum(
            row["rows_accepted"] for row in ledger(told, kind)
        )
    assert found[f"releases/{SAMPLE}"]["version"] == 1
