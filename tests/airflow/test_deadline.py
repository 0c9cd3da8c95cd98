"""The alert before a report is due: which day that is for a run, and when there is none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from support.evaluation import register_fund

FORM = {"fund": "some-fund", "year": 2030}
# The end of 31 March 2031 in China.
DUE = dt.datetime(2031, 3, 31, 15, 59, 59, 999999, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def funds(airflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One fund whose report is due by the end of March and one without a day."""
    monkeypatch.setenv("FUNDEVAL_FUNDS", str(tmp_path))
    for fund in ("some-fund", "free-fund"):
        register_fund(tmp_path, fund, "某专项资金")
    path = tmp_path / "some-fund" / "fund.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**content, "report_due": "03-31"}, allow_unicode=True), encoding="utf-8")


class Session:
    """A database that knows one run."""

    def __init__(self, conf: Any, started: dt.datetime) -> None:
        """Keep the run's form and when it started."""
        self.row = (conf, started)

    def execute(self, _: Any) -> Any:
        """Answer every question with the run."""
        return SimpleNamespace(first=lambda: self.row)


def deadline(conf: Any, started: dt.datetime) -> dt.datetime | None:
    from fundeval.airflow.deadline import ReportDue

    return ReportDue()._evaluate_with(session=Session(conf, started), dag_id="any", run_id="any")


def test_a_report_is_due_at_the_end_of_the_fund_s_day_in_the_following_year() -> None:
    assert deadline(FORM, dt.datetime(2031, 1, 15, tzinfo=dt.UTC)) == DUE


@pytest.mark.parametrize(
    ("conf", "started"),
    [
        # A year long reported is corrected without a warning.
        (FORM, dt.datetime(2033, 5, 1, tzinfo=dt.UTC)),
        ({**FORM, "fund": "free-fund"}, dt.datetime(2031, 1, 15, tzinfo=dt.UTC)),
        # What is wrong with a form is told by the run, not by its deadline.
        ({**FORM, "fund": "no-such-fund"}, dt.datetime(2031, 1, 15, tzinfo=dt.UTC)),
        ({**FORM, "year": "soon"}, dt.datetime(2031, 1, 15, tzinfo=dt.UTC)),
        (None, dt.datetime(2031, 1, 15, tzinfo=dt.UTC)),
    ],
)
def test_a_run_without_a_day_gets_no_deadline(conf: Any, started: dt.datetime) -> None:
    assert deadline(conf, started) is None


def warned_at(started: dt.datetime) -> dt.datetime | None:
    """When Airflow warns of a run by the alert of the DAG."""
    from fundeval.airflow.deadline import alert

    counted_from = deadline(FORM, started)
    return None if counted_from is None else counted_from + alert().interval


@pytest.mark.parametrize(
    ("before_due", "warned_before_due"),
    [
        (dt.timedelta(days=60), dt.timedelta(days=10)),
        # A run that starts when the day is near has an hour to publish before anybody is told that it has not.
        (dt.timedelta(days=10, minutes=20), dt.timedelta(days=9, hours=23, minutes=20)),
        (dt.timedelta(days=3), dt.timedelta(days=2, hours=23)),
        # But not beyond the day itself.
        (dt.timedelta(minutes=5), dt.timedelta()),
    ],
)
def test_people_are_warned_ten_days_ahead_or_when_a_late_run_has_worked_for_an_hour(
    before_due: dt.timedelta, warned_before_due: dt.timedelta
) -> None:
    assert warned_at(DUE - before_due) == DUE - warned_before_due


def test_how_long_a_late_run_may_work_unmentioned_is_the_operators_choice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUNDEVAL_DEADLINE_GRACE_MINUTES", "15")
    assert warned_at(DUE - dt.timedelta(days=3)) == DUE - dt.timedelta(days=3) + dt.timedelta(minutes=15)
    monkeypatch.setenv("FUNDEVAL_DEADLINE_GRACE_MINUTES", "soon")
    assert warned_at(DUE - dt.timedelta(days=3)) == DUE - dt.timedelta(days=3) + dt.timedelta(hours=1)


def test_the_scheduler_can_read_the_alert_of_the_evaluation_back() -> None:
    """Airflow keeps an alert as text and makes it anew for every run; it has to know the kind of its day then."""
    from airflow.dag_processing.dagbag import BundleDagBag
    from airflow.serialization.decoders import decode_deadline_alert
    from airflow.serialization.encoders import encode_deadline_alert

    folder = Path(__file__).resolve().parents[2] / "dags"
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    (alert,) = bag.dags["year_end_evaluation"].deadline
    kept = decode_deadline_alert(encode_deadline_alert(alert))
    warned = kept.reference.evaluate_with(
        session=Session(FORM, dt.datetime(2031, 1, 15, tzinfo=dt.UTC)),
        interval=kept.interval,
        dag_id="any",
        run_id="any",
    )
    assert warned == DUE - dt.timedelta(days=10)
    assert kept.callback.path == "fundeval.airflow.deadline.warn"
