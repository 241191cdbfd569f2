"""The words of a PDF that typst wrote, in order and without spaces; enough to see what a reader would see."""

from __future__ import annotations

import re
import zlib

# A literal may hold parentheses unescaped as long as they balance.
_PLAIN = rb"(?:\\.|[^\\()])*"
_STRING = re.compile(
    rb"/(f\d+) [\d.]+ Tf|\(("
    + _PLAIN
    + rb"(?:\("
    + _PLAIN
    + rb"(?:\("
    + _PLAIN
    + rb"\)"
    + _PLAIN
    + rb")*\)"
    + _PLAIN
    + rb")*)\)",
    re.DOTALL,
)
_ACTUAL = re.compile(rb"/ActualText\((?:\\.|[^\\()])*\)", re.DOTALL)
"""What a cluster stands for, beside its glyphs: a string that is no text of the page."""
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def squeezed(text: str) -> str:
    """``text`` without spaces and invisible characters, as `pdf_text` gives it."""
    return re.sub(r"[\s\u200b\u2060\u00ad]", "", text)


def pdf_text(pdf: bytes) -> str:
    """Every text of ``pdf``, page after page, without spaces."""
    objects = {int(number): body for number, body in re.findall(rb"(?:^|\n)(\d+) 0 obj\s(.*?)\nendobj", pdf, re.DOTALL)}
    shown = ""
    for body in objects.values():
        if re.search(rb"/Type\s*/Page\b(?!s)", body):
            content = _stream(objects[_ref(body, b"Contents")])
            shown += _page(content, _fonts(objects, body))
    return squeezed(shown)


def _page(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    shown, font = "", {}
    for name, literal in _STRING.findall(_ACTUAL.sub(b"", content)):
        if name:
            font = fonts[name]
            continue
        raw = _ESCAPE.sub(lambda found: _unescaped(found.group(1)), literal)
        shown += "".join(font.get(int.from_bytes(raw[at : at + 2], "big"), "\ufffd") for at in range(0, len(raw), 2))
    return shown


def _unescaped(escape: bytes) -> bytes:
    return bytes([int(escape, 8)]) if len(escape) == 3 else _ESCAPES.get(escape, escape)


def _fonts(objects: dict[int, bytes], page: bytes) -> dict[bytes, dict[int, str]]:
    resources = page if b"/Resources<<" in page.replace(b" ", b"") else objects[_ref(page, b"Resources")]
    names = re.search(rb"/Font\s*<<(.*?)>>", resources, re.DOTALL)
    found = re.findall(rb"/(f\d+) (\d+) 0 R", names.group(1) if names else b"")
    return {name: _letters(_stream(objects[_ref(objects[int(number)], b"ToUnicode")])) for name, number in found}


def _letters(cmap: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", cmap)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _ref(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, name
    return int(found.group(1))


def _stream(body: bytes) -> bytes:
    length, begins = re.search(rb"/Length (\d+)", body), re.search(rb"stream\r?\n", body)
    assert length is not None and begins is not None
    # By its length, not up to the line end: the last byte of compressed data may be a carriage return.
    found = body[begins.end() : begins.end() + int(length.group(1))]
    return zlib.decompress(found) if b"FlateDecode" in body else found
