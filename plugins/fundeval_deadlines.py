"""Lets the scheduler know the deadline of a report."""

from airflow.plugins_manager import AirflowPlugin

from fundeval.airflow.deadline import ReportDue


class FundevalDeadlines(AirflowPlugin):
    """Registers the day a fund-year's report is due as something alerts can be counted from."""

    name = "fundeval_deadlines"
    deadline_references = [ReportDue]
