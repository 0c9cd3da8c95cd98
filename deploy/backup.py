"""Back up an installation and restore it: both databases, storage and inbox, verified before anything is believed.

    python deploy/backup.py save    /backup/2031-02-01
    python deploy/backup.py restore /backup/2031-02-01

What belongs to the installation is read from the environment the components have. PostgreSQL's own tools do the
databases (pg_dump, pg_restore); SQLite, as "make up" uses it, is copied by its backup interface. A storage root in an
object store is not copied here: its own versions and replicas keep it; a restore holds it against the audit trail.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import sqlalchemy as sa
from create_database import main as create_database

from fundeval.core.rooms import Rooms, file_sha256
from fundeval.release.serving.database import database_url
from fundeval.release.trail import verify_trail
from fundeval.release.versions import released_fund_years, verify_chain
from fundeval.storage.address import open_rooms

LIST = "backup.json"
_AIRFLOW = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"


@dataclass(frozen=True)
class Installation:
    """Where an installation keeps what must not be lost.

    Attributes:
        databases: Address of each database by the name of its backup.
        folders: Each folder by the name of its backup.
        rooms: The storage root, among the folders unless it is in a store.
    """

    databases: dict[str, sa.URL]
    folders: dict[str, Path]
    rooms: Rooms

    @staticmethod
    def configured() -> Installation:
        """Return what the environment names."""
        rooms = open_rooms(_variable("FUNDEVAL_STORAGE"))
        storage = {"storage": rooms.root} if rooms.store is None else {}
        return Installation(
            {"airflow": sa.make_url(_variable(_AIRFLOW)), "serving": database_url(rooms)},
            {**storage, "inbox": Path(_variable("FUNDEVAL_INBOX"))},
            rooms,
        )


@click.group(help="备份和恢复:两个数据库、存放位置和收件箱。")
def main() -> None:
    """Group the two commands."""


@main.command(help="备份到一个还不存在的文件夹。运行中的评价不必停止。")
@click.argument("target", type=click.Path(path_type=Path))
def save(target: Path) -> None:
    """Write a backup; it appears whole or not at all."""
    if target.exists():
        raise click.ClickException(f"“{target}”已经存在:每次备份请用新的文件夹。")
    installation = Installation.configured()
    with _appearing(target) as partial:
        # The databases first: whatever they tell of a run, its folder was there before and is in what is copied after.
        for name, url in installation.databases.items():
            click.echo(f"备份数据库 {name} …")
            _dump(url, partial / f"{name}.dump")
        for name, folder in installation.folders.items():
            click.echo(f"备份文件夹 {folder} …")
            _pack(folder, partial / f"{name}.tar")
        hashes = {path.name: file_sha256(path) for path in sorted(partial.iterdir())}
        (partial / LIST).write_text(json.dumps(hashes, indent=2), encoding="utf-8")
    if installation.rooms.store is not None:
        click.echo(
            f"存放位置 {installation.rooms.store.url} 不在备份中:请用对象存储自身的版本控制和异地复制保护。"
        )
    click.echo(f"备份完成:{target}。密钥(.env 或 Kubernetes Secret)不在其中,请另行保管。")


@main.command(help="恢复到空的数据库和空的文件夹,并逐个核对发布版本和审计记录。")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(source: Path) -> None:
    """Restore a backup and hold every release and the audit trail against each other."""
    _require_intact(source)
    installation = Installation.configured()
    # A new server has Airflow's database only; at an ordinary start it is deploy/init.sh that makes the other.
    create_database(installation.databases["serving"].render_as_string(hide_password=False))
    _require_empty(installation)
    for name, folder in installation.folders.items():
        click.echo(f"恢复文件夹 {folder} …")
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(source / f"{name}.tar") as archive:
            archive.extractall(folder, filter="tar")
    for name, url in installation.databases.items():
        click.echo(f"恢复数据库 {name} …")
        _load(url, source / f"{name}.dump")
    rooms = installation.rooms
    rooms.bring(rooms.root / "releases")
    years = sorted(released_fund_years(rooms))
    faults = verify_trail(rooms) + [
        f"{year} {fault}" for year in years for fault in verify_chain(rooms, year)
    ]
    if faults:
        raise click.ClickException("恢复后核对发现不符:\n" + "\n".join(faults))
    click.echo(f"恢复完成:{len(years)}个资金年度的发布版本和审计记录核对无误。")


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """Give a folder to fill that gets its name when all went well; what did not is removed."""
    partial = target.with_name(f".{target.name}.partial")
    # One whose process was killed is still there.
    shutil.rmtree(partial, ignore_errors=True)
    # It holds what the storage keeps from most: rows of classified projects, the private half of the evidence.
    partial.mkdir(parents=True, mode=0o700)
    try:
        yield partial
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise click.ClickException(f"没有设置环境变量 {name}:请在部署的环境中执行,例如 docker compose exec。")
    return value


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _dump(url: sa.URL, target: Path) -> None:
    if not _is_sqlite(url):
        _postgres("pg_dump", "--format=custom", "--no-owner", f"--file={target}", url=url)
        return
    if Path(url.database or "").is_file():
        with closing(sqlite3.connect(url.database or "")) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    else:
        target.touch()


def _load(url: sa.URL, source: Path) -> None:
    if not _is_sqlite(url):
        _postgres("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(source), url=url)
    elif source.stat().st_size:
        Path(url.database or "").write_bytes(source.read_bytes())


def _postgres(program: str, *arguments: str, url: sa.URL) -> None:
    """Run a tool of PostgreSQL's; the password goes by its environment, where no process list shows it."""
    # "set" takes None for "as it is", and would leave three asterisks for a password.
    address = url.set(drivername="postgresql")._replace(password=None).render_as_string()
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    try:
        subprocess.run([program, f"--dbname={address}", *arguments], env=environment, check=True)
    except FileNotFoundError:
        raise click.ClickException(f"找不到 {program}:请安装 postgresql-client。") from None
    except subprocess.CalledProcessError as error:
        raise click.ClickException(f"{program} 失败(返回 {error.returncode}),见上面的提示。") from None


def _pack(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        for path in _members(folder):
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False)


def _members(folder: Path) -> Iterator[Path]:
    """Yield what is backed up of a folder, parents first.

    Hidden names are what a task is just writing. The embedded serving database is copied by itself.
    """
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if not hidden and not (len(relative.parts) == 1 and relative.name.startswith("serving.sqlite")):
            yield path


def _require_intact(source: Path) -> None:
    try:
        listed: dict[str, str] = json.loads((source / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise click.ClickException(f"“{source}”不是完整的备份:没有完好的 {LIST}。") from None
    wrong = [
        name
        for name, sha256 in listed.items()
        if not (source / name).is_file() or file_sha256(source / name) != sha256
    ]
    if wrong:
        raise click.ClickException(f"备份已损坏,没有恢复任何内容:{'、'.join(wrong)}。")


def _require_empty(installation: Installation) -> None:
    full = [
        str(folder) for folder in installation.folders.values() if folder.is_dir() and any(folder.iterdir())
    ]
    full += [url.render_as_string() for url in installation.databases.values() if _has_tables(url)]
    if full:
        raise click.ClickException(f"恢复只在空的位置进行,这些位置已有内容:{'、'.join(full)}。")


def _has_tables(url: sa.URL) -> bool:
    if _is_sqlite(url):
        return Path(url.database or "").is_file()
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"))
    try:
        return bool(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
