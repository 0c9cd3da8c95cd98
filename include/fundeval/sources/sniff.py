"""What a file really is, told by its bytes and never by its name."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Literal

from fundeval.core.errors import InputError, Problem

Container = Literal["xlsx", "xls", "text"]

MAX_UNPACKED_BYTES = 400_000_000
MAX_PARTS = 5_000
# What the standard library raises on a damaged or foreign package, by experience of mutated files.
BROKEN_PACKAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SPREADSHEET_NAMES = {".xlsx", ".xlsm", ".xls"}
_TEXT_NAMES = {".csv", ".txt"}


def refuse(file: str, code: str, message: str, remedy: str) -> InputError:
    """Make the error of a file that cannot be used as a whole."""
    return InputError([Problem(file=file, code=code, message=message, remedy=remedy)])


def sniff(path: Path, file: str) -> Container:
    """Tell the container of a file and refuse those that cannot be read safely.

    Args:
        path: The bytes.
        file: Name of the file as it was sent, for messages.

    Raises:
        InputError: The file is empty, encrypted, truncated, dangerous, or not what its name says.
    """
    size = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(4096)
    if not head.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise refuse(file, "empty_file", "文件是空的,没有任何内容。", "请重新导出后再报送。")
    container = _container(path, head, file)
    suffix = Path(file).suffix.lower()
    if suffix in _SPREADSHEET_NAMES and container == "text":
        raise refuse(
            file,
            "misnamed_file",
            f"文件名是{suffix}电子表格,内容却是文本(CSV)。",
            "请把扩展名改为.csv,或在电子表格软件中另存为.xlsx后重报。",
        )
    if suffix in _TEXT_NAMES and container != "text":
        raise refuse(
            file,
            "misnamed_file",
            f"文件名是{suffix}文本,内容却是{container}电子表格。",
            f"请把扩展名改为.{container}后重报。",
        )
    if suffix not in _SPREADSHEET_NAMES | _TEXT_NAMES:
        raise refuse(
            file,
            "misnamed_file",
            f"不接受扩展名为“{suffix or '无'}”的文件(共{size}字节)。",
            "请使用.xlsx、.xlsm、.xls或.csv文件。",
        )
    return container


def _container(path: Path, head: bytes, file: str) -> Container:
    if head.startswith(b"PK"):
        _check_package(path, file)
        return "xlsx"
    if head.startswith(_OLE):
        _check_compound(path, file)
        return "xls"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text"
    lowered = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"<head", b"<style")):
        raise refuse(
            file,
            "markup_file",
            "内容是网页(HTML/XML)表格,不是真正的电子表格。",
            "请用电子表格软件打开后另存为.xlsx再报送。",
        )
    if lowered.startswith(b"%pdf"):
        raise refuse(file, "pdf_file", "内容是PDF文件。", "请报送原始的电子表格或CSV文件。")
    if b"\0" in head:
        raise refuse(file, "unknown_format", "无法识别的文件格式。", "请重新导出为.xlsx或.csv后报送。")
    return "text"


def _check_package(path: Path, file: str) -> None:
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise refuse(
                    file,
                    "not_a_workbook",
                    "压缩包里没有工作簿,不是.xlsx电子表格。",
                    "请在电子表格软件中另存为.xlsx后重报,不要报送压缩包。",
                )
            unpacked = sum(part.file_size for part in parts)
            if unpacked > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
                raise refuse(
                    file,
                    "oversized_workbook",
                    f"工作簿解压后有{unpacked // 1_000_000}MB、{len(parts)}个部件,超出允许的"
                    f"{MAX_UNPACKED_BYTES // 1_000_000}MB、{MAX_PARTS}个。",
                    "请删除无关内容;数据确有这么多时另存为.csv报送。",
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _check_part(package, part, file)
    except BROKEN_PACKAGE as error:
        raise refuse(
            file, "truncated_file", "文件已损坏或传输不完整,无法打开。", "请重新导出或重新上传完整的文件。"
        ) from error


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo, file: str) -> None:
    with package.open(part) as stream:
        head = stream.read(65_536)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise refuse(
            file,
            "dangerous_xml",
            "工作簿内含外部实体或类型声明(DOCTYPE),可能带有攻击内容。",
            "请在电子表格软件中新建工作簿,把数据以“值”粘贴后重报。",
        )


def _check_compound(path: Path, file: str) -> None:
    content = path.read_bytes() if path.stat().st_size < MAX_UNPACKED_BYTES else b""
    if not content:
        raise refuse(file, "oversized_workbook", "旧版.xls文件过大。", "请另存为.csv后报送。")
    if "EncryptedPackage".encode("utf-16-le") in content or "EncryptionInfo".encode("utf-16-le") in content:
        raise encrypted(file)
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise refuse(
            file,
            "truncated_file",
            "文件已损坏、不完整,或不是.xls电子表格。",
            "请重新导出为.xlsx后报送。",
        )


def encrypted(file: str) -> InputError:
    """Make the error of a workbook with a password."""
    return refuse(file, "encrypted_file", "文件设有打开密码,无法读取。", "请取消密码保护后重新报送。")
