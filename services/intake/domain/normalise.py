"""Normalisation of the cells of a list of candidates (data contract, section 3).

Each function takes the text of a cell and gives its normal form, or None where the text has none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

WHITE = " \u00a0\t\n\r\u2028\u2029"
"""White space of the contract: space, no-break space, tab and line breaks. Other Unicode spaces are text."""

EARLIEST = date(1900, 1, 1)

_RUN_OF_WHITE = re.compile(f"[{WHITE}]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_DIGITS = re.compile(r"[0-9]+")
_GROUPS = re.compile(r"[0-9]{1,3}(?:[.,' \u00A0][0-9]{3})+")
_SEPARATORS = re.compile(r"[.,' \u00A0]")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LOCAL_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_WHOLE = re.compile(r"-?[0-9]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ASCII_NAME = re.compile(r"[A-Za-z][A-Za-z '.\-]*")


def has_control_character(cell: str) -> bool:
    """True if ``cell`` holds a Unicode control character (Cc) other than tab, LF and CR."""
    return _CONTROL.search(cell) is not None


def trim(cell: str) -> str:
    """``cell`` without white space at both ends; empty for a blank cell."""
    return cell.strip(WHITE)


def fold(text: str) -> str:
    """The form in which case, accents and other marks, composition and runs of white space do not count."""
    text = _RUN_OF_WHITE.sub(" ", text)
    if text.isascii():
        return text.lower()
    decomposed = _MARKS.sub("", unicodedata.normalize("NFD", text))
    if not decomposed.isascii():  # marks outside the common block, of other scripts
        decomposed = "".join(ch for ch in decomposed if not unicodedata.category(ch).startswith("M"))
    return decomposed.casefold()


def folded(choices: Iterable[str]) -> dict[str, str]:
    """A table from the folded form of each of ``choices`` to the choice as it is written."""
    return {fold(choice): choice for choice in choices}


def free_text(text: str) -> str:
    """Trimmed ``text`` in NFC with inner white space to one space; anything else stands as it is."""
    return unicodedata.normalize("NFC", _RUN_OF_WHITE.sub(" ", text))


def name(text: str) -> str | None:
    """A name: a letter, then letters, marks, space, apostrophe, hyphen or full stop; case kept."""
    normal = free_text(text)
    if _ASCII_NAME.fullmatch(normal):
        return normal
    if unicodedata.category(normal[0])[0] != "L":
        return None
    for ch in normal:
        if ch not in " '’-." and unicodedata.category(ch)[0] not in "LM":
            return None
    return normal


def document_type(text: str) -> str:
    """A type of document without dots and spaces, upper case (``c. e.`` → ``CE``)."""
    return _RUN_OF_WHITE.sub("", text).replace(".", "").upper()


def document_number(text: str) -> str | None:
    """The 5 to 10 digits of a document number, without separators and leading zeros."""
    if _DIGITS.fullmatch(text):
        digits = text
    elif _GROUPS.fullmatch(text):
        digits = _SEPARATORS.sub("", text)
    else:
        return None
    digits = digits.lstrip("0")
    return digits if 5 <= len(digits) <= 10 else None


def day(text: str) -> date | None:
    """A real day since 1900, from ``YYYY-MM-DD`` or ``d/m/yyyy``, always day first."""
    if match := _ISO_DATE.fullmatch(text):
        year, month, dom = match.groups()
    elif match := _LOCAL_DATE.fullmatch(text):
        dom, month, year = match.groups()
    else:
        return None
    try:
        result = date(int(year), int(month), int(dom))
    except ValueError:
        return None
    return result if result >= EARLIEST else None


def whole(text: str) -> int | None:
    """A whole number, possibly negative, of ASCII digits."""
    return int(text) if _WHOLE.fullmatch(text) else None


def row_number(text: str) -> int | None:
    """``fila_origen``: a whole number above zero, digits only."""
    if not _DIGITS.fullmatch(text):
        return None
    return int(text) or None
