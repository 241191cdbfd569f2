"""Attachments and signatures: small files that are what their names say, and the same bytes for the same words."""

from __future__ import annotations

import zlib
from datetime import date
from typing import Any

PDF = "application/pdf"
PNG = "image/png"


def pdf(*lines: str) -> bytes:
    """A one-page PDF with ``lines`` on it, uncompressed: a canary in it would be found if the file lay in the clear."""
    text = "\n".join(f"({_escaped(line)}) Tj 0 -16 Td" for line in lines)
    content = f"BT /F1 11 Tf 56 780 Td\n{text}\nET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    written = b"%PDF-1.4\n"
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def png(shade: int) -> bytes:
    """A small grey picture."""
    rows = b"".join(b"\x00" + bytes([(shade + row * 8) % 256] * 16) for row in range(16))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (16).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def signed(signer: str, capacity: str, on: date, method: str = "handwritten_scan") -> dict[str, Any]:
    """The signature of ``signer`` as a body holds it."""
    return {"signer": signer, "capacity": capacity, "method": method, "signed_on": on.isoformat()}


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
