"""A local folder with copies of the part of a store that one process works on.

Every process has its own: what a task that died has left half done is seen by nobody, and what lies in the folder when
work begins is exactly what the store holds. Going from one task to the next costs a link per file, because the
copies themselves are kept for the whole machine (:mod:`fundeval.storage.copies`).
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fundeval.core.rooms import LAYERS
from fundeval.core.store import Choose, Wanted
from fundeval.storage.copies import Copies
from fundeval.storage.errors import StoreUnavailableError
from fundeval.storage.objects import Found, Objects
from fundeval.storage.records import is_record, is_run_record, recorded_times
from fundeval.storage.visible import visible

T = TypeVar("T")
NEWS = "news"
"""Folder of one small object per fund-year that is written anew with every change of it, for whoever looks on."""
# Between listing and getting an object somebody may have changed it.
_TRIES = 5
_NAMED_ONLY = "named only "

Signature = tuple[int, int, int]


class ChangingError(Exception):
    """What was listed was another thing when it was brought."""


@dataclass(frozen=True)
class _Placed:
    """A file as it was put in place: the version it is, and how it looked."""

    version: str
    signature: Signature | None


class Workspace:
    """The local side of a storage root in a store.

    Args:
        root: Folder of this process alone.
        objects: The store.
        copies: The machine's copies of it.
    """

    def __init__(self, root: Path, objects: Objects, copies: Copies) -> None:
        """Begin with nothing in place."""
        self._root, self._objects, self._copies = root, objects, copies
        self._placed: dict[str, _Placed] = {}
        self._lock = threading.RLock()
        self._is_known_exclusive = False
        self._is_there = False

    @property
    def url(self) -> str:
        """Address of the root, without anything secret."""
        return self._objects.url

    def bring(self, name: str, wanted: Wanted | None = None) -> None:
        """Make the local copies of what lies at or below a name what the store holds, removing what it does not.

        Args:
            name: Folder or object.
            wanted: Only these objects; all of them by default.

        Raises:
            StoreRefusedError: The store is not there or refuses who asks.
            StoreUnavailableError: The store does not answer.
        """
        asks = wanted or (lambda _: True)

        def work() -> None:
            listed = self._listed(name)
            self._place({each: found for each, found in listed.items() if asks(each)})
            self._drop(each for each in self._local(name) if each not in listed and asks(each))

        with self._lock:
            self._until_quiet(name, work)

    def bring_chosen(self, name: str, choose: Choose) -> None:
        """Bring what is chosen once it is known what there is; local files the store does not hold are removed.

        Args:
            name: Folder.
            choose: Chooses; objects whose being there is enough get an empty file of their time of change.
        """

        def work() -> None:
            listed = self._listed(name)
            chosen = choose({each: found.changed_at for each, found in listed.items()})
            self._place({each: listed[each] for each, is_brought in chosen.items() if is_brought})
            for each, is_brought in chosen.items():
                if not is_brought:
                    self._name_only(each, listed[each])
            self._drop(each for each in self._local(name) if each not in listed)

        with self._lock:
            self._until_quiet(name, work)

    def has(self, name: str) -> bool:
        """Tell whether the store has an object."""
        return self._objects.find(name) is not None

    def read_each(self, name: str) -> dict[str, bytes]:
        """Return the bytes of every object below a folder, by name and in the order of names."""

        def read() -> dict[str, bytes]:
            listed = self._listed(name)
            self._fetch(listed)
            return {one: self._copies.path(one, found.version).read_bytes() for one, found in listed.items()}

        with self._lock:
            return self._until_quiet(name, read)

    def send(self, name: str) -> None:
        """Send one local file as it is now."""
        self._objects.put({name: self._root / name})
        self._tell_news([name])

    def push(self, name: str) -> None:
        """Make the store's objects below a folder what the local files are: changed, new and removed ones.

        The record of a stage that did its work again goes first and comes back last: whoever finds one finds all it
        speaks of. A run's own record is the very last: without it a run is opened anew.
        """
        with self._lock:
            local = {each: _signature(self._root / each) for each in self._local(name)}
            known = {each: placed for each, placed in self._placed.items() if _is_below(each, name)}
            gone = [each for each in known if each not in local]
            changed = [
                each
                for each, signature in local.items()
                if each not in known or known[each].signature != signature
            ]
            if not gone and not changed:
                return
            records = [each for each in changed if is_record(each)]
            of_run = [each for each in changed if is_run_record(each)]
            self._objects.remove(each for each in (*gone, *records) if is_record(each) and each in known)
            self._put(each for each in changed if each not in {*records, *of_run})
            self._objects.remove(each for each in gone if not is_record(each))
            self._put(records)
            self._put(of_run)
            self._remember(name, changed, gone)
            self._tell_news([name])

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        self._objects.remove([name])

    def create(self, name: str, content: bytes) -> bool:
        """Create an object nobody has created yet; False where there is one of another content.

        Raises:
            StoreRefusedError: The store cannot do this.
        """
        self._require_exclusive()
        is_new = self._objects.create(name, content)
        self._tell_news([name])
        return is_new

    def appear(self, folder: Path, name: str, last: str) -> bool:
        """Send a folder under a name, its file ``last`` at the end and only where there is none yet.

        What a dead attempt has left under the name goes first.

        Returns:
            False where ``last`` was there.
        """
        files = {f"{name}/{path.relative_to(folder).as_posix()}": path for path in _files(folder)}
        marker = f"{name}/{last}"
        listed = self._objects.list(name)
        if marker in listed:
            return False
        self._objects.remove(listed.keys() - files.keys())
        self._objects.put({each: path for each, path in files.items() if each != marker})
        return self.create(marker, files[marker].read_bytes())

    def _until_quiet(self, name: str, work: Callable[[], T]) -> T:
        """Do the work again where somebody has changed meanwhile what was listed."""
        for _ in range(_TRIES):
            try:
                return work()
            except (FileNotFoundError, ChangingError):
                continue
        raise StoreUnavailableError(
            f"存放位置“{self.url}”中“{name}”的内容一直在变化,没有读到完整的一份:请稍后重试。"
        )

    def _place(self, asked: Mapping[str, Found]) -> None:
        """Put objects in place that are not there already as they are."""
        stale = {each: found for each, found in asked.items() if not self._stands(each, found.version)}
        records = {each: found for each, found in stale.items() if is_record(each)}
        # The records first: they say which time of change the files have by which a stage knows its work.
        self._fetch(records)
        self._lay_out(records)
        others = {each: found for each, found in stale.items() if not is_record(each)}
        self._fetch(others, recorded_times(self._root, others))
        self._lay_out(others)

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            (self._root / name).unlink()
            self._placed.pop(name, None)

    def _listed(self, name: str) -> dict[str, Found]:
        listed = visible(self._objects.list(name))
        if not listed and not self._is_there:
            # A bucket that does not exist looks like one with nothing in it.
            self._objects.require()
        self._is_there = True
        return listed

    def _stands(self, name: str, version: str) -> bool:
        placed = self._placed.get(name)
        return (
            placed is not None
            and placed.version == version
            and placed.signature == _signature(self._root / name)
        )

    def _fetch(self, listed: Mapping[str, Found], times: Mapping[str, tuple[str, int]] | None = None) -> None:
        """Make sure that there is a copy of each.

        Args:
            listed: Objects as they were listed.
            times: Of files a record speaks of, their sha256 and the time of change they have with it.

        Raises:
            ChangingError: An object is another one by now.
            FileNotFoundError: An object has gone.
        """
        missing = {each: found for each, found in listed.items() if not self._copies.has(each, found.version)}
        drafts = {each: self._copies.draft() for each in missing}
        try:
            self._objects.get(drafts)
            for each, found in missing.items():
                md5, sha256 = _hashes(drafts[each])
                self._require_same(each, found, md5)
                recorded = (times or {}).get(each)
                is_recorded = recorded is not None and recorded[0] == sha256
                mtime_ns = recorded[1] if recorded and is_recorded else int(found.changed_at * 1e9)
                self._copies.keep(each, found.version, drafts[each], mtime_ns)
        finally:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)

    def _require_same(self, name: str, found: Found, md5: str) -> None:
        """Refuse what was changed between the listing and the getting: it would be kept as what it is not."""
        if found.version == md5:
            return
        now = self._objects.find(name)
        if now is None or now.version != found.version:
            raise ChangingError(name)

    def _lay_out(self, listed: Mapping[str, Found]) -> None:
        for name, found in listed.items():
            target = self._root / name
            self._copies.lay_out(name, found.version, target, link=_is_only_replaced(name))
            self._placed[name] = _Placed(found.version, _signature(target))

    def _name_only(self, name: str, found: Found) -> None:
        version = _NAMED_ONLY + found.version
        if self._stands(name, version) or self._stands(name, found.version):
            return
        draft = self._copies.draft()
        draft.touch()
        self._copies.keep(name, version, draft, int(found.changed_at * 1e9))
        self._lay_out({name: Found(version, found.changed_at)})

    def _local(self, name: str) -> list[str]:
        place = self._root / name
        found = [place] if place.is_file() else _files(place)
        return [path.relative_to(self._root).as_posix() for path in found]

    def _put(self, names: Iterable[str]) -> None:
        self._objects.put({each: self._root / each for each in names})

    def _remember(self, name: str, changed: Iterable[str], gone: Iterable[str]) -> None:
        """Take what was sent for in place, and keep it as a copy, where the store confirms what it has."""
        for each in gone:
            del self._placed[each]
        listed = self._objects.list(name)
        for each in changed:
            self._placed.pop(each, None)
            path, found = self._root / each, listed.get(each)
            if found is not None and found.version == _hashes(path)[0]:
                self._copies.adopt(each, found.version, path)
                self._placed[each] = _Placed(found.version, _signature(path))

    def _require_exclusive(self) -> None:
        mark = self._root.parent / ".exclusive"
        if not self._is_known_exclusive and not mark.is_file():
            self._objects.require_exclusive(f"{NEWS}/.{uuid.uuid4().hex}")
            mark.touch()
        self._is_known_exclusive = True

    def _tell_news(self, names: Iterable[str]) -> None:
        for name in names:
            room, *rest = name.split("/")
            if room in ("runs", "releases", "submissions") and len(rest) >= 2:
                said = json.dumps({"changed": name, "id": uuid.uuid4().hex})
                self._objects.write(f"{NEWS}/{rest[0]}/{rest[1]}.json", said.encode())


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder, sorted; what has a hidden name anywhere below it is none."""

    def walk(parent: Path) -> Iterator[Path]:
        for path in parent.iterdir():
            if path.name.startswith("."):
                continue
            if path.is_dir():
                yield from walk(path)
            elif path.is_file():
                yield path

    return sorted(walk(folder)) if folder.is_dir() else []


def _signature(path: Path) -> Signature | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _hashes(path: Path) -> tuple[str, str]:
    """Return the md5, by which many stores name a version, and the sha256, by which records do."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(1 << 20):
            md5.update(chunk)
            sha256.update(chunk)
    return md5.hexdigest(), sha256.hexdigest()


def _is_only_replaced(name: str) -> bool:
    """Tell whether a file is only ever replaced under its name or never changed, so that a link is safe."""
    parts = name.split("/")
    if parts[0] == "runs":
        return len(parts) > 4 and parts[4] in LAYERS
    return parts[0] in ("archive", "releases", "releases-private")


def _is_below(name: str, folder: str) -> bool:
    return name == folder or name.startswith(f"{folder}/")
