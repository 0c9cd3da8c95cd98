"""What a task log may say about an error nobody expected.

The text of such an error comes from a library and may quote the cell it stumbled over, and that cell may name
a classified project (保守国家秘密法 art. 26): the log gets the kind of the error and the place in the
code, the run folder keeps the whole text for its owner alone.
"""

from __future__ import annotations

import errno
import os
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fundeval.core.context import RunContext
from fundeval.core.errors import FundevalError
from fundeval.core.rooms import replacing

_OWNER_ONLY = 0o600
# What the same code does again with the same files, however often it is tried.
_DEFECTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True)
class KeptFault:
    """Where an unexpected error is described.

    Attributes:
        is_defect: Whether another try would end the same way.
        kind: Qualified name of the error's class, with the system's name of what failed (``ENOSPC``) where it has one.
        place: File and line of the innermost frame.
        path: File with the whole text.
        place_kept: Where people find that file.
    """

    is_defect: bool
    kind: str
    place: str
    path: Path
    place_kept: str


class StageFault(Exception):
    """A stage was stopped by a fault nobody expected; its text quotes no data."""

    cause = "故障"

    def __init__(self, stage: str, fault: KeptFault) -> None:
        """Name the stage, the kind of the fault and where its whole text lies."""
        self.kept = fault
        super().__init__(
            f"步骤“{stage}”被{self.cause}中断({fault.kind},位于 {fault.place})。"
            f"为防止泄露来源数据,日志不显示详细内容;完整说明见 {fault.place_kept}(仅运行账户可读)。"
        )


class MachineFault(StageFault):
    """The disk, the memory, another program or something unknown failed: another try may help."""

    cause = "机器故障"


class ProgramFault(StageFault):
    """This program is wrong: another try would end the same way."""

    cause = "程序缺陷"


def fault_of(stage: str, context: RunContext, error: Exception) -> StageFault:
    """Keep the whole error in the run folder and return what may be shown of it, as an error to raise."""
    kept = keep_fault(stage, context, error)
    return ProgramFault(stage, kept) if kept.is_defect else MachineFault(stage, kept)


def keep_fault(stage: str, context: RunContext, error: Exception) -> KeptFault:
    """Write the whole error into the run folder, for its owner only; return what may be shown of it."""
    path = context.run.path / "faults" / f"{stage}.txt"
    with replacing(path) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.writelines(traceback.format_exception(error))
    innermost = traceback.extract_tb(error.__traceback__)[-1]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, OSError) and error.errno is not None:
        kind += f" {errno.errorcode.get(error.errno, error.errno)}"
    place = f"{Path(innermost.filename).name}:{innermost.lineno}"
    # That the fault could not be sent either is no news beside it.
    with suppress(FundevalError):
        context.rooms.send(path)
    return KeptFault(isinstance(error, _DEFECTS), kind, place, path, context.rooms.place(path))
