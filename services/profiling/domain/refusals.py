"""What the profiling service refuses, with its stable codes (acts 3 to 10, 4.5; X-11)."""

from __future__ import annotations

from shared.catalogue.refusals import Refusal


class EligibilityNotCommunicated(Refusal):
    """A02-2: act. 3 starts after the letter that says met."""

    code = "ELIGIBILITY_NOT_COMMUNICATED"
    message = "Aún no se ha comunicado que la persona cumple los criterios (FO-068). Comuníquelo antes de perfilar."


class InterviewMissing(Refusal):
    """A03-1: profiling is interview and instrument."""

    code = "INTERVIEW_MISSING"
    message = "Falta la entrevista inicial (FO-423). Regístrela antes de clasificar."


class InstrumentMissing(Refusal):
    """A03-1: profiling is interview and instrument."""

    code = "INSTRUMENT_MISSING"
    message = "Falta aplicar un instrumento (DISC o TECAE). Regístrelo antes de clasificar."


class InstrumentInvalid(Refusal):
    """PRO-4: an invalid application is kept and not used."""

    code = "INSTRUMENT_INVALID"
    message = "La aplicación del instrumento no es válida: {explanation} Aplíquelo de nuevo."


class ResponseInvalid(Refusal):
    """PRO-2: exactly one most and one least in a block, on different options."""

    code = "RESPONSE_INVALID"
    status = 422
    message = "La respuesta del bloque {block} no es válida: {explanation}"


class DemoInstrument(Refusal):
    """PRO-6: the delivered bank measures nothing."""

    code = "DEMO_INSTRUMENT"
    message = "El banco de ítems es de DEMOSTRACIÓN y el programa está en producción. Use el instrumento de la entidad."


class IdentificationNotUpdated(Refusal):
    """A03-2: FO-203 has a new version during profiling."""

    code = "IDENTIFICATION_NOT_UPDATED"
    message = "Actualice la identificación básica (FO-203) durante la perfilación; puede decir «sin cambios»."


class RoleMissing(Refusal):
    """A03-4: a profiling has a psychosocial author."""

    code = "ROLE_MISSING"
    message = "La perfilación necesita que participe al menos una persona del equipo psicosocial."


class MatrixNotPassed(Refusal):
    """A04-1: only profile and producer pass."""

    code = "MATRIX_NOT_PASSED"
    message = "La matriz de resultados no da paso a este perfil, así que no puede aprobarse."


class ManualDecisionRequired(Refusal):
    """A04-2: the unnamed cell of the matrix is decided by the psychosocial team."""

    code = "MANUAL_DECISION_REQUIRED"
    message = "Este resultado lo decide el equipo psicosocial: confirmar la remisión o repetir la perfilación."


class AlternativesRequired(Refusal):
    """A05-1: at least one alternative is presented."""

    code = "ALTERNATIVES_REQUIRED"
    status = 422
    message = "Registre al menos una alternativa presentada a la persona."


class AlternativeRequired(Refusal):
    """A06-1: who is interested chooses."""

    code = "ALTERNATIVE_REQUIRED"
    status = 422
    message = "Indique qué alternativa eligió la persona."


class AlternativeNotLawful(Refusal):
    """A06-1: the call's own process is no alternative to itself."""

    code = "ALTERNATIVE_NOT_LAWFUL"
    status = 422
    message = "El proceso de la propia convocatoria no es una alternativa. Elija otra."


class WrongDocument(Refusal):
    """A08-1: a memo inside the entity, a written communication outside it."""

    code = "WRONG_DOCUMENT"
    status = 422
    message = "Esa remisión se hace con {needed}. Cambie el documento."


class ReferralNotOverdue(Refusal):
    """A08-2: who was asked has until P-31 to answer."""

    code = "REFERRAL_NOT_OVERDUE"
    message = "La remisión puede responderse hasta el {due}. Ciérrela sin respuesta solo después."


class OfferNotCurrent(Refusal):
    """A09-1: what is offered is open on that day."""

    code = "OFFER_NOT_CURRENT"
    message = "Uno de los procesos no estaba abierto el {date}. Oferte solo convocatorias abiertas."


class RouteUndetermined(Refusal):
    """OBJ-3: the conditions of the route must hold before act. 9."""

    code = "ROUTE_UNDETERMINED"
    message = "La ruta no está determinada: {explanation}"


class EntryNotComplete(Refusal):
    """CRI-4: criteria met and profile approved."""

    code = "ENTRY_NOT_COMPLETE"
    message = "Los criterios de entrada no están completos. Revíselos (actividades 2 y 4) o informe otras alternativas."


class ProcessNotOffered(Refusal):
    """A10-1: only a presented process is accepted."""

    code = "PROCESS_NOT_OFFERED"
    status = 422
    message = "Ese proceso no se le presentó a la persona. Elija uno de los ofertados."


class ExclusionNotInForce(Refusal):
    """CASE-3, EXC-2: the exclusion that is named must count on that day."""

    code = "EXCLUSION_NOT_IN_FORCE"
    message = "Esa exclusión no está vigente para este caso en la fecha indicada."
