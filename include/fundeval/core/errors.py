"""Typed errors whose text is written for the clerk who has to mend the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]

SEVERITY_ZH: dict[Severity, str] = {"critical": "阻断", "warning": "警示", "info": "提示"}


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, where it is wrong and what to do about it.

    Attributes:
        file: Name of the file as the office sent it; empty where no file is concerned.
        sheet: Sheet name; empty for a CSV or a whole-file problem.
        row: 1-based row as a spreadsheet program shows it; 0 where no single row is concerned.
        column: Header text of the column, or its letter where it has none.
        value: The offending value as text; empty for columns a contract declares sensitive.
        code: Stable English identifier of the kind of problem.
        message: One Chinese sentence that says what is wrong.
        remedy: One Chinese sentence that says what to do.
        severity: ``critical`` stops the run.
    """

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""
    code: str = ""
    message: str = ""
    remedy: str = ""
    severity: Severity = "critical"

    @classmethod
    def of_row(
        cls, row: Mapping[str, Any], *, column: str, value: str, code: str, message: str, remedy: str
    ) -> Problem:
        """Return a critical problem of a staging row, at the place in the file the row came from."""
        return cls(
            file=row["source_file"],
            sheet=row["source_sheet"],
            row=row["source_row"],
            column=column,
            value=value,
            code=code,
            message=message,
            remedy=remedy,
        )

    @property
    def place(self) -> str:
        """Where it is wrong, in Chinese, as far as that is known."""
        return "".join(
            part
            for part in (
                f"《{self.file}》" if self.file else "",
                f"工作表“{self.sheet}”" if self.sheet else "",
                f"第{self.row}行" if self.row else "",
                f"“{self.column}”列" if self.column else "",
            )
        )

    def __str__(self) -> str:
        """Render place, message and remedy as one Chinese sentence."""
        text = f"{self.place}:{self.message}" if self.place else self.message
        return f"{text}处理办法:{self.remedy}" if self.remedy else text

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a plain dictionary, for JSON and tables."""
        return asdict(self)


class FundevalError(Exception):
    """Base of every error this project raises on purpose; its text is Chinese and fit for an operator."""


class InputError(FundevalError):
    """What offices sent cannot be used; carries every problem found, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order of file, sheet and row."""
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        super().__init__(self._text())

    def _text(self) -> str:
        head = f"共发现{len(self.problems)}个问题,未发布任何结果:"
        return "\n".join([head, *(f"{number}. {problem}" for number, problem in enumerate(self.problems, 1))])

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Pickle by the problems, so that the error crosses process boundaries whole."""
        return type(self), (self.problems,)


class ConfigurationError(FundevalError):
    """A fund, a scheme, a contract or a catalogue as data is missing or contradicts itself."""


class DisclosureError(FundevalError):
    """Something about to be published would give away what must stay secret; the text never repeats it."""


class ReleaseError(FundevalError):
    """A release cannot be made, read or verified."""
