"""``python -m fundeval.airflow.service``: Airflow with its UI, started and stopped as one thing.

The four components are started here and not by ``airflow standalone``: that leaves them running when it is
ended, and its log servers listen on every network interface. Each component leads a session of its own,
so that whatever it starts can be found and ended with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
import psutil  # type: ignore[import-untyped]

from fundeval.airflow import environment
from fundeval.airflow.contexts import INBOX_VARIABLE, STORAGE_VARIABLE
from fundeval.airflow.database import prepare_database
from fundeval.airflow.processes import Service, end_sessions
from fundeval.storage.address import is_url

DATABASE = "service.db"
COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    # Logs are read from the disk here; the log servers cannot be bound to the loopback interface alone.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
_HEALTHY = ("metadatabase", "scheduler", "dag_processor", "triggerer")
_START_SECONDS = 180
_STOP_SECONDS = 20


@click.group(help="在本机启动或停止带界面的 Airflow。")
def main() -> None:
    """Group the two commands."""


@main.command(help="启动 Airflow 及其界面,按 Ctrl-C 停止。")
@click.option("--host", default="127.0.0.1", show_default=True, help="界面监听的地址。")
@click.option("--port", default=8080, show_default=True, type=int, help="界面监听的端口。")
@click.option("--inbox", type=click.Path(path_type=Path), help="收件箱:<收件箱>/<资金>/<年度> 下放来源文件。")
@click.option("--storage", help="存放归档、运行数据和发布成果的文件夹,或对象存储中的地址(如 s3://桶/前缀)。")
def up(host: str, port: int, inbox: Path | None, storage: str | None) -> None:
    """Start everything, say where to log in, and stay until told to stop or until a component ends."""
    _require_free(host, port)
    address = _address(host, port)
    home = _configure(host, port, address, inbox, storage)
    _require_stopped(home)
    click.echo("准备数据库 …")
    prepare_database()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with _components(home) as processes:
        ready = _wait_until(lambda: _is_healthy(address), processes, stopping)
        if ready:
            _say_where(home, address)
            _wait_until(lambda: False, processes, stopping, seconds=None)
        ended = [name for name, process in processes.items() if process.poll() is not None]
    if ended or not (ready or stopping.is_set()):
        raise click.ClickException(_failure_text(home, ended))
    click.echo("Airflow 已停止。")


@main.command(help="停止由 up 启动的 Airflow。")
def down() -> None:
    """Stop the running service; end what a killed supervisor left behind."""
    home = environment.airflow_home()
    service = Service.recorded(home)
    if service is None:
        click.echo("Airflow 没有在运行。")
        return
    supervisor = service.supervisor()
    if supervisor is not None:
        supervisor.terminate()
        psutil.wait_procs([supervisor], timeout=2 * _STOP_SECONDS)
    service.end(home)
    click.echo("Airflow 已停止。")


def _require_free(host: str, port: int) -> None:
    """Refuse a port that is taken: an older server there would answer for the one being started."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise click.ClickException(
                f"{host}:{port} 已被占用:请先停止占用它的程序(make down),或换一个端口(make up PORT=8081)。"
            ) from None


def _require_stopped(home: Path) -> None:
    service = Service.recorded(home)
    if service is None:
        return
    if service.supervisor() is not None:
        raise click.ClickException("Airflow 已在运行:请先执行 make down。")
    service.end(home)


def _address(host: str, port: int) -> str:
    """Return where this machine reaches the UI; what listens everywhere is reached by the loopback interface."""
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"


def _configure(host: str, port: int, address: str, inbox: Path | None, storage: str | None) -> Path:
    chosen = {
        "AIRFLOW__API__HOST": host,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
    }
    os.environ.update(chosen)
    if inbox is not None:
        os.environ[INBOX_VARIABLE] = str(inbox.resolve())
    if storage is not None:
        os.environ[STORAGE_VARIABLE] = storage if is_url(storage) else str(Path(storage).resolve())
    home = environment.configure(DATABASE)
    environment.password(home)
    return home


@contextlib.contextmanager
def _components(home: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Start every component with its output in a file of its own; end all of them with the block."""
    logs = home / "logs" / "service"
    logs.mkdir(parents=True, exist_ok=True)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in COMPONENTS.items():
            with (logs / f"{name}.log").open("ab") as log:
                processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "airflow", *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        Service.record(home, [process.pid for process in processes.values()])
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        _wait_for_end(processes.values())
        end_sessions([process.pid for process in processes.values()])
        for process in processes.values():
            process.wait()
        Service.forget(home)


def _wait_for_end(processes: Iterable[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.1, deadline - time.monotonic()))


def _wait_until(
    reached: Callable[[], bool],
    processes: dict[str, subprocess.Popen[bytes]],
    stopping: threading.Event,
    seconds: float | None = _START_SECONDS,
) -> bool:
    """Wait until ``reached``; give up when told to stop, when a component ends, or after ``seconds``."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while not stopping.wait(0.5):
        if any(process.poll() is not None for process in processes.values()):
            return False
        if reached():
            return True
        if deadline is not None and time.monotonic() > deadline:
            return False
    return False


def _is_healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    return all((health.get(part) or {}).get("status") == "healthy" for part in _HEALTHY)


def _say_where(home: Path, address: str) -> None:
    click.echo(
        f"Airflow 已就绪。\n"
        f"  地址:   {address}\n"
        f"  用户名: {environment.USER}\n"
        f"  密码:   {environment.password(home)}\n"
        f"登录后在 DAG 列表中打开“年终绩效评价”,点“触发”,填写专项资金和评价年度即可。\n"
        f"收件箱:   {os.environ.get(INBOX_VARIABLE, '未配置')}\n"
        f"存放位置: {os.environ.get(STORAGE_VARIABLE, '未配置')}\n"
        f"运行日志:{home / 'logs'}。按 Ctrl-C 或在另一终端执行 make down 停止。"
    )


def _failure_text(home: Path, ended: list[str]) -> str:
    which = "、".join(ended) if ended else "全部组件"
    reason = "意外退出" if ended else f"在 {_START_SECONDS} 秒内没有就绪"
    return f"{which}{reason},Airflow 已全部停止:请查看 {home / 'logs' / 'service'} 下的日志。"


if __name__ == "__main__":
    main()
