"""Airflow's side of the project: the only room that imports airflow; a task is one call into the library."""
