"""The same inputs and code give the same release, byte for byte, whoever runs it, when and where."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fundeval.core.places import samples_folder

FUND, YEAR = "changde-smart-city", "2022"
# All that tells two runs of the same inputs apart.
OF_THE_RUN = {"run_id", "published_at"}


def release_of_a_run(root: Path, run_id: str, **environment: str) -> Path:
    """Evaluate the bundled year in a process of its own and return its release."""
    command = [
        sys.executable,
        "-c",
        "from fundeval.cli import main; main()",
        "run",
        "--fund",
        FUND,
        "--year",
        YEAR,
    ]
    command += [
        "--sources",
        str(samples_folder() / FUND / YEAR),
        "--out",
        str(root),
        "--run-id",
        run_id,
        "--json",
    ]
    inherited = {name: value for name, value in os.environ.items() if name != "FUNDEVAL_FUNDS"}
    done = subprocess.run(
        command, env={**inherited, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(json.loads(done.stdout)["release"])


def files_of(release: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(release)): path.read_bytes() for path in release.rglob("*") if path.is_file()
    }


@pytest.mark.office
@pytest.mark.timeout(900)
def test_two_runs_in_other_places_zones_and_with_other_names_publish_the_same_bytes(tmp_path: Path) -> None:
    first = files_of(release_of_a_run(tmp_path / "one", "a", TZ="Asia/Shanghai", PYTHONHASHSEED="1"))
    second = files_of(
        release_of_a_run(
            tmp_path / "in" / "two", "manual__b", TZ="America/New_York", PYTHONHASHSEED="2", LC_ALL="C"
        )
    )
    manifests: list[dict[str, Any]] = [json.loads(files.pop("release.json")) for files in (first, second)]
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    kinds = {name.rpartition(".")[2] for name in first}
    assert kinds >= {"docx", "pdf", "xlsx", "csv", "parquet", "html", "json", "md"}
    with zipfile.ZipFile(
        tmp_path / "one" / "releases" / FUND / YEAR / "v1" / "report" / "report.docx"
    ) as word:
        assert sum(name.endswith(".png") for name in word.namelist()) == 5
    differing = {name for name in manifests[0] if manifests[0][name] != manifests[1][name]}
    assert differing == OF_THE_RUN
