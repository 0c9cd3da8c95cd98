"""Files that hold files: zip (and with it docx, xlsx, odt …), tar, gzip, bzip2 and xz."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable

from fundeval.release.redaction.formats.parts import Inner, Parts, Text, Unreadable
from fundeval.release.redaction.normalise import decoded_bytes

# What one file may unpack to. A report or a dataset is far below; a bomb is far above.
LARGEST_UNPACKED = 1 << 30
_ENCRYPTED = 0x1
_CHUNK = 1 << 20
_LOCAL_HEADER_BYTES = 30


def zip_parts(content: bytes) -> Parts:
    """Give every member of a zip file, its names and comments.

    Raises:
        Unreadable: It is damaged, encrypted or unpacks to more than allowed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield Text("压缩包注释", decoded_bytes(archive.comment) or archive.comment.decode("latin-1"))
            _check_size(sum(member.file_size for member in archive.infolist()))
            for member in archive.infolist():
                yield from _member(archive, member)
    except (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, ValueError, OSError) as error:
        raise Unreadable("压缩包损坏或用了不支持的压缩方法") from error


def outside_members(content: bytes) -> bytes:
    """Return the bytes of a zip file beside its compressed members, which :func:`zip_parts` unpacks one by one.

    Between them may stand what no directory lists. What cannot be read as zip is returned whole.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            spans = sorted(_data_span(content, member) for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return content
    pieces, at = [], 0
    for start, end in spans:
        pieces.append(content[at : max(at, start)])
        at = max(at, end)
    return b"\0".join([*pieces, content[at:]])


def _data_span(content: bytes, member: zipfile.ZipInfo) -> tuple[int, int]:
    """Return where the data of a member begins and ends: behind its header, name and extra field."""
    header = content[member.header_offset : member.header_offset + _LOCAL_HEADER_BYTES]
    names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    start = member.header_offset + _LOCAL_HEADER_BYTES + names
    is_compressed = member.compress_type != zipfile.ZIP_STORED
    return start, start + member.compress_size if is_compressed else start


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Parts:
    if member.flag_bits & _ENCRYPTED:
        raise Unreadable("压缩包有密码")
    extra = member.comment + member.extra
    yield Text(member.filename, member.filename + "\n" + (decoded_bytes(extra) or ""))
    if not member.is_dir():
        yield Inner(member.filename, archive.read(member))


def tar_parts(content: bytes) -> Parts:
    """Give every file of a tar archive and the names of all its members.

    Raises:
        Unreadable: It is damaged or unpacks to more than allowed.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = archive.getmembers()
            _check_size(sum(member.size for member in members))
            for member in members:
                yield Text(
                    member.name, "\n".join((member.name, member.linkname, *member.pax_headers.values()))
                )
                handle = archive.extractfile(member) if member.isfile() else None
                if handle is not None:
                    yield Inner(member.name, handle.read())
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise Unreadable("tar 包损坏") from error


def gzip_parts(content: bytes) -> Parts:
    """Give the one file in a gzip stream, with the name and comment of its header."""
    yield Text("gzip 文件头", content[:1024].decode("latin-1"))
    yield Text("gzip 文件头", content[:1024].decode("utf-8", "ignore"))
    yield _unpacked(content, lambda handle: gzip.GzipFile(fileobj=handle))


def bzip2_parts(content: bytes) -> Parts:
    """Give the one file in a bzip2 stream."""
    yield _unpacked(content, bz2.BZ2File)


def xz_parts(content: bytes) -> Parts:
    """Give the one file in an xz stream."""
    yield _unpacked(content, lzma.LZMAFile)


def _unpacked(content: bytes, opener: Callable[[io.BytesIO], io.BufferedIOBase]) -> Inner:
    pieces: list[bytes] = []
    size = 0
    try:
        with opener(io.BytesIO(content)) as handle:
            while piece := handle.read(_CHUNK):
                size += len(piece)
                _check_size(size)
                pieces.append(piece)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise Unreadable("压缩流损坏") from error
    return Inner("压缩内容", b"".join(pieces))


def _check_size(size: int) -> None:
    if size > LARGEST_UNPACKED:
        raise Unreadable("解压后过大")
