"""Issuing documents: the next number of a series, the PDF that bears it, and its place in the file store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.inventory.domain.item import Item
from services.inventory.domain.papers import Issued, Rows
from services.inventory.domain.series import FO_110_A, FO_110_B, FO_128, FRM_10, DocumentSeries
from services.inventory.domain.warehouse import Warehouse
from shared.catalogue.code_lists import CodeList
from shared.catalogue.types import Act
from shared.documents import Sheet, content_hash, delivery_receipt, stock_assignment, stock_receipt, withdrawal
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, reveal

if TYPE_CHECKING:
    from services.inventory.application.base import InventoryBase

ITEM = "item"
"""Kind of the claim by which the code of an item leads to it."""
DOCUMENT = "document"
"""Kind of the claim by which a document's number leads to the receipt, transfer or case that issued it."""

_PRINTED: dict[str, tuple[str, Callable[[Sheet, Mapping[str, Any]], bytes], str]] = {
    FO_110_A: ("FO-110", stock_receipt, "Alta de almacén (parte A)"),
    FO_110_B: ("FO-110", stock_assignment, "Asignación de activo (parte B)"),
    FO_128: ("FO-128", withdrawal, "Traslado de elementos"),
    FRM_10: ("FRM-10", delivery_receipt, "Recibo de entrega"),
}
"""By part: code of the form, what prints it, its official name."""


_BY_ACCOUNT = ("requested_by", "recorded_by")


@dataclass(frozen=True)
class Paper:
    """One document about to be issued. ``subject``: under whose keys the file lies; ``owner``: what issues it.

    ``facts`` are what it says besides its lines, as `shared.documents` takes them.
    """

    part: str
    id: UUID
    owner: UUID
    subject: UUID
    warehouse: Warehouse
    facts: Mapping[str, Any]

    def issue(self, application: InventoryBase, uow: UnitOfWork, act: Act, rows: Rows) -> Issued:
        """Allot the number, make the PDF and keep it. Runs anew with the use case: then the number may be another."""
        number = self._number(uow, act.on.year)
        uow.claim(DOCUMENT, number, self.owner)
        code, print_pdf, name = _PRINTED[self.part]
        form = application.catalogue.form(code, act.on)
        said = {"id": self.id, "number": number, "form": code, "version": form.version, "on": act.on, "lines": rows}
        content = content_hash(_without_personal({**said, **self.facts}))
        sheet = Sheet(code, name, form.version, form.effective_from, number, content)
        units = application.catalogue.code_list("unit_of_measure", act.on)
        printed = _with_images(application, {**self.facts, "lines": [_printed_line(uow, units, row) for row in rows]})
        stored = application.files.put(
            BytesIO(print_pdf(sheet, printed)),
            subject=self.subject,
            kind="m",
            media_type="application/pdf",
            name=f"{code}-{number}.pdf",
        )
        # The file's own hash would confirm a guess at a signer's name, so it is the person's, like the name.
        sha256 = Personal(self.subject, "m", stored.sha256)
        document = {"file": stored.id, "sha256": sha256, "content": content, "form": code, "version": form.version}
        return Issued(number, document)

    def _number(self, uow: UnitOfWork, year: int) -> str:
        series = uow.find(DocumentSeries, DocumentSeries.id_of(self.part, self.warehouse.id, year))
        if series is None:
            series = DocumentSeries.open(self.part, self.warehouse.id, self.warehouse.code, year)
            uow.add(series)
        return series.allot(self.id)


def _printed_line(uow: UnitOfWork, units: CodeList, row: Mapping[str, Any]) -> dict[str, Any]:
    """A line as people read it: goods and units by name, lots and lines by their document's number, not by their id."""
    shown = dict(row)
    if row.get("unit"):
        shown["unit"] = units.label(str(row["unit"]))
    known = uow.claimed(ITEM, str(row["item"]))
    if known is not None:
        item = uow.get(Item, known)
        shown["item"] = f"{item.name} ({item.code})"
    if "lot_name" in row:
        shown |= {"lot": row["lot_name"], "receipt_line": row["lot_name"]}
    else:
        shown["lot"] = row.get("supplier_lot")
    for key in ("assignment_line", "withdrawal_line"):
        if key in row:
            shown[key] = row["lot_name"]
    return shown


def _with_images(application: InventoryBase, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts in the clear, with the images of signatures and the photo as bytes."""
    shown: dict[str, Any] = reveal(facts)
    for name, value in shown.items():
        if isinstance(value, UUID):
            # A case is known by its first eight signs, as on screen; so is the account of who asks without signing.
            shown[name] = f"Usuario {str(value)[:8]}" if name in _BY_ACCOUNT else str(value)[:8]
        if isinstance(value, dict) and value.get("image"):
            shown[name] = {**value, "image": application.files.read(str(value["image"]))}
    if shown.get("photo"):
        shown["photo"] = application.files.read(str(shown["photo"]))
    return shown


def _without_personal(value: Any) -> Any:
    """``value`` with None for what is personal: the hash is stored and printed in the clear (INV-15)."""
    if isinstance(value, Personal):
        return None
    if isinstance(value, Mapping):
        return {key: _without_personal(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_personal(item) for item in value]
    return value
