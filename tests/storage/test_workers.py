"""A year evaluated by workers that share no disk: each stage on another, one dying; then a correction on a new one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from fundeval import reuse
from fundeval.cli import main
from fundeval.core.context import RunContext
from fundeval.core.fundyear import FundYear
from fundeval.core.rooms import Rooms, file_sha256
from fundeval.pipeline import STAGES, run_all, run_stage
from fundeval.release.trail import verify_trail
from fundeval.release.versions import verify_chain
from fundeval.storage.address import open_rooms
from fundeval.storage.objects import Objects
from storage.conftest import serving_database
from support.evaluation import register_fund
from support.fundgen import Size, generate
from support.object_store import ObjectStore, workers
from support.sample_sources import correct_service_indicator

pytestmark = pytest.mark.servers
YEAR, TITLE = FundYear("small-fund", 2024), "小额专项资金"
SMALL = Size(
    software=2, hardware=1, services=1, classified=3, units=2, vouchers=10, respondents=35, targets=2
)
RUN, CORRECTION = "first", "corrected"
# The stage whose worker dies when all it has made is sent and the record is not.
DYING = "score"


class WorkerDied(BaseException):
    """Stands for SIGKILL: nothing of the program may hold it up."""


@dataclass(frozen=True)
class Evaluated:
    """What was seen.

    Attributes:
        url: The storage root in the store.
        mirrors: Folder of the workers' copies.
        local: The same year in a run on a local disk, up to its dataset.
        corrected: What the correction's stages returned.
        cleared: What the stage returned that was done again on an empty worker after the death of its own.
    """

    url: str
    mirrors: Path
    local: RunContext
    corrected: dict[str, dict[str, Any]]
    cleared: dict[str, Any]

    def rooms(self, name: str = "looker") -> Rooms:
        """Return the rooms as another worker sees them, its copies up to date."""
        rooms = open_rooms(self.url, self.mirrors / name)
        rooms.bring(rooms.root / "releases", rooms.root / "releases-private")
        return rooms


@pytest.fixture(scope="module")
def evaluated(
    store: ObjectStore, postgres: sa.Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evaluated]:
    root = tmp_path_factory.mktemp("workers")
    with serving_database(postgres), pytest.MonkeyPatch.context() as patch:
        # The code for the same throughout, whoever edits it while the tests run; no PDF, which costs a LibreOffice.
        patch.setattr(reuse, "code_sha256", lambda: "this code")
        patch.setenv("PATH", str(root / "nothing"))
        register_fund(root / "funds", YEAR.fund, TITLE)
        patch.setenv("FUNDEVAL_FUNDS", str(root / "funds"))
        yield _evaluate(store.new_root(), root)


def _evaluate(url: str, root: Path) -> Evaluated:
    worker = workers(url, root / "mirrors")
    sources = root / "sources"
    generate(TITLE, YEAR.year, 1, SMALL).write(sources)
    local = RunContext(YEAR, sources, Rooms(root / "local"), RUN)
    cleared: dict[str, Any] = {}
    for number, stage in enumerate(STAGES):
        if stage.name not in ("write_report", "publish"):
            run_stage(stage.name, local)
        at_work = replace(local, rooms=worker(("first", "second")[number % 2]))
        if stage.name == DYING:
            _die_before_the_record(replace(at_work, rooms=worker("dying")))
            cleared = run_stage(stage.name, replace(local, rooms=worker("after-death")))
        else:
            run_stage(stage.name, at_work)
    correct_service_indicator(sources, 1)
    third = replace(local, rooms=worker("third"), run_id=CORRECTION, only=("service_indicators",))
    corrected, errors = run_all(third)
    assert errors == {}
    return Evaluated(url, root / "mirrors", local, corrected, cleared)


def _die_before_the_record(context: RunContext) -> None:
    put = Objects.put

    def dying_put(self: Objects, sources: Any) -> None:
        if any(name.endswith(f"/stages/{DYING}.json") for name in sources):
            raise WorkerDied
        put(self, sources)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Objects, "put", dying_put)
        with pytest.raises(WorkerDied):
            run_stage(DYING, context)


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in found}


def command(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_the_dataset_is_that_of_a_local_disk_byte_for_byte(evaluated: Evaluated) -> None:
    release = evaluated.rooms().releases(YEAR) / "v1"
    assert files(release / "dataset") == files(evaluated.local.run.path / "draft" / "dataset")
    assert files(release / "evidence") == files(evaluated.local.run.path / "draft" / "evidence")


def test_a_stage_whose_record_was_never_sent_is_done_again(evaluated: Evaluated) -> None:
    assert not evaluated.cleared["unchanged"]


def test_a_correction_on_an_empty_worker_reads_only_what_was_asked_for(evaluated: Evaluated) -> None:
    read = {name for name, result in evaluated.corrected.items() if not result["unchanged"]}
    assert "ingest.service_indicators" in read
    assert not {name for name in read if name.startswith("ingest.")} - {"ingest.service_indicators"}


def test_a_correction_publishes_the_next_version_with_before_and_after(evaluated: Evaluated) -> None:
    published = evaluated.corrected["publish"]
    assert (published["version"], published["changes"]["before"], published["changes"]["after"]) == (2, 1, 2)
    assert published["changes"]["inputs"] == ["运维服务指标.xlsx"]
    assert (evaluated.rooms().releases(YEAR) / "v2" / "changes").is_dir()


def test_releases_and_trail_are_whole(evaluated: Evaluated) -> None:
    rooms = evaluated.rooms()
    assert verify_chain(rooms, YEAR) == []
    assert verify_trail(rooms) == []


def test_operators_commands_take_the_address(evaluated: Evaluated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDEVAL_MIRROR", str(evaluated.mirrors / "operator"))
    listed = json.loads(command("releases", "--out", evaluated.url, "--json").stdout)
    assert [(one["version"], one["path"].startswith(evaluated.url)) for one in listed] == [
        (1, True),
        (2, True),
    ]
    checked = command("verify", "--out", evaluated.url)
    assert (checked.exit_code, "核对了 2 个版本,全部一致" in checked.stdout) == (0, True)
    told = command("diff", *_named(), "--out", evaluated.url, "1", "2").stdout
    assert "运维服务指标.xlsx" in told
    trail = command("audit", "verify", "--out", evaluated.url)
    assert (trail.exit_code, "完好" in trail.stdout) == (0, True)
    explained = command("explain", "--release", f"{evaluated.url}/releases/{YEAR}/v2", "execution_rate")
    assert "存档 archive/" in explained.stdout
    private = command("explain", "--release", f"{evaluated.url}/releases/{YEAR}/v1", "paid", "--private")
    assert private.exit_code == 0


def test_a_withdrawal_is_seen_by_every_worker(evaluated: Evaluated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNDEVAL_MIRROR", str(evaluated.mirrors / "withdrawing"))
    asked = ("withdraw", *_named(), "--out", evaluated.url, "2", "--reason", "指标有误", "--by", "张三")
    assert command(*asked).exit_code == 0
    assert "已经撤回过" in command(*asked).output
    monkeypatch.setenv("FUNDEVAL_MIRROR", str(evaluated.mirrors / "looking"))
    assert "已撤回:指标有误" in command("releases", "--out", evaluated.url).stdout
    assert verify_trail(evaluated.rooms()) == []


def _named() -> tuple[str, ...]:
    return "--fund", YEAR.fund, "--year", str(YEAR.year)
