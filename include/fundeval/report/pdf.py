"""The report as PDF: LibreOffice prints the Word file, then everything that differs between runs is taken out."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pikepdf
from lxml import etree

from fundeval.core.errors import ReleaseError

OFFICE_PROGRAMS = ("soffice", "libreoffice")
TIMEOUT_SECONDS = 300
_PDF_FILTER = (
    'pdf:writer_pdf_Export:{"ExportBookmarks":{"type":"boolean","value":"true"},'
    '"UseTaggedPDF":{"type":"boolean","value":"true"},"UseLosslessCompression":{"type":"boolean","value":"true"}}'
)
_STYLES = "word/styles.xml"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def office() -> str | None:
    """Return the program that prints Word files, None where LibreOffice is not installed."""
    return next((found for name in OFFICE_PROGRAMS if (found := shutil.which(name))), None)


def write_pdf(docx: Path, pdf: Path, year: int) -> int:
    """Print a Word file as PDF.

    Args:
        docx: The Word file.
        pdf: Where to write the PDF.
        year: Fund-year, whose last day dates the file.

    Returns:
        Number of pages.

    Raises:
        ReleaseError: LibreOffice is missing, failed (it says 0 even then), took too long, or left a font out.
    """
    program = office()
    if program is None:
        raise ReleaseError("本机没有安装 LibreOffice,无法生成 PDF。")
    with tempfile.TemporaryDirectory(prefix="fundeval-pdf-") as folder:
        printed = _print(program, docx, Path(folder))
        return _normalise(printed, pdf, year)


def fonts_without_data(pdf: pikepdf.Pdf) -> list[str]:
    """Name the fonts a PDF uses without bringing them."""
    return sorted({name for name, embedded in _fonts(pdf) if not embedded})


def _print(program: str, docx: Path, folder: Path) -> Path:
    """Print a copy in which no mark hangs over the margin, where LibreOffice sometimes loses it."""
    copy = folder / docx.name
    _forbid_hanging(docx, copy)
    made = folder / f"{docx.stem}.pdf"
    status, said = _run(program, ["--convert-to", _PDF_FILTER, "--outdir", str(folder), str(copy)], folder)
    if not made.is_file() or not made.read_bytes().startswith(b"%PDF-"):
        raise ReleaseError(f"LibreOffice 没有生成 PDF(退出码{status}):{said[-500:] or '没有输出'}")
    return made


def _forbid_hanging(docx: Path, copy: Path) -> None:
    """Copy a Word file, its styles changed so that LibreOffice lets no punctuation hang over the margin.

    LibreOffice reads ``w:overflowPunct`` (ECMA-376 part 1, 17.3.1.21: may punctuation hang) the other way round: what
    allows it in Word forbids it here. So the copy is for printing only.
    """
    with zipfile.ZipFile(docx) as given, zipfile.ZipFile(copy, "w") as printed:
        for member in given.infolist():
            content = given.read(member)
            printed.writestr(member, _styles_not_hanging(content) if member.filename == _STYLES else content)


def _styles_not_hanging(content: bytes) -> bytes:
    styles = etree.fromstring(content)
    holders = styles.findall(f".//{_W}style[@{_W}type='paragraph']") + styles.findall(f".//{_W}pPrDefault")
    for holder in holders:
        found = holder.find(f"{_W}pPr")
        properties = etree.SubElement(holder, f"{_W}pPr") if found is None else found
        for told in properties.findall(f"{_W}overflowPunct"):
            properties.remove(told)
        etree.SubElement(properties, f"{_W}overflowPunct").set(f"{_W}val", "1")
    changed: bytes = etree.tostring(styles, xml_declaration=True, encoding="UTF-8", standalone=True)
    return changed


def _run(program: str, arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run LibreOffice with a profile of its own, so that an open office of the same user is no obstacle."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    with as_file(files("fundeval.report") / "fonts.conf") as fonts:
        running = subprocess.Popen(
            [program, "--headless", "--norestore", "--nolockcheck", profile, *arguments],
            env={**os.environ, "FONTCONFIG_FILE": str(fonts), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            output, _ = running.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ReleaseError(f"LibreOffice 在{TIMEOUT_SECONDS}秒内没有完成 PDF 转换。") from error
        finally:
            if running.poll() is None:  # the program is a script: end what it started, too
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
    return running.returncode, output.decode("utf-8", "replace").strip()


def _normalise(printed: Path, target: Path, year: int) -> int:
    with pikepdf.open(printed) as pdf:
        missing = fonts_without_data(pdf)
        if missing:
            raise ReleaseError(f"PDF 中有未嵌入的字体:{'、'.join(missing)}。")
        for key in ("/Metadata", "/OpenAction"):
            if key in pdf.Root:
                del pdf.Root[key]
        for key in ("/DocChecksum", "/ID"):
            if key in pdf.trailer:
                del pdf.trailer[key]
        stamp = f"D:{dt.date(year, 12, 31):%Y%m%d}000000Z"
        pdf.docinfo["/CreationDate"] = stamp
        pdf.docinfo["/ModDate"] = stamp
        pages = len(pdf.pages)
        pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return pages


def _fonts(pdf: pikepdf.Pdf) -> Iterator[tuple[str, bool]]:
    """Give name and whether it is embedded of every font descriptor in the file."""
    for item in pdf.objects:
        found: Any = item
        if isinstance(found, pikepdf.Dictionary) and found.get("/Type") == "/FontDescriptor":
            embedded = any(key in found for key in ("/FontFile", "/FontFile2", "/FontFile3"))
            yield str(found.get("/FontName", "")), embedded
