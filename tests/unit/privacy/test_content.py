"""A file is what its first bytes say; a name or a declaration that says otherwise is refused."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
import xlsxwriter

from shared.privacy.content import (
    CSV,
    FIRST_BYTES,
    JPEG,
    PDF,
    PNG,
    XLSX,
    ZIP,
    FileTypeMismatch,
    FileTypeNotAccepted,
    check_content,
    sniff,
)


def zipped(*parts: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for part in parts:
            archive.writestr(part, "contenido")
    return target.getvalue()


def workbook_of_openpyxl() -> bytes:
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    return target.getvalue()


def workbook_of_xlsxwriter() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write(0, 0, "fila_origen")
    return target.getvalue()


SAMPLES = {
    "acta.pdf": (PDF, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    "foto.png": (PNG, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "foto.JPG": (JPEG, b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
    "foto.jpeg": (JPEG, b"\xff\xd8\xff\xe1\0\x10Exif\0"),
    "candidatos.xlsx": (XLSX, workbook_of_openpyxl()),
    "informe.xlsx": (XLSX, workbook_of_xlsxwriter()),
    "soportes.zip": (ZIP, zipped("acta.pdf", "foto.png")),
    "candidatos.csv": (CSV, 'fila_origen,nombre\r\n1,"Muñoz, Ana"\r\n'.encode()),
    "latin.csv": (CSV, "fila;nombre\n1;Muñoz\n".encode("latin-1")),
    "excel.csv": (CSV, b"\xef\xbb\xbf" + "fila,nombre\n1,Núñez\n".encode()),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_what_we_accept_is_recognised(name: str) -> None:
    media_type, content = SAMPLES[name]
    assert sniff(content[:FIRST_BYTES]) == media_type
    for declared in (media_type, f"{media_type}; charset=utf-8", media_type.upper(), None, "application/octet-stream"):
        assert check_content(name, declared, content[:FIRST_BYTES]) == media_type


@pytest.mark.parametrize("cut", range(20, 40))
def test_a_text_cut_inside_a_character_is_still_text(cut: int) -> None:
    assert sniff(("nombre\n" + "ñáéíóú" * 10).encode()[:cut]) == CSV
    assert sniff(b"\xef\xbb\xbf" + ("nombre\n" + "ñáéíóú" * 10).encode()[:cut]) == CSV


def test_windows_calls_a_csv_a_workbook_and_that_is_understood() -> None:
    assert check_content("candidatos.csv", "application/vnd.ms-excel", SAMPLES["candidatos.csv"][1]) == CSV


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"MZ\x90\0\x03\0\0\0",
        b"\x7fELF\x02\x01\x01\0",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"  <svg xmlns='http://www.w3.org/2000/svg'>",
        b"\xef\xbb\xbf<?xml version='1.0'?>",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"GIF89a\x01\0",
        "hola".encode("utf-16"),
        b"texto\x00oculto",
    ],
)
def test_what_we_do_not_accept_is_not_recognised(content: bytes) -> None:
    assert sniff(content) is None
    for name in ("a.pdf", "a.csv", "a.xlsx", "a.png"):
        with pytest.raises(FileTypeMismatch):
            check_content(name, None, content)


@pytest.mark.parametrize(
    "name", ["acta.pdf", "foto.png", "foto.jpeg", "candidatos.xlsx", "candidatos.csv", "soportes.zip"]
)
def test_a_name_that_says_something_else_is_refused(name: str) -> None:
    own = SAMPLES[name][0]
    for media_type, content in SAMPLES.values():
        if media_type != own:
            with pytest.raises(FileTypeMismatch) as refused:
                check_content(name, None, content[:FIRST_BYTES])
            assert refused.value.code == "FILE_TYPE_MISMATCH"
            assert "vuelva a adjuntarlo" in refused.value.text


def test_a_declaration_that_says_something_else_is_refused() -> None:
    with pytest.raises(FileTypeMismatch, match="FILE_TYPE_MISMATCH"):
        check_content("acta.pdf", "image/png", SAMPLES["acta.pdf"][1])
    with pytest.raises(FileTypeMismatch):
        check_content("acta.pdf", "text/html", SAMPLES["acta.pdf"][1])


def test_a_word_document_is_no_workbook() -> None:
    document = zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml")
    assert sniff(document) == ZIP
    with pytest.raises(FileTypeMismatch):
        check_content("carta.xlsx", None, document)


@pytest.mark.parametrize(
    "name", ["virus.exe", "sin_extension", "", "acta.pdf.exe", ".pdf", "carta.docx", "C:\\a.pdf\\b"]
)
def test_an_extension_that_we_do_not_receive_is_refused_without_telling_the_name(name: str) -> None:
    with pytest.raises(FileTypeNotAccepted) as refused:
        check_content(name, PDF, SAMPLES["acta.pdf"][1])
    assert "Adjunte PDF" in refused.value.text
    assert "virus" not in refused.value.text
