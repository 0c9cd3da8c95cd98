"""Killed at any point and started again, a run ends in the release an undisturbed one ends in, byte for byte."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.context import RunContext
from fundeval.core.rooms import LAYERS, Rooms, file_sha256
from fundeval.pipeline import STAGES, run_all, run_stage
from support.killed_stage import MOMENTS, run_killed
from support.release import releases
from support.sample_sources import SAMPLE, copy_sample

NAMES = [stage.name for stage in STAGES]
# What release.json says of when and by which run, and the hashes that contain it.
OF_ITS_OWN = {"run_id", "published_at"}


@dataclass(frozen=True)
class Pair:
    """Two evaluations of the same sources.

    Attributes:
        undisturbed: The one nobody touched.
        disturbed: The one whose every stage was killed at every moment and then started again.
        deaths: Stage and moment to how the killed process ended.
        releases_after: Stage to the number of releases after it had at last been left in peace.
    """

    undisturbed: RunContext
    disturbed: RunContext
    deaths: dict[tuple[str, str], int]
    releases_after: dict[str, int]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    root = tmp_path_factory.mktemp("killed")
    undisturbed = RunContext(SAMPLE, copy_sample(root / "sources"), Rooms(root / "undisturbed"), "one")
    assert run_all(undisturbed)[1] == {}
    disturbed = replace(undisturbed, rooms=Rooms(root / "disturbed"), run_id="two")
    deaths, releases_after = {}, {}
    for stage in NAMES:
        for moment in MOMENTS:
            deaths[stage, moment] = run_killed(stage, disturbed, moment)
        run_stage(stage, disturbed)
        releases_after[stage] = len(published(disturbed))
    return Pair(undisturbed, disturbed, deaths, releases_after)


def published(context: RunContext) -> list[Path]:
    found = releases(context.rooms.root, SAMPLE.fund, SAMPLE.year)
    return [release.path for release in found]


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in found}


def manifest(release: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((release / "release.json").read_text(encoding="utf-8"))
    return {name: value for name, value in content.items() if name not in OF_ITS_OWN}


@pytest.mark.parametrize("stage", NAMES)
@pytest.mark.parametrize("moment", ["start", "middle"])
def test_the_process_of_the_stage_was_killed(pair: Pair, stage: str, moment: str) -> None:
    assert pair.deaths[stage, moment] == -signal.SIGKILL


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES if stage.footprint])
def test_it_was_killed_when_all_was_written_too(pair: Pair, stage: str) -> None:
    assert pair.deaths[stage, "end"] == -signal.SIGKILL


def test_every_table_is_the_same(pair: Pair) -> None:
    for layer in LAYERS:
        assert files(pair.disturbed.run.path / layer) == files(pair.undisturbed.run.path / layer)


def test_the_release_is_the_same_byte_for_byte(pair: Pair) -> None:
    (before,), (after,) = published(pair.undisturbed), published(pair.disturbed)
    expected, found = files(before), files(after)
    assert found.keys() == expected.keys()
    assert {name for name in found if found[name] != expected[name]} == {"release.json"}
    assert manifest(after) == manifest(before)


def test_nothing_half_done_is_left_lying_about(pair: Pair) -> None:
    hidden = list(pair.disturbed.run.path.rglob(".*"))
    assert hidden == []


def test_a_kill_never_makes_a_second_release_or_half_of_one(pair: Pair) -> None:
    assert set(pair.releases_after.values()) == {0, 1}
    assert pair.releases_after["publish"] == 1
    left = [path.name for path in published(pair.disturbed)[0].parent.iterdir()]
    assert [name for name in left if name.startswith(".publishing")] == []
