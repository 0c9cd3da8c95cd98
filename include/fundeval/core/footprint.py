"""What a stage stands on and what it leaves: the record by which finished work is known to still hold.

A stage that ended well leaves ``stages/<stage>.json`` in the run's folder: the sha256 of everything it depended on
and of every file it wrote. While both are as recorded, doing the work again would give the same files. The record
is taken away before the work begins, so a stage that was killed has none.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fundeval.core.places import funds_folder, sql_folder
from fundeval.core.rooms import DATA_DOCS, LAYERS, RunFolder, file_sha256, write_json

_RECORDS = "stages"
_PACKAGE = Path(__file__).resolve().parents[1]
# The packages whose code decides what a run computes; how it is started and shown (airflow, cli) does not.
_ROOMS = ("core", "sources", "quality", "measures", "scoring", "report", "release")


@dataclass(frozen=True)
class Footprint:
    """What a stage depends on and what it writes.

    Attributes:
        reads: Patterns of the run's files it reads, relative to the run's folder; ``**`` goes into folders.
        writes: Patterns of the files it writes, which are never among those it reads.
        outside: Everything else its work depends on, by name, as hashes or texts: source files, scheme, code.
    """

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    outside: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptFile:
    """A file as a stage left it: sha256, and size and time of change by which it is known without reading it."""

    sha256: str
    bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class StageRecord:
    """What a stage stood on when it ended well, and what it left.

    Attributes:
        inputs: Name of each file read, or of each thing outside the run, to its hash.
        outputs: Path of each file written, relative to the run's folder.
        result: What the stage returned.
    """

    inputs: Mapping[str, str]
    outputs: Mapping[str, KeptFile]
    result: Mapping[str, Any]

    def is_intact(self, run: RunFolder) -> bool:
        """Tell whether every file the stage left is there as it left it."""
        return all(_hash(run.path / name, kept) == kept.sha256 for name, kept in self.outputs.items())


def inputs_of(run: RunFolder, footprint: Footprint) -> dict[str, str]:
    """Return the hash of everything a stage would stand on if it ran now."""
    written = set(_matching(run, footprint.writes))
    known = known_files(run.path)
    files = {
        name: _hash(run.path / name, known.get(name))
        for name in _matching(run, footprint.reads)
        if name not in written
    }
    return {**files, **footprint.outside}


def changed_inputs(record: StageRecord, inputs: Mapping[str, str]) -> list[str]:
    """Return the names of what came, went or changed since the record was made, sorted."""
    names = {*record.inputs, *inputs}
    return sorted(name for name in names if record.inputs.get(name) != inputs.get(name))


def read_record(run: RunFolder, stage: str) -> StageRecord | None:
    """Return the record of a stage; None where it never ended well since it last began."""
    return _read_record(_record_path(run, stage))


def _read_record(path: Path) -> StageRecord | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    outputs = {name: KeptFile(**kept) for name, kept in content["outputs"].items()}
    return StageRecord(content["inputs"], outputs, content["result"])


def known_files(run: Path) -> dict[str, KeptFile]:
    """Return what the records in a run's folder say of its files, so that a big table is hashed once."""
    known: dict[str, KeptFile] = {}
    for path in (run / _RECORDS).glob("[!.]*.json"):
        record = _read_record(path)
        known.update(record.outputs if record else {})
    return known


def clear(run: RunFolder, stage: str, footprint: Footprint) -> None:
    """Take the record of a stage and what it left away, before its work begins.

    A file that was damaged, or that this time is not written, must not be taken for what the work left. What a
    killed attempt was about to put in place lies hidden beside it and goes as well.
    """
    record = _record_path(run, stage)
    record.unlink(missing_ok=True)
    for left in record.parent.glob(f".{record.name}.*"):
        _remove(left)
    for name in _matching(run, footprint.writes):
        (run.path / name).unlink()
    for pattern in footprint.writes:
        place = Path(pattern.partition("/**")[0])
        for left in run.path.glob((place.parent / f".{place.name}.*").as_posix()):
            _remove(left)


def sweep(run: RunFolder) -> None:
    """Remove the workspaces that killed attempts left; only when no stage of the run is at work."""
    for left in run.path.glob(".*"):
        _remove(left)


def keep(
    run: RunFolder, stage: str, footprint: Footprint, inputs: Mapping[str, str], result: Mapping[str, Any]
) -> None:
    """Record that a stage ended well: what it stood on, every file it left and what it returned."""
    outputs = {name: vars(_kept(run.path / name)) for name in _matching(run, footprint.writes)}
    write_json(
        _record_path(run, stage),
        {"stage": stage, "inputs": dict(inputs), "outputs": outputs, "result": dict(result)},
    )


def seed(run: RunFolder, base: RunFolder) -> None:
    """Give a new run everything a finished one has left, with the records that say so.

    Tables are linked and not copied: a table is only ever replaced under its name, never written into, so the
    finished run stays what it is. Where the storage knows no links, and for everything else, files are copied.
    """
    for source in sorted(path for path in base.path.rglob("*") if path.is_file()):
        name = source.relative_to(base.path)
        if _is_inherited(name):
            target = run.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            _link_or_copy(source, target, link=name.parts[0] in LAYERS)


def code_sha256() -> str:
    """Return one hash over the library and the SQL it runs: contracts, rules, models, templates, code."""
    return _folder_sha256(*(_PACKAGE / room for room in _ROOMS), sql_folder())


def fund_sha256(fund: str) -> str:
    """Return one hash over what is registered of a fund: description, schemes, waivers."""
    return _folder_sha256(funds_folder() / fund)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_inherited(name: Path) -> bool:
    hidden = any(part.startswith(".") for part in name.parts)
    return not hidden and name.parts[0] in (*LAYERS, _RECORDS, "draft", DATA_DOCS)


def _link_or_copy(source: Path, target: Path, *, link: bool) -> None:
    if link:
        with suppress(OSError):
            target.hardlink_to(source)
            return
    # With its time of change, by which the record knows the file.
    shutil.copy2(source, target)


def _record_path(run: RunFolder, stage: str) -> Path:
    return run.path / _RECORDS / f"{stage}.json"


def _matching(run: RunFolder, patterns: Iterable[str]) -> Iterator[str]:
    """Yield the files a pattern names, each once; hidden ones are what an interrupted write left."""
    found = {
        path.relative_to(run.path)
        for pattern in patterns
        for path in run.path.glob(pattern)
        if path.is_file()
    }
    names = (name for name in found if not any(part.startswith(".") for part in name.parts))
    yield from sorted(name.as_posix() for name in names)


def _hash(path: Path, kept: KeptFile | None) -> str:
    """Return a file's sha256, from the record where size and time of change are those recorded; '' without a file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return ""
    if kept is not None and (status.st_size, status.st_mtime_ns) == (kept.bytes, kept.mtime_ns):
        return kept.sha256
    return file_sha256(path)


def _kept(path: Path) -> KeptFile:
    status = path.stat()
    return KeptFile(file_sha256(path), status.st_size, status.st_mtime_ns)


def _folder_sha256(*folders: Path) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for name, content in _contents(folder):
            digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file below a folder; every stage asks, so this is the quick way to do it."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        within = os.path.relpath(place, folder)
        for name in sorted(names):
            with open(f"{place}/{name}", "rb") as handle:  # noqa: PTH123 - a Path per file takes longer than its hash
                yield f"{within}/{name}", handle.read()
