"""Images of a document: signatures and the code that a telephone reads."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import dataclass, field

import segno

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
MAX_IMAGE = 2 * 1024 * 1024
"""Bytes of one image; a scan of a signature is far smaller."""


class ImageUnusable(ValueError):
    """Bytes that are no PNG or JPEG, or too many of them."""


@dataclass
class Images:
    """The images of one document, by the name under which its template finds them."""

    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, content: bytes | None, *, width: int = 50, height: int = 17) -> str:
        """Take an image in, to be fitted into ``width`` by ``height``; its name, or an empty text for none.

        Raises `ImageUnusable`.
        """
        if content is None:
            return ""
        kind = "png" if content.startswith(_PNG) else "jpeg" if content.startswith(_JPEG) else ""
        if not kind or len(content) > MAX_IMAGE:
            raise ImageUnusable("a PNG or JPEG image of at most 2 MiB is needed")
        # typst's files in memory are text only, and a file on disk would hold a signature in the clear.
        return self._keep(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
            f'<image width="{width}" height="{height}" preserveAspectRatio="xMinYMax meet" '
            f'href="data:image/{kind};base64,{b64encode(content).decode()}"/></svg>'.encode()
        )

    def code(self, text: str) -> str:
        """Take in the QR code of ``text``; its name."""
        drawn = io.BytesIO()
        segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=0, dark="#1c2b33", xmldecl=False)
        return self._keep(drawn.getvalue())

    def _keep(self, content: bytes) -> str:
        name = f"image-{len(self.files)}.svg"
        self.files[name] = content
        return name
