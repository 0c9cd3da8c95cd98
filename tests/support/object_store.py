"""An object store of the tests' own: moto's S3, in this process, on a free port of the loopback interface."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fsspec

from fundeval.core.rooms import Rooms
from fundeval.storage.address import open_rooms

Worker = Callable[[str], Rooms]
"""Gives the rooms of a storage root as a worker sees it that shares no disk with those of other names."""

# No secret: moto lets in whoever signs at all.
KEYS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class ObjectStore:
    """A running server.

    Attributes:
        endpoint: Its address.
    """

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint}

    def new_root(self) -> str:
        """Make a bucket and return the address of an empty storage root in it."""
        bucket = f"fundeval-{uuid.uuid4().hex[:12]}"
        self.files().mkdir(bucket)
        return f"s3://{bucket}/绩效评价"

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Give the lines of what was asked of the server while the block ran: method and address."""
        asked: list[str] = []

        class Counting(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                asked.append(record.getMessage())

        log, handler = logging.getLogger("werkzeug"), Counting()
        level = log.level
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            yield asked
        finally:
            log.removeHandler(handler)
            log.setLevel(level)

    def files(self) -> fsspec.AbstractFileSystem:
        """Return what sees the objects as they are, past the program."""
        return fsspec.filesystem(
            "s3",
            key=KEYS["AWS_ACCESS_KEY_ID"],
            secret=KEYS["AWS_SECRET_ACCESS_KEY"],
            endpoint_url=self.endpoint,
            use_listings_cache=False,
        )


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Run a server until the block ends."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield ObjectStore(f"http://{host}:{port}")
    finally:
        server.stop()


def workers(url: str, folder: Path) -> Worker:
    """Return what gives the rooms of a root to workers by their names."""
    return lambda name: open_rooms(url, folder / name)
