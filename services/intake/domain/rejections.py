"""Why a row of a list is rejected: one reason a row, with its code of the data contract (section 4).

The codes are Spanish because they are part of the file's report; they are not refusal codes.
"""

from __future__ import annotations

from dataclasses import dataclass

MESSAGES: dict[str, str] = {
    "LINEA_VACIA": "La fila está vacía. Bórrela o complétela.",
    "NUMERO_COLUMNAS": "La fila no tiene las 43 columnas. Revise si falta o sobra una coma o una comilla.",
    "CARACTER_CONTROL": "La celda «{column}» tiene un carácter de control invisible. Escriba el dato de nuevo.",
    "CELDA_LARGA": "La celda «{column}» tiene más de 500 caracteres. Acorte el texto.",
    "FILA_ORIGEN_INVALIDA": "«fila_origen» debe ser un número entero mayor que cero. Escriba el número de la fila.",
    "FILA_ORIGEN_DUPLICADA": "Otra fila anterior ya usó este «fila_origen». Dé a esta fila un número propio.",
    "CAMPO_OBLIGATORIO": "Falta «{column}», que es obligatorio. Complete la celda.",
    "DOCUMENTO_FALTANTE": "Falta el número de documento. Complete la celda.",
    "DOCUMENTO_INVALIDO": "El número de documento no es válido. Escriba solo sus 5 a 10 dígitos.",
    "TIPO_DOCUMENTO_DESCONOCIDO": "El tipo de documento no se conoce. Use CC, CE, TI o PPT.",
    "VALOR_NO_PERMITIDO": "«{column}» tiene un valor que no está en la lista. Use uno de: {choices}.",
    "NOMBRE_INVALIDO": "«{column}» no es un nombre. Use letras, espacios, apóstrofo, guion o punto.",
    "FECHA_INVALIDA": "«{column}» no es una fecha válida. Use AAAA-MM-DD o d/m/aaaa, desde 1900.",
    "FECHA_FUTURA": "«{column}» es posterior a la fecha de evaluación. Revise la fecha.",
    "LOCALIDAD_DESCONOCIDA": "La localidad no es una de las 20 de Bogotá. Escríbala con su nombre oficial.",
    "BOOLEANO_INVALIDO": "«{column}» debe decir sí o no, o quedar en blanco si no se sabe.",
    "NUMERO_INVALIDO": "«{column}» debe ser un número entero.",
    "NUMERO_NEGATIVO": "«{column}» no puede ser menor que cero.",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that is not imported. ``row_number`` is its ``fila_origen``, None where the row has no valid one."""

    row: int
    row_number: int | None
    reason_code: str
    column: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What the person who corrects the file should do."""
        return MESSAGES[self.reason_code].format(column=self.column, choices=", ".join(self.choices))
