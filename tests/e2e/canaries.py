"""Looking for personal values in the bytes of files, in every form in which they could lie there by mistake."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

SHORTEST = 7
"""Bytes: shorter values would be found by chance, and slip between the words of the search."""
WORDS = (8, 4)
"""Sizes of the words that are compared, the longer for needles that surely hold one."""
DIGESTS = ("md5", "sha1", "sha256")
ID_LENGTH, ID_REACH = 28, 64
"""Characters of the shortest run of hexadecimal digits and dashes that counts as an id; how far back it is followed."""
_RUN, _RUN_BEFORE = re.compile(rb"[0-9a-f-]*"), re.compile(rb"[0-9a-f-]*$")


class Canaries:
    """Values that must not be found, each under a label that tells what and whose it is.

    A needle of seven bytes holds a whole aligned word of four wherever it lies, one of fifteen a word of eight; so one
    pass over the words of a file says which needles are worth looking for.
    """

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        text: dict[bytes, str] = {}
        binary: dict[bytes, str] = {}
        self._values = 0
        for label, value in values:
            if len(value) < SHORTEST:
                raise ValueError(f"{label} is too short to be searched for")
            self._values += 1
            for form, needle in _texts(value):
                if len(needle) >= SHORTEST:
                    text.setdefault(needle.lower(), f"{label} as {form}")
            for form, needle in _codes(value):
                binary.setdefault(needle, f"{label} as {form}")
        self._text, self._binary = _Haystack(text), _Haystack(binary)

    def __len__(self) -> int:
        return self._values

    def found_in(self, content: bytes) -> list[str]:
        """The labels of what ``content`` holds."""
        # Lower case and without the zero bytes of UTF-16, a text looks the same however it was written.
        plain = content.lower().replace(b"\0", b"")
        return [*self._text.found_in(plain), *self._binary.found_in(content)]

    def found_under(self, folder: Path) -> tuple[int, list[str]]:
        """How many files were read under ``folder``, and what they and their names hold."""
        found, read = [], 0
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                read += 1
                name = str(path.relative_to(folder))
                found += [f"{name}: {label}" for label in self.found_in(path.read_bytes() + name.encode())]
        return read, found


class _Haystack:
    """Needles by the words that they hold."""

    def __init__(self, needles: dict[bytes, str]) -> None:
        self._needles = needles
        self._by_word: dict[int, dict[int, set[bytes]]] = {size: defaultdict(set) for size in WORDS}
        for needle in needles:
            size = next(size for size in WORDS if len(needle) >= 2 * size - 1)
            for word in {word for phase in _phases(needle, size) for word in phase}:
                self._by_word[size][word].add(needle)

    def found_in(self, content: bytes) -> list[str]:
        found = []
        for size, by_word in self._by_word.items():
            aligned = memoryview(content[: len(content) // size * size])
            words = set((aligned.cast("Q") if size == 8 else aligned.cast("I")).tolist())
            likely = {needle for word in words.intersection(by_word) for needle in by_word[word]}
            for needle in sorted(likely):
                # Wherever it lies, every aligned word within it lies there too.
                if any(words.issuperset(phase) for phase in _phases(needle, size)) and _lies_in(needle, content):
                    found.append(self._needles[needle])
        return found


def _lies_in(needle: bytes, content: bytes) -> bool:
    """Whether ``content`` holds ``needle``; digits amid a long hexadecimal run are an id's own, by chance."""
    if not needle.isdigit():
        return needle in content
    return any(not _amid_an_id(content, *match.span()) for match in re.finditer(re.escape(needle), content))


def _amid_an_id(content: bytes, start: int, end: int) -> bool:
    before, after = _RUN_BEFORE.search(content[max(0, start - ID_REACH) : start]), _RUN.match(content, end)
    run = (before.group() if before else b"") + content[start:end] + (after.group() if after else b"")
    return len(run) >= ID_LENGTH and re.search(rb"[a-f]", run) is not None


def _phases(needle: bytes, size: int) -> list[list[int]]:
    """The whole words of ``needle`` for each way in which it may lie across them."""
    return [
        [
            int.from_bytes(needle[start : start + size], sys.byteorder)
            for start in range(offset, len(needle) - size + 1, size)
        ]
        for offset in range(size)
    ]


def _texts(value: str) -> Iterator[tuple[str, bytes]]:
    decomposed = unicodedata.normalize("NFD", value)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    spellings = {value, value.upper(), decomposed, plain, plain.replace(" ", "")}
    if _is_number(value):
        groups = _in_groups(value)
        spellings |= {separator.join(groups) for separator in (".", ",", "'", " ", "\u00a0", "-")}
    for spelling in spellings:
        yield f"«{spelling}»", spelling.encode()
        # UTF-16 without its zero bytes is Latin-1.
        yield f"UTF-16 or Latin-1 «{spelling}»", spelling.encode("latin-1", "ignore")
        yield f"escaped «{spelling}»", spelling.encode("ascii", "backslashreplace")
        yield f"hex of «{spelling}»", spelling.encode().hex().encode()
    for name in DIGESTS:
        yield f"{name} in hex", hashlib.new(name, value.encode()).hexdigest().encode()


def _codes(value: str) -> Iterator[tuple[str, bytes]]:
    text = value.encode()
    for shift in range(3):
        # In base64 a text looks different by its place among the groups of three bytes.
        padded = base64.b64encode(b"\0" * shift + text + b"\0\0")
        needle = padded[4 * (shift > 0) : (shift + len(text)) // 3 * 4]
        if len(needle) >= SHORTEST:
            yield "base64", needle
    for name in DIGESTS:
        yield name, hashlib.new(name, text).digest()


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _in_groups(digits: str) -> list[str]:
    first = len(digits) % 3 or 3
    return [digits[:first], *(digits[start : start + 3] for start in range(first, len(digits), 3))]
