"""PDF through typst: the same template and data always give the same bytes, and data is never read as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, overload

from shared.documents.images import Images

_PACKAGE = files("shared.documents") / "templates"
LAYOUT = "layout.typ"


class DocumentUnprintable(RuntimeError):
    """A document that could not be set: a template's fault, never that of the words in it. The text says where."""


@overload
def render(template: str, data: Mapping[str, Any], *, images: Images | None = None) -> bytes: ...
@overload
def render(
    template: str, data: Mapping[str, Any], *, images: Images | None = None, format: Literal["png"], ppi: float = 110
) -> list[bytes]: ...


def render(
    template: str,
    data: Mapping[str, Any],
    *,
    images: Images | None = None,
    format: Literal["pdf", "png"] = "pdf",
    ppi: float = 110,
) -> bytes | list[bytes]:
    """Set ``template`` (the name of a file beside this module's templates, without ``.typ``) with ``data``.

    ``data`` is JSON data. It reaches the template as a file, so ``#``, ``$`` or ``*`` in it stay what they are.
    ``images`` are those that ``data`` names. Returns the PDF, or one PNG a page at ``ppi`` pixels an inch.
    Raises `DocumentUnprintable`.
    """
    sources: dict[str, bytes] = {
        "main.typ": _source(f"{template}.typ"),
        LAYOUT: _source(LAYOUT),
        "data.json": json.dumps(data, ensure_ascii=False).encode(),
        **(images.files if images else {}),
    }
    typst = _typst()
    try:
        set_pages = typst.compile(sources, format=format, ppi=ppi, font_paths=_fonts(), ignore_system_fonts=True)
    except typst.TypstError as error:
        # typst shows the source line, which is ours; the data is in another file.
        raise DocumentUnprintable(f"{template}: {error.message} {' '.join(error.trace)}") from error
    if format == "png" and isinstance(set_pages, bytes):
        return [set_pages]
    pages: bytes | list[bytes] = set_pages
    return pages


def _typst() -> Any:
    """The typesetter, loaded when the first document is set: most processes print nothing for hours.

    Untyped: its published types leave out files in memory, which it takes.
    """
    import typst

    return typst


@cache
def _source(name: str) -> bytes:
    return (_PACKAGE / name).read_bytes()


@cache
def _fonts() -> Any:
    """Only the fonts that typst brings: a font of the machine would give other bytes on another machine."""
    return _typst().Fonts(include_system_fonts=False, include_embedded_fonts=True)
