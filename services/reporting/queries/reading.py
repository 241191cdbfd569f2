"""What the queries of the office have in common: who may ask, ids, words for codes."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from services.reporting.application import ReportingApplication
from shared.catalogue.refusals import CatalogueNotEffective, FieldInvalid, NotAuthorised
from shared.contracts.wording import VALUES
from shared.runtime.tokens import Who

OFFICE = ("report_author", "coordinator", "subdirector", "caseworker", "contract_supervisor", "business_adviser")
READERS = (*OFFICE, "auditor")
LISTS = {
    "phase": "phase",
    "component": "component",
    "topic": "topic",
    "reason_code": "exit_reason",
    "unit": "unit_of_measure",
    "locality": "locality",
    "product_type": "product_type",
}
VALUES_HERE = {"technical": "Técnico", "financial": "Financiero", "legal": "Jurídico", "compliant": "Cumple"} | {
    "partial": "Cumple en parte",
    "profile_producer": "Con perfil, productor",
    "profile_trader": "Con perfil, comercializador",
    "profile_neither": "Con perfil, ni productor ni comercializador",
    "no_profile_producer": "Sin perfil, productor",
    "no_profile_trader": "Sin perfil, comercializador",
    "no_profile_neither": "Sin perfil, ni productor ni comercializador",
    "non_compliant": "No cumple",
    "not_due": "No aplica aún",
}


def check_reader(who: Who, what: str) -> None:
    """Refuse who holds no role of the office: operator staff never see the figures of others (SOD-5)."""
    if who.contracts or not who.roles.intersection(READERS):
        raise NotAuthorised(command=what, roles=", ".join(READERS))


def uuid_of(value: Any, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise FieldInvalid(field=field, explanation="indique un identificador válido (UUID).") from None


def words_for(app: ReportingApplication, name: str, code: str, on: date) -> str:
    """The Spanish words of a value by which a figure is divided."""
    if not code:
        return "Sin dato"
    if name in LISTS:
        try:
            return str(app.catalogue.code_list(LISTS[name], on).label(code))
        except CatalogueNotEffective:
            return code
    return VALUES_HERE.get(code) or VALUES.get(code, code)
