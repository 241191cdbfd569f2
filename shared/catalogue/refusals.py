"""Refusals: what the system says when an act may not happen. No event is stored, the code is stable (X-11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class Refusal(Exception):
    """An act that the domain refuses.

    A subclass gives ``code`` (stable, English) and ``message`` (es-CO, tells the person what to do next;
    may name ``{parameters}``). ``field`` names the input at fault, ``lawful`` the commands that are lawful now.
    """

    code: ClassVar[str] = "REFUSED"
    message: ClassVar[str] = "La acción no se puede realizar."
    status: ClassVar[int] = 409

    def __init__(self, *, field: str | None = None, lawful: Sequence[str] = (), **parameters: Any) -> None:
        self.field = field
        self.lawful = tuple(lawful)
        self.parameters = parameters
        super().__init__(self.code)

    @property
    def text(self) -> str:
        """The message for a person, in Spanish, with its parameters filled in."""
        return self.message.format(**self.parameters)


class NotAuthorised(Refusal):
    code = "NOT_AUTHORISED"
    status = 403
    message = "Su rol no permite «{command}». Pida a quien tenga uno de estos roles que lo haga: {roles}."


class SeparationOfDuties(Refusal):
    code = "SOD_VIOLATION"
    status = 403
    message = "Este paso lo debe hacer otra persona ({rule}): {explanation}"


class StateNotAllowed(Refusal):
    code = "STATE_NOT_ALLOWED"
    message = "«{command}» no procede cuando el caso está en «{state}». Ahora procede: {allowed}."


class StepOutOfOrder(Refusal):
    code = "STEP_OUT_OF_ORDER"
    message = "Falta un paso anterior: {missing}."


class CaseClosed(Refusal):
    code = "CASE_CLOSED"
    message = "El caso está cerrado ({state}). Para seguir, solicite la reapertura."


class VersionConflict(Refusal):
    code = "VERSION_CONFLICT"
    status = 412
    message = "Otra persona cambió este registro (versión {actual}, usted vio la {expected}). Recargue y revise."


class CommandIdReused(Refusal):
    code = "COMMAND_ID_REUSED"
    status = 422
    message = "La clave de idempotencia ya se usó con otros datos. Use una clave nueva para una acción nueva."


class FieldInvalid(Refusal):
    code = "FIELD_INVALID"
    status = 422
    message = "Revise los datos: {explanation}"


class FormIncomplete(Refusal):
    code = "FORM_INCOMPLETE"
    status = 422
    message = "El formato {form} está incompleto: falta {missing}."


class EvidenceMissing(Refusal):
    code = "EVIDENCE_MISSING"
    message = "Falta la evidencia: {missing}."


class DateInFuture(Refusal):
    code = "DATE_IN_FUTURE"
    status = 422
    message = "La fecha {date} está en el futuro. Registre hechos ya ocurridos."


class DateBeforePrecondition(Refusal):
    code = "DATE_BEFORE_PRECONDITION"
    status = 422
    message = "La fecha {date} es anterior a la del paso que la precede ({previous}). Revise la fecha."


class ConsentMissing(Refusal):
    code = "CONSENT_MISSING"
    message = "Falta la autorización de tratamiento de datos: {missing}."


class DuplicateUnresolved(Refusal):
    code = "DUPLICATE_UNRESOLVED"
    message = "Hay una posible duplicidad sin resolver. La coordinación debe resolverla antes de seguir."


class CatalogueNotEffective(Refusal):
    code = "CATALOGUE_NOT_EFFECTIVE"
    message = "La versión {version} de {artefact} no está vigente el {date}."


class NotFound(Refusal):
    code = "NOT_FOUND"
    status = 404
    message = "No se encontró {what}. Verifique el identificador."


class OutsideContract(NotFound):
    """It is there, and not for who asks (ROL-02): told as what is not there, and noted as a denial."""

    noted_as = "OUTSIDE_CONTRACT"
