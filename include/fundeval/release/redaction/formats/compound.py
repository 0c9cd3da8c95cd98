"""OLE compound files: old office documents, embedded objects, and the shell of an encrypted new one."""

from __future__ import annotations

import io

import olefile  # type: ignore[import-untyped]

from fundeval.release.redaction.formats.parts import Parts, Text, Unreadable


def compound_parts(content: bytes) -> Parts:
    """Give every stream of a compound file, read in each encoding office programs use.

    Raises:
        Unreadable: It is damaged, or the shell of an encrypted document.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as file:
            names = ["/".join(name) for name in file.listdir()]
            if any(name.endswith("EncryptedPackage") for name in names):
                raise Unreadable("文档有密码")
            yield Text("内部名称", "\n".join(names))
            for name in names:
                stream = file.openstream(name).read()
                for encoding in ("utf-16-le", "gb18030", "utf-8"):
                    yield Text(name, stream.decode(encoding, "ignore"), amounts=True)
    except (OSError, ValueError, TypeError) as error:
        raise Unreadable("复合文档损坏") from error
