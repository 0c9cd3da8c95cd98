"""``python -m fundeval.airflow.run``: one evaluation as a run of the DAG in this process.

The DAG is the one the scheduler runs, its tasks and their states go through Airflow; only the scheduler and
its workers are spared, so that one command on a fresh machine is enough.
"""

from __future__ import annotations

import datetime as dt
import gc
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import click

from fundeval.airflow import environment
from fundeval.airflow.database import prepare_database
from fundeval.airflow.screen import quiet_screen
from fundeval.core.errors import ConfigurationError, FundevalError
from fundeval.core.fundyear import FundYear
from fundeval.release.changes import changes_text
from fundeval.release.summary import summary_text
from fundeval.release.versions import release_of
from fundeval.storage.address import is_url, open_rooms

DAG_ID = "year_end_evaluation"
# Not the database of a running scheduler, which would take this run for its own and start its tasks again.
DATABASE = "batch.db"


@click.command(help="在 Airflow 中运行一次年终绩效评价,显示进度,结束时打印结果摘要。")
@click.option("--fund", required=True, help="专项资金标识(include/funds 下的文件夹名)。")
@click.option("--year", required=True, type=int, help="评价年度。")
@click.option("--sources", required=True, type=click.Path(path_type=Path), help="存放来源文件的文件夹。")
@click.option(
    "--out",
    required=True,
    help="存放归档、运行数据和发布成果的文件夹,或对象存储中的地址(如 s3://桶/前缀)。",
)
def main(fund: str, year: int, sources: Path, out: str) -> None:
    """Run the command line; exit 0 where a release was published, 1 where not."""
    try:
        fund_year = FundYear(fund, year)
    except FundevalError as error:
        raise click.ClickException(str(error)) from None
    home = environment.configure(DATABASE)
    log = home / "logs" / "runs" / f"{fund}-{year}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}.log"
    with quiet_screen(log) as screen:
        screen.write(f"年终绩效评价:{fund_year}\n来源:{sources.resolve()}\n详细日志:{log}\n")
        try:
            storage = out if is_url(out) else str(Path(out).resolve())
            published = _evaluate(fund_year, sources.resolve(), storage, screen)
        except FundevalError as error:
            screen.write(f"\n{error}\n")
            published = False
    # The end of the process gives everything back; looking for rubbish before that takes seconds.
    gc.freeze()
    sys.exit(0 if published else 1)


def _evaluate(fund_year: FundYear, sources: Path, out: str, screen: TextIO) -> bool:
    from fundeval.airflow.progress import Progress
    from fundeval.airflow.warm import load_modules

    started = time.perf_counter()
    screen.write("准备 Airflow … ")
    first = prepare_database()
    dag = load_dag()
    load_modules()
    screen.write(f"{'首次初始化,' if first else ''}{time.perf_counter() - started:.1f} 秒\n\n")
    progress = Progress(screen, total=len(dag.task_dict))
    succeeded = run_dag(dag, fund_year, sources, out, progress)
    if succeeded:
        published = progress.results["publish"]
        release = _published(fund_year, out, published["version"])
        screen.write("\n" + summary_text(release, progress.seconds, published["release"]))
        screen.write("\n" + changes_text(published["changes"]) + "\n")
    else:
        screen.write("\n评价未完成,没有发布任何结果,已有的发布成果和归档原件都未改动。\n")
        screen.writelines(f"{number}. {text}\n" for number, text in enumerate(progress.problems(), 1))
    screen.write(f"\n总用时 {time.perf_counter() - started:.1f} 秒\n")
    return succeeded


def _published(fund_year: FundYear, out: str, version: int) -> Path:
    """Return the folder of the release, brought from the store where the tasks have published it there."""
    rooms = open_rooms(out)
    rooms.bring(rooms.releases(fund_year))
    return release_of(rooms, fund_year, version).path


def load_dag() -> Any:
    """Parse the project's DAG files and return the evaluation's DAG.

    Raises:
        ConfigurationError: A DAG file cannot be imported.
    """
    from airflow.configuration import conf
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = Path(conf.get("core", "dags_folder"))
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    if bag.import_errors:
        raise ConfigurationError("DAG 文件无法加载:\n" + "\n".join(bag.import_errors.values()))
    dag = bag.dags[DAG_ID]
    # No scheduler is there to watch a deadline or a time limit, and in one process Airflow can neither end a run of a
    # DAG that has a deadline nor call back for one whose form has required fields.
    dag.deadline = []
    dag.on_failure_callback, dag.has_on_failure_callback = None, False
    return dag


def run_dag(dag: Any, fund_year: FundYear, sources: Path, out: str | Path, listener: Any) -> bool:
    """Run the DAG in this process, telling ``listener`` of every task; return whether the run succeeded."""
    from airflow.sdk import DagRunState
    from airflow.sdk.listener import get_listener_manager

    manager = get_listener_manager()
    manager.add_listener(listener)  # type: ignore[no-untyped-call]
    try:
        run = dag.test(
            run_conf={
                "fund": fund_year.fund,
                "year": fund_year.year,
                "sources": str(sources),
                "out": str(out),
            }
        )
    finally:
        manager.pm.unregister(listener)
    return bool(run.state == DagRunState.SUCCESS)


if __name__ == "__main__":
    main()
