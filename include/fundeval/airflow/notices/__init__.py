"""Messages to people: one per cause, by mail and webhook, through Airflow's notifiers."""

from fundeval.airflow.notices.callbacks import FailureNotifier, deadline_near

__all__ = ["FailureNotifier", "deadline_near"]
