"""The columns of a list of candidates (*base de datos SESEC*), in their order, and what each may hold."""

from __future__ import annotations

from typing import Literal, NamedTuple

Content = Literal[
    "number", "choice", "date", "document_type", "document", "name", "locality", "boolean", "count", "text"
]  # fmt: skip


class Column(NamedTuple):
    """One column: its Spanish name, what its cells hold, whether a blank cell rejects the row."""

    name: str
    content: Content
    required: bool = False
    choices: tuple[str, ...] = ()


LOCALITIES = (
    "Usaquén", "Chapinero", "Santa Fe", "San Cristóbal", "Usme", "Tunjuelito", "Bosa", "Kennedy", "Fontibón",
    "Engativá", "Suba", "Barrios Unidos", "Teusaquillo", "Los Mártires", "Antonio Nariño", "Puente Aranda",
    "La Candelaria", "Rafael Uribe Uribe", "Ciudad Bolívar", "Sumapaz",
)  # fmt: skip
"""The 20 localities of Bogotá D.C., as they are written officially."""

DOCUMENT_TYPES = ("CC", "CE", "TI", "PPT")

COLUMNS: tuple[Column, ...] = (
    Column("fila_origen", "number", True),
    Column("fuente", "choice", True, ("jornada", "hemi", "solicitud", "pr029")),
    Column("fecha_identificacion", "date", True),
    Column("tipo_documento", "document_type", True, DOCUMENT_TYPES),
    Column("numero_documento", "document", True),
    Column("primer_nombre", "name", True),
    Column("segundo_nombre", "name"),
    Column("primer_apellido", "name", True),
    Column("segundo_apellido", "name"),
    Column("fecha_nacimiento", "date", True),
    Column("sexo", "choice", True, ("M", "F", "I")),
    Column("nacionalidad", "text"),
    Column("telefono", "text"),
    Column("correo", "text"),
    Column("direccion", "text"),
    Column("localidad", "locality", False, LOCALITIES),
    Column("barrio", "text"),
    Column("reside_bogota", "boolean"),
    Column("rvi", "text"),
    Column("fecha_caracterizacion", "date"),
    Column("actividad_en_bogota", "boolean"),
    Column("actividad_economica", "text"),
    Column("tipo_actividad", "choice", True, ("fabricacion", "comercializacion", "servicios")),
    Column("productos", "text"),
    Column("fecha_inicio_actividad", "date"),
    Column("formalidad", "choice", True, ("formal", "informal")),
    Column("ingreso_principal", "boolean"),
    Column("numero_inmuebles", "count"),
    Column("inmueble_vivienda_familiar", "boolean"),
    Column("pensionado", "boolean"),
    Column("alternativa_comercial", "boolean"),
    Column("excluido", "boolean"),
    Column("inhabilitado", "boolean"),
    Column("lee_escribe", "boolean"),
    Column("persona_apoyo", "boolean"),
    Column("dispuesto", "boolean"),
    Column("capacidad_legal", "boolean"),
    Column("recibia_servicios_2019_10_23", "boolean"),
    Column("requiere_credito", "boolean"),
    Column("reporte_negativo", "boolean"),
    Column("paz_y_salvo", "boolean"),
    Column("id_hogar", "text"),
    Column("tipo_hogar", "choice", True, ("nuclear", "reconstituida", "unipersonal", "extensa")),
)

HEADER: tuple[str, ...] = tuple(column.name for column in COLUMNS)
FREE_TEXT: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.content == "text")
