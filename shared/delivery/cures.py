"""What to do about a parked event, by the code it failed with. The words are for operators (es-CO)."""

from __future__ import annotations

_OF_THE_PROGRAM = (
    "Es un defecto del programa, no del caso. Avise al equipo de desarrollo con el código y el lugar; cuando corra la "
    "versión corregida, reintente. No descarte: el evento es válido."
)
_OF_THE_CASE = (
    "La regla «{code}» no admite este evento en el estado en que está aquí el caso. Compare su línea de tiempo "
    "en los dos servicios; si falta un paso, complételo y reintente. Si el hecho quedó registrado por otra vía, "
    "descarte con el motivo."
)
_BEHIND = (
    "No se ha intentado: espera a que se resuelva un evento anterior del mismo caso. Atienda aquel; este sigue, en "
    "orden."
)
_KNOWN = {
    "ReadModelRefused": (
        "El modelo de lectura no admite la fila que este evento produce. Reconstrúyalo con «impulso rebuild {service}» "
        "y reintente; si vuelve a fallar, es un defecto del programa."
    ),
    "PayloadInvalid": (
        "Lo que este evento haría registrar no cumple el contrato publicado. Actualice el servicio a una versión que "
        "conozca este evento y reintente."
    ),
    "EnvelopeInvalid": "El sobre no cumple el contrato. Actualice el servicio que lo emite y este, y reintente.",
    "PersonalInPublishedEvent": (
        "Aplicarlo publicaría un dato personal, y eso se impide. Es un defecto del programa: avise al equipo de "
        "desarrollo y reintente con la versión corregida."
    ),
    "PERSONAL_DATA_ERASED": (
        "Los datos de la persona fueron suprimidos: el evento no tiene a quién aplicarse. Descarte con ese motivo."
    ),
    "NOT_FOUND": (
        "Falta aquí el registro al que el evento se refiere. Verifique que los demás seguidores de {service} estén al "
        "día («impulso doctor») y reintente; si el registro nunca existió, descarte con el motivo."
    ),
}


def cure_of(code: str, service: str) -> str:
    """What an operator should do about an event that ``service`` parked with ``code`` (empty: never tried)."""
    if not code:
        return _BEHIND
    text = _KNOWN.get(code)
    if text is None:
        # Codes of rules are written in capitals; anything else is the name of an exception.
        text = _OF_THE_CASE if code.isupper() else _OF_THE_PROGRAM
    return text.format(code=code, service=service)
