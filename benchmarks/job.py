"""Does one job in a process of its own and reports seconds and peak memory, as a worker would use them.

Run by :mod:`benchmarks.run`: ``python -m benchmarks.job '{"job": …}'``. The last line of the output is JSON. Memory
is the largest resident set of this process or of any it waited for, whichever is larger; processor seconds are those
of all of them, which a busy machine hardly changes.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def copy_as_text(order: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a CSV to Parquet with every column as text: the floor no reading of the file can go below."""
    import duckdb

    source, target = Path(order["source"]), Path(order["target"])
    with duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "1500MB"}) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(
            "copy (select * from read_csv($source, header = true, skip = $skip, all_varchar = true, delim = ',', "
            f"quote = '\"', strict_mode = false)) to '{target}' (format parquet, compression zstd)",
            {"source": str(source), "skip": order["skip"]},
        )
        rows = connection.execute(f"select count(*) from '{target}'").fetchone()
    return {"rows": rows[0] if rows else 0}


def run_stage(order: Mapping[str, Any]) -> dict[str, Any]:
    """Run one stage of an evaluation."""
    from fundeval.core.context import RunContext
    from fundeval.core.fundyear import FundYear
    from fundeval.core.rooms import Rooms
    from fundeval.pipeline import run_stage as run

    fund_year = FundYear(order["fund"], order["year"])
    return dict(
        run(order["stage"], RunContext(fund_year, Path(order["sources"]), Rooms(Path(order["out"])), "bench"))
    )


def run_dag(order: Mapping[str, Any]) -> dict[str, Any]:
    """Run the DAG the way ``make run`` does."""
    command = [
        sys.executable,
        "-m",
        "fundeval.airflow.run",
        "--fund",
        order["fund"],
        "--year",
        str(order["year"]),
    ]
    command += ["--sources", order["sources"], "--out", order["out"]]
    return _called(command)


def run_pandas(order: Mapping[str, Any]) -> dict[str, Any]:
    """Do the same work with pandas and Great Expectations."""
    return _called(
        [sys.executable, "-m", "benchmarks.peers.pandas_ge", json.dumps(order, ensure_ascii=False)]
    )


def run_dbt(order: Mapping[str, Any]) -> dict[str, Any]:
    """Do the part dbt covers: type the export, count vouchers, sum and test them."""
    target = Path(order["target"])
    target.mkdir(parents=True, exist_ok=True)
    project = Path(__file__).parent / "peers" / "dbt"
    variables = {name: order[name] for name in ("source", "skip", "fund_name", "year")}
    command = [
        order["dbt"],
        "build",
        "--quiet",
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
    ]
    command += ["--target-path", str(target / "target"), "--log-path", str(target / "logs")]
    command += ["--vars", json.dumps(variables, ensure_ascii=False)]
    return _called(command, {"BENCH_DATABASE": str(target / "vouchers.duckdb"), "DO_NOT_TRACK": "1"})


def _called(command: list[str], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a command; its output goes to stderr, because the last line of stdout is this job's own."""
    subprocess.run(command, check=True, stdout=sys.stderr, env={**os.environ, **(environment or {})})
    return {}


JOBS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "floor": copy_as_text,
    "stage": run_stage,
    "dag": run_dag,
    "pandas": run_pandas,
    "dbt": run_dbt,
}


def main() -> None:
    """Do the job the first argument describes."""
    order = json.loads(sys.argv[1])
    started = time.perf_counter()
    result = JOBS[order["job"]](order)
    seconds = time.perf_counter() - started
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told = {
        "seconds": seconds,
        "cpu_seconds": sum(each.ru_utime + each.ru_stime for each in used),
        "peak_mb": max(each.ru_maxrss for each in used) / 1024,
        "result": result,
    }
    print(json.dumps(told, ensure_ascii=False, default=str))


if __name__ == "__main__":
    main()
