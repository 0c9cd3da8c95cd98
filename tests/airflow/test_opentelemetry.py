"""Metrics by OpenTelemetry: what a collector hears of a run, by the settings the operations guide names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fundeval.pipeline import KIND_TITLES
from support.airflow_service import Service, running_service, wait_for
from support.otlp import Collector, collector
from support.sample_sources import SAMPLE, copy_sample

pytestmark = pytest.mark.airflow

DAG = "/api/v2/dags/year_end_evaluation"
RUN = "heard"
PREFIX = "airflow.fundeval"
PAYMENTS = "国库集中支付明细.csv"


@dataclass(frozen=True)
class Heard:
    """What a collector heard of a run over files one cell of which is no amount.

    Attributes:
        service: The Airflow.
        collector: What was sent.
    """

    service: Service
    collector: Collector

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table of checks of the run."""
        path = self.service.storage / "runs" / str(SAMPLE) / RUN / "checks" / f"{name}.parquet"
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows

    def counted(self, table: str, column: str) -> int:
        """Return what a table of the run counts."""
        return sum(row[column] for row in self.table(table))


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    with collector() as kept:
        settings = {
            "AIRFLOW__METRICS__OTEL_ON": "True",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{kept.port}",
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
            "OTEL_SERVICE_NAME": "fundeval",
        }
        root = tmp_path_factory.mktemp("heard")
        with running_service(root, settings) as service:
            # Beside the inbox: what comes there is taken in, and may be refused before the run reads it.
            sources = copy_sample(root / "sources")
            spoil_an_amount(sources / PAYMENTS)
            token = service.token()
            wait_for(lambda: service.call("GET", "/api/v2/dags", token)["dags"], 120)
            conf = {"fund": SAMPLE.fund, "year": SAMPLE.year, "sources": str(sources)}
            service.call(
                "POST", f"{DAG}/dagRuns", token, {"dag_run_id": RUN, "conf": conf, "logical_date": None}
            )
            assert service.end_of(f"{DAG}/dagRuns/{RUN}", 600) == "failed"
            # The gate is the last to work; a task sends what it has counted when its process ends.
            wait_for(lambda: kept.named(f"{PREFIX}.check_quality.rules_failed"), 120)
            yield Heard(service, kept)


def spoil_an_amount(path: Path) -> None:
    """Write words where the first voucher's amount stands."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="gb18030"), newline="")))
    header = next(number for number, row in enumerate(rows) if "支付金额(元)" in row)
    rows[header + 1][rows[header].index("支付金额(元)")] = "约三万"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.mark.parametrize("kind", KIND_TITLES)
def test_rows_read_of_every_kind_arrive(heard: Heard, kind: str) -> None:
    assert heard.collector.total(f"{PREFIX}.ingest.{kind}.rows_read") == heard.counted(
        f"ingest_{kind}", "rows_accepted"
    )


@pytest.mark.parametrize("kind", KIND_TITLES)
def test_rows_rejected_of_every_kind_arrive(heard: Heard, kind: str) -> None:
    rejected = heard.counted(f"ingest_{kind}", "rows_rejected")
    assert rejected == (1 if kind == "treasury_payments" else 0)
    assert heard.collector.total(f"{PREFIX}.ingest.{kind}.rows_rejected") == rejected


def test_rules_that_failed_arrive(heard: Heard) -> None:
    failed = sum(row["outcome"] == "fail" for row in heard.table("gate_rules"))
    assert failed > 0
    assert heard.collector.total(f"{PREFIX}.check_quality.rules_failed") == failed


@pytest.mark.parametrize(
    "stage", ["open_run", *(f"ingest.{kind}" for kind in KIND_TITLES if kind != "treasury_payments")]
)
def test_seconds_of_every_stage_that_ended_well_arrive(heard: Heard, stage: str) -> None:
    (timed,) = heard.collector.named(f"{PREFIX}.{stage}.seconds")
    assert timed.value > 0
    assert timed.unit == "ms"


def test_values_come_as_differences_so_that_those_of_many_processes_add_up(heard: Heard) -> None:
    assert {point.is_difference for point in heard.collector.points if point.name.startswith(PREFIX)} == {
        True
    }


def test_fund_and_year_are_tags_and_the_service_has_its_name(heard: Heard) -> None:
    ours = [point for point in heard.collector.points if point.name.startswith(PREFIX)]
    assert ours
    for point in ours:
        assert point.tags == {"fund": SAMPLE.fund, "year": str(SAMPLE.year)}
        assert point.service == "fundeval"
