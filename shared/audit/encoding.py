"""Base64 and decimal numbers in exactly one way of writing: another way of writing the same is a changed byte."""

from __future__ import annotations

import base64
import binascii
import re

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def base64_text(content: bytes) -> str:
    """``content`` in standard Base64 (RFC 4648, section 4)."""
    return base64.b64encode(content).decode("ascii")


def from_base64(text: str) -> bytes:
    """What ``text`` stands for. Raises `ValueError`, also for stray bits after the last byte."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if base64_text(content) != text:
        raise ValueError("not the one way of writing these bytes")
    return content


def from_decimal(text: str) -> int:
    """The number that ``text`` writes without sign and leading zeroes. Raises `ValueError`."""
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError("not a decimal number")
    return int(text)
