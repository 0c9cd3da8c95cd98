"""From the form an operator filled in to what a stage is called with.

Where nothing was filled in, the installation's environment decides, and it is asked when the task runs: a
worker may keep its storage elsewhere than the machine that reads the DAG files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms
from fundeval.storage.address import is_url, open_rooms
from fundeval.storage.objects import shown_url

INBOX_VARIABLE = "FUNDEVAL_INBOX"
STORAGE_VARIABLE = "FUNDEVAL_STORAGE"


def run_context(params: Mapping[str, Any], run_id: str) -> RunContext:
    """Return what a stage is called with.

    Args:
        params: The filled-in form.
        run_id: Airflow's id of the DAG run: a cleared task finds the same run folder again.

    Raises:
        ConfigurationError: The fund or the year is unusable, or a folder is neither given nor configured.
    """
    fund_year = FundYear(str(params["fund"]), int(params["year"]))
    return RunContext(
        fund_year=fund_year,
        sources=_sources(params.get("sources"), fund_year),
        rooms=storage_rooms(params),
        run_id=run_id,
        logs=_logs(run_id),
        only=tuple(params.get("only") or ()),
        force=bool(params.get("force")),
        approval=bool(params.get("approval")),
    )


def storage_rooms(params: Mapping[str, Any]) -> Rooms:
    """Return the storage root a form names, or the installation's: a folder, or the address of one in a store.

    Raises:
        ConfigurationError: Neither names one, or the store refuses who asks.
        StoreUnavailableError: The store does not answer.
    """
    return open_rooms(params.get("out") or _configured(STORAGE_VARIABLE, "存放位置"))


def is_installation(rooms: Rooms) -> bool:
    """Tell whether a storage root is the installation's, which the pages show."""
    storage = os.environ.get(STORAGE_VARIABLE)
    if not storage:
        return False
    if is_url(storage) or rooms.store is not None:
        return rooms.store is not None and rooms.store.url == shown_url(storage)
    return Path(storage).resolve() == rooms.root.resolve()


def inbox_folder() -> Path:
    """Return the inbox of the installation.

    Raises:
        ConfigurationError: None is configured.
    """
    return Path(_configured(INBOX_VARIABLE, "来源文件夹"))


def _sources(given: str | None, fund_year: FundYear) -> Path:
    return Path(given) if given else inbox_folder() / str(fund_year)


def _logs(run_id: str) -> tuple[Path, ...]:
    """Return the folders where Airflow keeps the logs of this run's tasks on this machine."""
    from airflow.configuration import conf

    base = Path(conf.get("logging", "base_log_folder"))
    return tuple(path for path in sorted(base.glob("dag_id=*/run_id=*")) if path.name == f"run_id={run_id}")


def _configured(variable: str, label: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise ConfigurationError(
            f"没有填写“{label}”,也没有配置环境变量 {variable}:请填写其中之一后重新运行。"
        )
    return value
