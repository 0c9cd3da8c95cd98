"""Writing the two halves of the evidence: one into the draft, one beside the releases."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from fundeval.core.errors import ReleaseError
from fundeval.core.funds import load_scheme
from fundeval.core.rooms import Rooms, RunFolder, file_sha256, replacing, write_json
from fundeval.release.dictionary import Dictionary
from fundeval.release.evidence.figures import figures_of
from fundeval.release.evidence.rows import write_private_rows, write_public_rows
from fundeval.release.fields import Dataset
from fundeval.release.versions import Release, read_json
from fundeval.report.provenance import FIGURES, ROWS, figures_json
from fundeval.storage.work import push

PUBLIC = "evidence"
PRIVATE_ROOM = "releases-private"
PRIVATE_MANIFEST = "private.json"
_OWNER_ONLY_FOLDER, _OWNER_ONLY_FILE = 0o700, 0o400


def write_public_half(run: RunFolder, dictionary: Dictionary, dataset: Dataset, folder: Path) -> None:
    """Write ``figures.json`` and ``rows.parquet`` into an existing folder; classified rows are not opened."""
    facts = run.rows("marts", "fund_facts")[0]
    figures = figures_of(dataset, dictionary, load_scheme(run.fund_year), facts)
    (folder / FIGURES).write_text(figures_json(figures), encoding="utf-8")
    write_public_rows(run, folder / ROWS)


def write_private_half(rooms: Rooms, run: RunFolder, dictionary: Dictionary, content_sha256: str) -> Path:
    """Write every row behind a release's figures beside the releases; only the owner may read it.

    It is named by run and content, so that it can be there before its release appears and a try that died is simply
    written again.

    Args:
        rooms: The storage root.
        run: The run that is published.
        dictionary: The dictionary of fields.
        content_sha256: What release.json will say the content is.

    Returns:
        Its folder.

    Raises:
        ReleaseError: The rows of a fact do not add up to it.
    """
    folder = private_folder(rooms, run, run.run_id, content_sha256)
    with replacing(folder) as temporary:
        temporary.mkdir(parents=True, mode=_OWNER_ONLY_FOLDER)
        write_private_rows(run, dictionary, temporary / ROWS)
        write_json(
            temporary / PRIVATE_MANIFEST,
            {
                "fund": run.fund_year.fund,
                "year": run.fund_year.year,
                "run_id": run.run_id,
                "content_sha256": content_sha256,
                "files": [{"path": ROWS, "sha256": file_sha256(temporary / ROWS)}],
            },
        )
        for path in temporary.iterdir():
            path.chmod(_OWNER_ONLY_FILE)
        shutil.rmtree(folder, ignore_errors=True)
    push(rooms, folder)
    return folder


def bring_private_manifest(rooms: Rooms, release: Release) -> None:
    """Bring the list of files of a release's private half, whose hash the audit trail names, from the store."""
    rooms.bring(private_half_of(release) / PRIVATE_MANIFEST)


def private_folder(rooms: Rooms, run: RunFolder, run_id: str, content_sha256: str) -> Path:
    """Return where the private half of a release is kept."""
    year = run.fund_year
    return rooms.root / PRIVATE_ROOM / year.fund / str(year.year) / f"{run_id}-{content_sha256[:16]}"


def private_half_of(release: Release) -> Path:
    """Return the private half of a release that stands in its storage root."""
    manifest = release.manifest
    root = release.path.parents[3]
    name = f"{manifest['run_id']}-{manifest['content_sha256'][:16]}"
    return root / PRIVATE_ROOM / str(manifest["fund"]) / str(manifest["year"]) / name


def private_sha256(release: Release) -> str:
    """Return the hash of the private half's list of files, for the audit trail; empty where there is none."""
    path = private_half_of(release) / PRIVATE_MANIFEST
    return file_sha256(path) if path.is_file() else ""


def verify_private_half(release: Release) -> list[str]:
    """Return a Chinese sentence per file of the private half that is missing or changed.

    Raises:
        ReleaseError: The release has no readable release.json.
    """
    folder = private_half_of(release)
    if not any(entry["path"].startswith(f"{PUBLIC}/") for entry in release.manifest["files"]):
        return []  # published before releases had evidence
    if not (folder / PRIVATE_MANIFEST).is_file():
        return ["非公开部分缺失。"]
    try:
        manifest: dict[str, Any] = read_json(folder / PRIVATE_MANIFEST)
        if manifest["content_sha256"] != release.manifest["content_sha256"]:
            return ["非公开部分属于另一个版本。"]
        return [
            f"非公开部分的“{entry['path']}”缺失或与发布时不一致。"
            for entry in manifest["files"]
            if not (folder / entry["path"]).is_file()
            or file_sha256(folder / entry["path"]) != entry["sha256"]
        ]
    except (ValueError, KeyError) as error:
        raise ReleaseError(f"非公开部分的 {PRIVATE_MANIFEST} 已损坏。") from error
