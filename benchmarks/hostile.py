"""Every kind of hostile file once: what the office is told, how long it took, how much memory any process held.

``python -m benchmarks.hostile`` prints one line per file and the worst figures. A file is read the way the ingest reads
it; memory is the peak of a worker that does nothing else, or of the process that opens the file for it.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import openpyxl
import xlsxwriter

from fundeval.core.errors import InputError
from fundeval.sources.grid import read_grid

MILLION = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """What came of one file.

    Attributes:
        name: What it is.
        told: Code and sentence of the refusal, or how many rows were read.
        seconds: Wall time.
        peak_mb: Peak memory of any process that had to do with reading it, in MB.
    """

    name: str
    told: str
    seconds: float
    peak_mb: int


def small_workbook(path: Path, sheet: str = "表") -> Path:
    """Write a workbook of two rows."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    page.append(["指标文号", "下达日期"])
    page.append(["样指1号", "2031-02-11"])
    book.save(path)
    return path


def with_part(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """Write a small workbook with one part changed."""
    small_workbook(path)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, change(content) if name == part else content)
    return path


_SHEET = "xl/worksheets/sheet1.xml"
_LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"lol") for level in range(10)
)


def zip_bomb(path: Path) -> Path:
    """600 MB of rows in a package of some hundred kB."""
    return with_part(path, _SHEET, lambda _: b"<row/>" * 100_000_000)


def billion_laughs(path: Path) -> Path:
    """Entities of entities."""
    return with_part(path, _SHEET, lambda content: b"<!DOCTYPE x [" + _LAUGHS + b"]>" + content)


def external_entity(path: Path) -> Path:
    """An entity that reads a file of the machine."""
    head = b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return with_part(path, "xl/workbook.xml", lambda content: head + content)


def far_cell(path: Path) -> Path:
    """A cell at XFD1048576."""
    book = openpyxl.Workbook()
    book.active["A1"] = "指标文号"
    book.active["XFD1048576"] = "x"
    book.save(path)
    return path


def truncated(path: Path) -> Path:
    """Half of a workbook."""
    content = small_workbook(path).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def encrypted(path: Path) -> Path:
    """A workbook with a password."""
    import msoffcrypto.format.ooxml as ooxml

    plain = small_workbook(path.with_name(f"plain-{path.name}"))
    locked = io.BytesIO()
    with plain.open("rb") as handle:
        ooxml.OOXMLFile(handle).encrypt("secret", locked)
    path.write_bytes(locked.getvalue())
    return path


def csv_called_xlsx(path: Path) -> Path:
    """Text under the name of a workbook."""
    path.write_text("指标文号,下达日期\n样指1号,2031-02-11\n", encoding="utf-8")
    return path


def html_called_xls(path: Path) -> Path:
    """What many systems export as .xls."""
    path.write_text("<html><table><tr><td>指标文号</td></tr></table></html>", encoding="utf-8")
    return path


def million_rows(path: Path) -> Path:
    """A sheet of a million rows with five columns."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    page = book.add_worksheet("明细")
    for row in range(MILLION):
        page.write_row(row, 0, (row, 1234.5, 20310211, row * 2, 1))
    book.close()
    return path


def path_as_sheet_name(path: Path) -> Path:
    """A sheet named like a way out of the folder."""
    return with_part(path, "xl/workbook.xml", lambda content: content.replace("表".encode(), b"../../etc/x"))


def formula_as_sheet_name(path: Path) -> Path:
    """A sheet named like a command."""
    return small_workbook(path, "=cmd|' C'!A0"[:31].replace("'", ""))


def endless_line(path: Path) -> Path:
    """A quote that is never closed, and 200 MB behind it."""
    path.write_bytes('指标文号,下达日期\n"'.encode() + b"x" * 200_000_000)
    return path


def many_columns(path: Path) -> Path:
    """A line of a million fields."""
    path.write_text("a," * MILLION + "\n", encoding="utf-8")
    return path


FILES: dict[str, Callable[[Path], Path]] = {
    "压缩炸弹.xlsx": zip_bomb,
    "十亿笑.xlsx": billion_laughs,
    "外部实体.xlsx": external_entity,
    "XFD1048576.xlsx": far_cell,
    "截断.xlsx": truncated,
    "加密.xlsx": encrypted,
    "CSV冒充.xlsx": csv_called_xlsx,
    "HTML冒充.xls": html_called_xls,
    "一百万行.xlsx": million_rows,
    "路径作表名.xlsx": path_as_sheet_name,
    "公式作表名.xlsx": formula_as_sheet_name,
    "引号不闭合.csv": endless_line,
    "一百万列.csv": many_columns,
}


def attempt(name: str, folder: Path) -> Outcome:
    """Make one file and read it in a process of its own, so that making it is not in the memory figure."""
    path = FILES[name](folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.hostile", "--read", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    return Outcome(**json.loads(done.stdout))


def read(path: Path) -> Outcome:
    """Read one file in this process and say what came of it."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="fundeval-hostile-") as folder:
        try:
            grid = read_grid(path, path.name, Path(folder))
            told = f"读入{sum(sheet.height for sheet in grid.sheets)}行"
        except InputError as error:
            (problem,) = error.problems
            told = f"{problem.code}:{problem.message}"
    seconds = time.perf_counter() - started
    children_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Outcome(path.name, told, seconds, max(_own_peak_kb(), children_kb) // 1024)


def _own_peak_kb() -> int:
    """Return this process's peak; ru_maxrss would count that of the process which started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def main() -> None:
    """Print what came of every file and the worst figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these files")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        print(json.dumps(asdict(read(arguments.read))))
        return
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="fundeval-hostile-") as folder:
        for name in arguments.names or FILES:
            outcomes.append(attempt(name, Path(folder)))
            last = outcomes[-1]
            print(f"{last.seconds:7.2f} s {last.peak_mb:5} MB  {last.name}  {last.told}", flush=True)
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    largest = max(outcomes, key=lambda outcome: outcome.peak_mb)
    print(
        f"共{len(outcomes)}个,最慢{slowest.seconds:.2f} s({slowest.name}),"
        f"最多{largest.peak_mb} MB({largest.name})"
    )


if __name__ == "__main__":
    main()
