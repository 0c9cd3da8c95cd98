"""How a release takes its number in a store, where nothing can be renamed in one step.

A run that is ready to publish creates ``claims/<fund>/<year>/v<N>.json`` with its name in it, which the store lets
only one do. Then it sends the files, and release.json last: until that is there, nobody sees anything of the release.
A run that died between the two finds its own claim when it is cleared. Another run waits for it: the release after
has to name the one before it and tell what changed, so no number is passed over.
"""

from __future__ import annotations

import time
from pathlib import Path

from fundeval.core.context import RunContext
from fundeval.core.errors import ReleaseError
from fundeval.core.rooms import json_text
from fundeval.release.manifest import MANIFEST
from fundeval.release.versions import Release

WAIT_SECONDS = 120.0
_LOOK_SECONDS = 1.0
_CLAIMS = "claims"


def appear_in_store(context: RunContext, copy: Path, target: Release) -> bool:
    """Make a release appear under its number; False where another has it by now, which then has been brought.

    Raises:
        ReleaseError: The number belongs to a run that has not published in :data:`WAIT_SECONDS`.
        StoreUnavailableError: The store does not answer.
    """
    rooms, store = context.rooms, context.rooms.store
    assert store is not None
    name = rooms.name(target.path)
    appeared = _claim(context, target.version) and store.appear(copy, name, MANIFEST)
    if not appeared:
        _wait_for(context, target.version, f"{name}/{MANIFEST}")
        rooms.bring(rooms.releases(context.fund_year))
    return appeared


def _claim(context: RunContext, version: int) -> bool:
    """Take the number for the run; a claim of its own, from a try that died, is as good as a new one."""
    assert context.rooms.store is not None
    claim = {"run_id": context.run.run_id, "version": version}
    return context.rooms.store.create(_claim_name(context, version), json_text(claim).encode())


def _claim_name(context: RunContext, version: int) -> str:
    year = context.fund_year
    return f"{_CLAIMS}/{year.fund}/{year.year}/v{version}.json"


def _wait_for(context: RunContext, version: int, manifest: str) -> None:
    assert context.rooms.store is not None
    ends = time.monotonic() + WAIT_SECONDS
    while not context.rooms.store.has(manifest):
        if time.monotonic() > ends:
            raise ReleaseError(
                f"{context.fund_year} 第 {version} 版的版本号已由另一个运行占用,但该运行没有完成发布"
                f"(见存放位置中的 {_claim_name(context, version)})。"
                "处理办法:清除那个运行的“发布”任务,使其完成,再清除本任务。"
            )
        time.sleep(_LOOK_SECONDS)
