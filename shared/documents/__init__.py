"""Documents as PDF: the letters and forms of the procedure, the same bytes for the same data."""

from __future__ import annotations

from shared.documents.external_letter import external_letter
from shared.documents.form import form_document
from shared.documents.monthly_report import monthly_report
from shared.documents.sheet import Issuer, Sheet, content_hash
from shared.documents.stock_movement import delivery_receipt, stock_assignment, withdrawal
from shared.documents.stock_receipt import stock_receipt

__all__ = [
    "Issuer",
    "Sheet",
    "content_hash",
    "delivery_receipt",
    "external_letter",
    "form_document",
    "monthly_report",
    "stock_assignment",
    "stock_receipt",
    "withdrawal",
]
