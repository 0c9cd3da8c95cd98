"""Adds 绩效评价 to the navigation of Airflow's UI; the pages are fundeval.airflow.pages."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from fundeval.airflow.pages.mount import URL_PREFIX, application


class FundevalPages(AirflowPlugin):
    """The navigation entry and the application behind it."""

    name = "fundeval_pages"
    fastapi_apps = [{"app": application, "url_prefix": URL_PREFIX, "name": "绩效评价"}]
    external_views = [
        {
            "name": "绩效评价",
            # Relative to the UI's base, so that it holds behind a proxy with a path of its own, too.
            "href": f"{URL_PREFIX.removeprefix('/')}/",
            "url_route": "fundeval",
            "destination": "nav",
            "nav_top_level": True,
        }
    ]
