"""Images: whatever text their metadata hold. Pixels are not read; the charts drawn here come from the dataset."""

from __future__ import annotations

import io
import zlib
from typing import Any

from PIL import Image, UnidentifiedImageError

from fundeval.release.redaction.formats.parts import Inner, Parts, Text, Unreadable
from fundeval.release.redaction.normalise import decoded_bytes

_PNG_END = b"IEND\xaeB`\x82"


def image_parts(content: bytes) -> Parts:
    """Give the metadata of an image, and anything that was put behind a PNG's end.

    Raises:
        Unreadable: It is damaged or of a kind that cannot be opened.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            # Text chunks may stand behind the pixels: only a loaded image has them all.
            image.load()
            values = [*image.info.items(), *getattr(image, "text", {}).items(), *image.getexif().items()]
            values += [item for tags in (0x8769, 0x8825) for item in image.getexif().get_ifd(tags).items()]
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, zlib.error) as error:
        raise Unreadable("图像损坏或格式不支持") from error
    except Image.DecompressionBombError as error:
        raise Unreadable("图像过大") from error
    yield Text("图像元数据", "\n".join(_shown(part) for pair in values for part in pair))
    tail = content.partition(_PNG_END)[2]
    if tail:
        yield Inner("图像末尾的附加数据", tail)


def _shown(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    texts = (value.decode(encoding, "ignore") for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"))
    return "\n".join([decoded_bytes(value) or "", *texts])
