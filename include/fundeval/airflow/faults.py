"""What a task log may say about an error nobody expected.

The text of such an error comes from a library and may quote the cell it stumbled over, and that cell may name
a classified project (保守国家秘密法 art. 26): the log gets the kind of the error and the place in the
code, the run folder keeps the whole text for its owner alone.
"""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from pathlib import Path

from fundeval.core.context import RunContext
from fundeval.core.rooms import replacing

_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class KeptFault:
    """Where an unexpected error is described.

    Attributes:
        kind: Qualified name of the error's class.
        place: File and line of the innermost frame.
        path: File with the whole text.
    """

    kind: str
    place: str
    path: Path


class StageFault(Exception):
    """A stage was stopped by a fault of the machine or the program; its text quotes no data."""

    def __init__(self, stage: str, fault: KeptFault) -> None:
        """Name the stage, the kind of the fault and where its whole text lies."""
        super().__init__(
            f"步骤“{stage}”被机器或程序故障中断({fault.kind},位于 {fault.place})。"
            f"为防止泄露来源数据,日志不显示详细内容;完整说明见 {fault.path}(仅运行账户可读)。"
        )


def keep_fault(stage: str, context: RunContext, error: Exception) -> KeptFault:
    """Write the whole error into the run folder, for its owner only; return what may be shown of it."""
    path = context.run.path / "faults" / f"{stage}.txt"
    with replacing(path) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.writelines(traceback.format_exception(error))
    innermost = traceback.extract_tb(error.__traceback__)[-1]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return KeptFault(kind, f"{Path(innermost.filename).name}:{innermost.lineno}", path)
