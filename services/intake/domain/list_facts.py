"""From the words of a list to ours: sources and facts of an imported row (requirements 3.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.intake.domain.columns import LOCALITIES
from services.intake.domain.facts import Facts
from shared.privacy.personal import Kind, Personal

SOURCES: dict[str, tuple[str, str | None]] = {
    "jornada": ("field_day", None),
    "hemi": ("hemi", None),
    "solicitud": ("requests_pr029", "request"),
    "pr029": ("requests_pr029", "database"),
}
"""``fuente`` → source and, within requests_pr029, its sub-kind."""

ACTIVITY_TYPES = {"fabricacion": "manufacture", "comercializacion": "trade", "servicios": "services"}
HOUSEHOLD_TYPES = {
    "nuclear": "nuclear",
    "reconstituida": "blended",
    "unipersonal": "single_person",
    "extensa": "extended",
}
ROUTES = {"strengthening": "fortalecimiento", "entrepreneurship": "emprendimiento"}
"""Our routes → those of the report."""

_LOCALITY_CODES = {name: f"{number:02d}" for number, name in enumerate(LOCALITIES, start=1)}
_SAME: tuple[tuple[str, Kind, str], ...] = (
    ("tipo_documento", "i", "doc_type"),
    ("numero_documento", "i", "doc_no"),
    ("sexo", "i", "sex"),
    ("nacionalidad", "i", "nationality"),
    ("rvi", "i", "rvi_no"),
    ("telefono", "c", "phone"),
    ("correo", "c", "e_mail"),
    ("direccion", "c", "home_address"),
    ("barrio", "c", "neighbourhood"),
    ("reside_bogota", "s", "lives_in_dc"),
    ("actividad_en_bogota", "s", "works_in_dc"),
    ("actividad_economica", "s", "economic_activity"),
    ("productos", "s", "products"),
    ("formalidad", "s", "formality"),
    ("ingreso_principal", "s", "main_income"),
    ("numero_inmuebles", "s", "properties"),
    ("alternativa_comercial", "s", "commercial_alternative"),
    ("excluido", "s", "excluded"),
    ("inhabilitado", "s", "disqualified"),
    ("lee_escribe", "s", "reads_writes"),
    ("persona_apoyo", "s", "has_supporter"),
    ("dispuesto", "s", "willing_training"),
    ("dispuesto", "s", "willing_assistance"),
    ("capacidad_legal", "s", "legal_capacity"),
    ("recibia_servicios_2019_10_23", "s", "service_active_on_p01"),
    ("requiere_credito", "r", "requires_credit"),
    ("reporte_negativo", "r", "adverse_report"),
    ("paz_y_salvo", "r", "adverse_reports_cured"),
)
_DATES: tuple[tuple[str, Kind, str], ...] = (
    ("fecha_nacimiento", "i", "birth_date"),
    ("fecha_caracterizacion", "s", "characterised_on"),
    ("fecha_inicio_actividad", "s", "operation_start_date"),
)


def facts_of_row(row: Mapping[str, Any], subject: UUID | None = None) -> Facts:
    """The facts of a row by data class; a blank cell is an unknown fact and not there."""
    by_kind: dict[Kind, dict[str, Any]] = {"i": _names(row), "c": {}, "s": {}, "r": {}}
    for column, kind, name in _SAME:
        if row[column] is not None:
            by_kind[kind][name] = row[column]
    for column, kind, name in _DATES:
        if row[column] is not None:
            by_kind[kind][name] = row[column].isoformat()
    socioeconomic = by_kind["s"]
    socioeconomic["activity_type"] = ACTIVITY_TYPES[row["tipo_actividad"]]
    socioeconomic["household_type"] = HOUSEHOLD_TYPES[row["tipo_hogar"]]
    if row["localidad"] is not None:
        by_kind["c"]["locality"] = _LOCALITY_CODES[row["localidad"]]
    if row["inmueble_vivienda_familiar"] is not None:
        socioeconomic["property_use"] = "family_home" if row["inmueble_vivienda_familiar"] else "other"
    if row["pensionado"] is False:
        socioeconomic["pension"] = socioeconomic["retirement_pay"] = False
    elif row["pensionado"]:
        # One of the two; the list does not say which (3.2.1).
        socioeconomic["pension_or_retirement_pay"] = True
    return {kind: Personal(subject, kind, values) for kind, values in by_kind.items() if values}


def _names(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "names": " ".join(part for part in (row["primer_nombre"], row["segundo_nombre"]) if part),
        "surnames": " ".join(part for part in (row["primer_apellido"], row["segundo_apellido"]) if part),
    }
