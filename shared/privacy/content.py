"""What a file really is, by its first bytes: a name and a declared type are only claims."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from shared.catalogue.refusals import Refusal

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
ZIP = "application/zip"
CSV = "text/csv"
YAML = "application/yaml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FIRST_BYTES = 4096
"""How many first bytes `sniff` wants to see; fewer only when the file is shorter."""

_BY_EXTENSION = {"pdf": PDF, "png": PNG, "jpg": JPEG, "jpeg": JPEG, "zip": ZIP, "csv": CSV, "xlsx": XLSX}
_BY_EXTENSION |= {"yaml": YAML, "yml": YAML}
_NAMES = {
    PDF: "PDF",
    PNG: "imagen PNG",
    JPEG: "imagen JPEG",
    ZIP: "ZIP",
    CSV: "texto CSV",
    XLSX: "libro de Excel",
    YAML: "texto YAML",
}

# What browsers say when they do not know better; Windows with Excel calls every CSV a workbook.
_VAGUE = {"", "application/octet-stream", "binary/octet-stream"}
_ALSO = {
    CSV: {"text/plain", "application/csv", "application/vnd.ms-excel"},
    ZIP: {"application/x-zip-compressed"},
    JPEG: {"image/jpg", "image/pjpeg"},
    YAML: {"text/yaml", "text/x-yaml", "application/x-yaml", "text/plain"},
}

_ZIP_HEADER = 30
_WORKBOOK_PARTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/")
_OTHER_OFFICE = (b"word/", b"ppt/", b"visio/")
STRANGE_ONE_IN = 100
"""A text may hold one control character in so many."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\s*<[!?a-z]", re.IGNORECASE)


class FileTypeMismatch(Refusal):
    code = "FILE_TYPE_MISMATCH"
    status = 422
    message = (
        "El archivo se presenta como {claimed}, pero su contenido es {found}. "
        "Ábralo, guárdelo en el formato correcto y vuelva a adjuntarlo."
    )


class FileTypeNotAccepted(Refusal):
    code = "FILE_TYPE_NOT_ACCEPTED"
    status = 415
    message = "No se reciben archivos «{extension}». Adjunte PDF, PNG, JPEG, XLSX, CSV, ZIP o YAML."


def sniff(first_bytes: bytes) -> str | None:
    """The media type that ``first_bytes`` (see `FIRST_BYTES`) show; None for nothing that we accept."""
    if first_bytes.startswith(b"%PDF-"):
        return PDF
    if first_bytes.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if first_bytes.startswith(b"\xff\xd8\xff"):
        return JPEG
    if first_bytes.startswith(b"PK\x03\x04"):
        return XLSX if _is_workbook(first_bytes) else ZIP
    return CSV if _is_table_text(first_bytes) else None


def check_content(name: str, declared: str | None, first_bytes: bytes) -> str:
    """The media type of a file called ``name`` and ``declared`` as such by its sender, when its content agrees.

    Raises `FileTypeNotAccepted` for an extension that we do not receive, `FileTypeMismatch` when content, name and
    declaration do not agree. Neither tells the name, which is personal.
    """
    extension = PurePosixPath(name.replace("\\", "/")).suffix.lower().lstrip(".")
    expected = _BY_EXTENSION.get(extension)
    if expected is None:
        raise FileTypeNotAccepted(field="file", extension=extension[:10] or "sin extensión")
    found = sniff(first_bytes[:FIRST_BYTES])
    if expected == YAML and found == CSV:
        # Text is text; what a YAML file says is read where it is used.
        found = YAML
    if found != expected:
        raise FileTypeMismatch(field="file", claimed=_NAMES[expected], found=_NAMES.get(found or "", "otro"))
    said = (declared or "").split(";")[0].strip().lower()
    if said not in _VAGUE | {expected} | _ALSO.get(expected, set()):
        raise FileTypeMismatch(field="file", claimed=_NAMES.get(said, "otro tipo"), found=_NAMES[found])
    return expected


def _is_workbook(start: bytes) -> bool:
    """A ZIP whose first part is one that office files begin with, and that shows no part of Word or PowerPoint."""
    length = int.from_bytes(start[26:28], "little")
    first_part = start[_ZIP_HEADER : _ZIP_HEADER + length]
    return first_part.startswith(_WORKBOOK_PARTS) and not any(part in start for part in _OTHER_OFFICE)


def _is_table_text(start: bytes) -> bool:
    start = start.removeprefix(b"\xef\xbb\xbf")
    if not start:
        return False
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        # A cut inside a character is no fault of the file. Latin-1 never fails; control characters give it away.
        cut = error.reason == "unexpected end of data"
        text = start[: error.start].decode("utf-8") if cut else start.decode("latin-1")
    # A stray control character in a cell is that row's fault, told with its number; a file full of them is no text.
    strange = len(_CONTROL.findall(text))
    return strange * STRANGE_ONE_IN <= len(text) and not _MARKUP.match(text)
