"""Asks Airflow's command line what it knows: in a home of its own, settled before anything imports it."""

from support import airflow_home

__all__ = ["airflow_home"]
