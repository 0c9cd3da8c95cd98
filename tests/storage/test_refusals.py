"""What an operator is told where the store or the installation cannot be used: a Chinese sentence, nothing secret."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from fundeval.cli import main
from fundeval.core.context import RunContext
from fundeval.core.errors import ConfigurationError
from fundeval.core.fundyear import FundYear
from fundeval.pipeline import run_all
from fundeval.release.serving.configured import URL_VARIABLE
from fundeval.storage.address import open_rooms
from fundeval.storage.errors import StoreRefusedError, StoreUnavailableError
from fundeval.storage.objects import Objects
from support.object_store import ObjectStore, Worker

YEAR = FundYear("changde-smart-city", 2022)


def look(url: str, mirror: Path) -> None:
    rooms = open_rooms(url, mirror)
    rooms.bring(rooms.root / "releases")


def test_a_bucket_that_does_not_exist_is_no_empty_one(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(StoreRefusedError, match="“s3://no-such-bucket/x”不存在"):
        look("s3://no-such-bucket/x", tmp_path)


def test_missing_credentials_are_told(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = store.new_root()
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    kind = type(store.files())
    # As in a process of its own: one that found credentials keeps them, and one that found none stays without.
    kind.clear_instance_cache()
    with pytest.raises(StoreRefusedError, match="没有可用于存放位置“.*”的凭据"):
        look(url, tmp_path)
    kind.clear_instance_cache()


def test_refused_credentials_are_told(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = store.new_root()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("The AWS Access Key Id you provided does not exist in our records.")

    rooms = open_rooms(url, tmp_path)
    monkeypatch.setattr(type(store.files()), "find", refuse)
    with pytest.raises(StoreRefusedError, match="拒绝访问"):
        rooms.bring(rooms.root / "releases")


def test_a_store_that_does_not_answer_may_be_tried_again(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = open_rooms(store.new_root(), tmp_path)

    def hang(*_: object, **__: object) -> None:
        raise TimeoutError("connect timeout")

    monkeypatch.setattr(type(store.files()), "find", hang)
    with pytest.raises(StoreUnavailableError, match="暂时无法使用"):
        rooms.bring(rooms.root / "releases")


def test_an_address_nobody_understands_is_told_by_the_command() -> None:
    done = CliRunner().invoke(main, ["releases", "--out", "nothing://user:geheim@bucket/x"])
    assert done.exit_code == 2
    assert "存放位置“nothing://bucket/x”无法打开" in done.output
    assert "geheim" not in done.output


def test_nothing_secret_of_an_address_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreRefusedError) as caught:
        Objects("nothing://user:geheim@bucket/x?key=geheim")
    assert "geheim" not in str(caught.value)
    assert "geheim" not in "".join(traceback.format_exception_only(caught.value))


@pytest.mark.parametrize("configured", ["", "sqlite:///serving.sqlite"])
def test_without_a_database_server_nothing_begins(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: str
) -> None:
    monkeypatch.setenv(URL_VARIABLE, configured)
    context = RunContext(YEAR, tmp_path / "sources", worker("one"), "run")
    _, errors = run_all(context)
    assert {str(error) for error in errors.values()} == {str(errors["open_run"])}
    assert isinstance(errors["open_run"], ConfigurationError)
    assert "PostgreSQL" in str(errors["open_run"])
    assert not context.run.path.exists()


def test_a_filesystem_that_looks_first_and_then_writes_is_refused(tmp_path: Path) -> None:
    rooms = open_rooms(f"file://{tmp_path / 'root'}", tmp_path / "mirror")
    with pytest.raises(StoreRefusedError, match="不支持“不存在才写入”"):
        rooms.create(rooms.root / "audit" / "000000000001.json", b"{}")
    assert not (tmp_path / "root").exists()


def test_a_store_that_writes_over_what_is_there_is_refused(
    store: ObjectStore, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(store.files())
    whole = kind.pipe_file
    monkeypatch.setattr(kind, "pipe_file", lambda self, path, content, mode="": whole(self, path, content))
    kind.clear_instance_cache()
    rooms = worker("one")
    with pytest.raises(StoreRefusedError, match="不支持“不存在才写入”"):
        rooms.create(rooms.root / "audit" / "000000000001.json", b"{}")
    kind.clear_instance_cache()
