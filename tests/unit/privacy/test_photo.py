"""A photo is stored without the place where it was taken (point 2 of X-05's files, class {m})."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.privacy.content import JPEG, PDF, PNG
from shared.privacy.photo import without_position

LATITUDE = struct.pack(">6I", 4, 1, 35, 1, 5343, 100)
MAKER = b"maker:4.598/-74.076"
XMP = b'<x:xmpmeta exif:GPSLatitude="4,35.8905N"/>'
SCAN = bytes(range(1, 255)) * 9 + b"\xff\x00\xff\xd0" + b"pixels" + b"\xff\x00"
"""Compressed data with everything in it that is no marker."""


def tiff(order: str = ">") -> bytes:
    """Two directories and a GPS one: orientation 6, a maker's note, latitude north."""
    head = (b"MM" if order == ">" else b"II") + struct.pack(order + "HI", 42, 8)
    exif_at = 8 + 2 + 3 * 12 + 4
    gps_at = exif_at + 2 + 12 + 4
    note_at = gps_at + 2 + 2 * 12 + 4
    values_at = note_at + len(MAKER)
    ifd0 = struct.pack(order + "H", 3)
    ifd0 += struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0)
    ifd0 += struct.pack(order + "HHII", 0x8769, 4, 1, exif_at)
    ifd0 += struct.pack(order + "HHII", 0x8825, 4, 1, gps_at) + struct.pack(order + "I", 0)
    exif = struct.pack(order + "HHHII", 1, 0x927C, 7, len(MAKER), note_at) + struct.pack(order + "I", 0)
    gps = struct.pack(order + "H", 2) + struct.pack(order + "HHI4s", 1, 2, 2, b"N\0\0\0")
    gps += struct.pack(order + "HHII", 2, 5, 3, values_at) + struct.pack(order + "I", 0)
    return head + ifd0 + exif + gps + MAKER + LATITUDE


def segment(code: int, body: bytes) -> bytes:
    return b"\xff" + bytes([code]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg(*described: bytes, behind: bytes = b"") -> bytes:
    start = b"\xff\xd8" + segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    described_by = b"".join(segment(0xE1, each) for each in described)
    tables = segment(0xDB, b"\0" + b"\x10" * 64) + segment(0xC2, b"\x08\0\x10\0\x10\x01\x01\x11\0")
    # Two scans, as a progressive picture has, with a table between them that looks like an end.
    scans = segment(0xDA, b"\x01\x01\0\0\0\0") + SCAN + segment(0xC4, b"\0\xff\xd9") + segment(0xDA, b"\x01") + SCAN
    return start + described_by + tables + scans + b"\xff\xd9" + behind


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*described: bytes) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", bytes(13))
        + b"".join(described)
        + chunk(b"IDAT", SCAN)
        + chunk(b"IEND", b"")
    )


def in_pieces(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def kept(content: bytes, media_type: str, size: int = 1_000_000) -> bytes:
    return b"".join(without_position(in_pieces(content, size), media_type))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("size", [1, 7, 1_000_000])
def test_position_and_makers_notes_go_and_the_picture_stays(order: str, size: int) -> None:
    """X-05: byte for byte the same but for what tells the place; how to turn the picture stays known."""
    content = jpeg(b"Exif\0\0" + tiff(order))
    found = kept(content, JPEG, size)
    assert len(found) == len(content)
    assert LATITUDE in content and LATITUDE not in found
    assert MAKER in content and MAKER not in found
    assert struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0) in found
    start = content.index(b"\xff\xdb")
    assert found[start:] == content[start:]


def test_what_else_may_tell_the_place_is_left_out() -> None:
    """X-05: XMP, an unreadable description, and what hangs behind the end of the picture."""
    plain = jpeg()
    hiding = (b"http://ns.adobe.com/xap/1.0/\0" + XMP, b"http://ns.adobe.com/xmp/extension/\0" + XMP)
    broken = (b"Exif\0\0MM\0\x2a\xff\xff\xff\xff" + LATITUDE, b"Exif\0\0??", b"Exif\0\0II\x2a\0\x08\0\0\0\xff\xff")
    circular = b"Exif\0\0II\x2a\0\x08\0\0\0\0\0\x08\0\0\0" + LATITUDE
    assert kept(jpeg(*hiding, *broken, circular, behind=b"video " + LATITUDE), JPEG) == plain


def test_a_picture_that_tells_nothing_stays_as_it_is() -> None:
    """X-05: also one cut off, one with another kind of description, and a file that is no picture."""
    assert kept(jpeg(b"other\0data"), JPEG, 3) == jpeg(b"other\0data")
    cut = jpeg()[:200]
    assert kept(cut, JPEG) == cut
    assert kept(jpeg(b"Exif\0\0" + tiff()), PDF) == jpeg(b"Exif\0\0" + tiff())


def test_a_png_loses_its_position_too() -> None:
    """X-05: EXIF blanked with its checksum made anew, XMP and raw profiles left out, other texts kept."""
    said = chunk(b"tEXt", b"Title\0Taller de cuero")
    hiding = (
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(LATITUDE)),
        chunk(b"eXIf", b"nonsense"),
    )
    assert kept(png(said, *hiding), PNG, 5) == png(said)
    found = kept(png(chunk(b"eXIf", tiff())), PNG)
    assert LATITUDE not in found
    at = found.index(b"eXIf")
    length = int.from_bytes(found[at - 4 : at], "big")
    body, checksum = found[at + 4 : at + 4 + length], found[at + 4 + length : at + 8 + length]
    assert zlib.crc32(b"eXIf" + body) == int.from_bytes(checksum, "big")
    assert kept(png() + b"behind", PNG) == png()


@given(st.binary(max_size=400), st.sampled_from([JPEG, PNG]), st.integers(1, 50))
def test_no_content_breaks_it(content: bytes, media_type: str, size: int) -> None:
    """X-05: whatever comes, it ends, and gives no more than came."""
    start = b"\xff\xd8" if media_type == JPEG else b"\x89PNG\r\n\x1a\n"
    assert len(kept(start + content, media_type, size)) <= len(start + content)


@given(st.binary(max_size=300))
def test_no_description_breaks_it(described: bytes) -> None:
    """X-05: the picture stays whatever its description holds."""
    body = jpeg(b"Exif\0\0II\x2a\0" + described)
    found = kept(body, JPEG)
    assert found.endswith(body[body.index(b"\xff\xdb") :])
