"""Photos without the place where they were taken: the position leaves a picture before the picture is stored.

Only what describes a picture is touched, never the picture: a JPEG or PNG keeps its compressed data byte for byte.
What goes is the GPS directory of EXIF and the maker's private notes (they may repeat it), XMP, and whatever is glued on
behind the end of the picture. What cannot be understood is left out whole, so a damaged description hides nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

from shared.privacy.content import JPEG, PNG

EXIF = b"Exif\x00\x00"
XMP = (b"http://ns.adobe.com/xap/1.0/\x00", b"http://ns.adobe.com/xmp/extension/\x00")
GPS_DIRECTORY, EXIF_DIRECTORY, MAKER_NOTE = 0x8825, 0x8769, 0x927C
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Bytes of one value, by the type of a TIFF entry."""
_START_OF_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers that no length follows."""
_HIDING_TEXTS = (b"XML:com.adobe.xmp\x00", b"Raw profile type ")
MOST_DIRECTORIES = 8
_PIECE = 1024 * 1024


def without_position(pieces: Iterable[bytes], media_type: str) -> Iterator[bytes]:
    """The content of a file, without its position if it is a photo; anything else as it is. Streams."""
    if media_type == JPEG:
        return _jpeg(_Reader(pieces))
    if media_type == PNG:
        return _png(_Reader(pieces))
    return iter(pieces)


class _Reader:
    """Bytes in the portions that a format asks for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = b""

    def take(self, count: int) -> bytes:
        """That many bytes; fewer at the end."""
        while len(self._held) < count and (piece := next(self._pieces, b"")):
            self._held += piece
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def upto(self, count: int) -> Iterator[bytes]:
        """That many bytes, in pieces."""
        while count > 0 and (piece := self.take(min(count, _PIECE))):
            count -= len(piece)
            yield piece

    def before_marker(self) -> Iterator[bytes]:
        """Compressed data of a JPEG up to its next marker, which stays."""
        while piece := self.take(_PIECE):
            at = piece.find(b"\xff")
            while at >= 0 and at + 1 < len(piece) and (piece[at + 1] == 0 or 0xD0 <= piece[at + 1] <= 0xD7):
                at = piece.find(b"\xff", at + 2)
            if at < 0:
                yield piece
                continue
            self._held = piece[at:] + self._held
            if at:
                yield piece[:at]
            following = self.take(2)
            self._held = following + self._held
            if len(following) < 2 or (following[1] != 0 and not 0xD0 <= following[1] <= 0xD7):
                return
            yield self.take(2)


def _jpeg(reader: _Reader) -> Iterator[bytes]:
    yield reader.take(2)
    while marker := reader.take(2):
        while marker == b"\xff\xff":  # fill bytes may stand before a marker
            marker = b"\xff" + reader.take(1)
        if len(marker) < 2 or marker[0] != 0xFF:
            return
        code = marker[1]
        if code == _END:
            yield marker
            return
        if code in _ALONE:
            yield marker
            continue
        length = reader.take(2)
        body = reader.take(int.from_bytes(length, "big") - 2) if len(length) == 2 else b""
        if code == _APP1:
            body = _described(body)
            if not body:
                continue
            length = (len(body) + 2).to_bytes(2, "big")
        yield marker + length + body
        if code == _START_OF_SCAN:
            yield from reader.before_marker()


def _described(body: bytes) -> bytes:
    """An APP1 segment without a position; empty when nothing of it may stay."""
    if body.startswith(XMP):
        return b""
    if body.startswith(EXIF):
        kept = _tiff(body[len(EXIF) :])
        return EXIF + kept if kept else b""
    return body


def _png(reader: _Reader) -> Iterator[bytes]:
    yield reader.take(8)
    while len(head := reader.take(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind not in (b"eXIf", b"tEXt", b"zTXt", b"iTXt"):
            yield head
            yield from reader.upto(length + 4)
            if kind == b"IEND":
                return
            continue
        body = reader.take(length)
        reader.take(4)
        if kind == b"eXIf":
            body = _tiff(body)
        if body and not body.startswith(_HIDING_TEXTS):
            yield struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _tiff(data: bytes) -> bytes:
    """A TIFF structure with its GPS directories and maker's notes blanked; empty when it cannot be read."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        return b""
    kept = bytearray(data)
    try:
        waiting = [struct.unpack_from(order + "I", data, 4)[0]]
        for _ in range(MOST_DIRECTORIES):
            if not waiting:
                return bytes(kept)
            waiting += _blank(kept, order, waiting.pop())
    except (struct.error, IndexError):
        pass
    return b""


def _blank(data: bytearray, order: str, at: int) -> list[int]:
    """Blank what a directory says of the position; answers the directories that it leads to."""
    found = []
    count = struct.unpack_from(order + "H", data, at)[0]
    for entry in range(at + 2, at + 2 + count * 12, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", data, entry)
        inner = struct.unpack_from(order + "I", data, entry + 8)[0]
        if tag == EXIF_DIRECTORY:
            found.append(inner)
        elif tag == GPS_DIRECTORY:
            _empty(data, order, inner)
        elif tag == MAKER_NOTE:
            size = _SIZES.get(kind, 1) * values
            _zero(data, entry + 8 if size <= 4 else inner, size)
    following = struct.unpack_from(order + "I", data, at + 2 + count * 12)[0]
    return [*found, following] if following else found


def _empty(data: bytearray, order: str, at: int) -> None:
    """Leave a directory without entries, and nothing of their values."""
    count = struct.unpack_from(order + "H", data, at)[0]
    for entry in range(at + 2, at + 2 + count * 12, 12):
        _, kind, values = struct.unpack_from(order + "HHI", data, entry)
        size = _SIZES.get(kind, 1) * values
        if size > 4:
            _zero(data, struct.unpack_from(order + "I", data, entry + 8)[0], size)
    _zero(data, at, 2 + count * 12 + 4)


def _zero(data: bytearray, at: int, size: int) -> None:
    end = min(at + size, len(data))
    if at < end:
        data[at:end] = bytes(end - at)
