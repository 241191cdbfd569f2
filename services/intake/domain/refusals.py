"""What intake refuses, with the codes of PR-156 activities 1 and 2 (requirements 3.2)."""

from __future__ import annotations

from shared.catalogue.refusals import Refusal


class SpecificationsMissing(Refusal):
    code = "SPECIFICATIONS_MISSING"
    status = 422
    message = "La convocatoria necesita sus especificaciones técnicas: escriba el texto y adjunte el archivo."


class CallNotOpen(Refusal):
    code = "CALL_NOT_OPEN"
    message = "La convocatoria {call} no está abierta en esa fecha (va del {opens_on} al {closes_on}). Elija otra."


class CallCodeTaken(Refusal):
    code = "CALL_CODE_TAKEN"
    message = "Ya hay una convocatoria con el código {call}. Use otro código."


class SourceRequired(Refusal):
    code = "SOURCE_REQUIRED"
    status = 422
    message = "Falta la fuente del candidato: jornada, HEMI, o solicitudes y bases de PR-029, con su referencia."


class ListNotConsolidated(Refusal):
    code = "LIST_NOT_CONSOLIDATED"
    message = "El candidato aún no está en una lista consolidada. Pida a la coordinación que consolide la lista."


class ListEmpty(Refusal):
    code = "LIST_EMPTY"
    message = "No hay candidatos nuevos para consolidar en esta convocatoria."


class CriterionPending(Refusal):
    code = "CRITERION_PENDING"
    message = "Hay criterios pendientes ({criteria}). Complete los datos que faltan y evalúe de nuevo."


class CriterionNotWaivable(Refusal):
    """A02-4: a criterion is waived only where its version says so."""

    code = "CRITERION_NOT_WAIVABLE"
    message = "El criterio {criterion} no admite excepción en la versión vigente. Evalúe con los datos del caso."


class ReconsiderationLate(Refusal):
    """A02-3: the term is P-30 working days after the letter."""

    code = "RECONSIDERATION_LATE"
    message = "El plazo para pedir la reconsideración terminó el {until}."


class ReconsiderationUsed(Refusal):
    """A02-3: once per case."""

    code = "RECONSIDERATION_USED"
    message = "La reconsideración ya se pidió el {asked}; se puede pedir una sola vez por caso."


class ExclusionSettled(Refusal):
    """EXC-1: an exclusion is approved once."""

    code = "EXCLUSION_SETTLED"
    message = "Esta exclusión ya se aprobó o se levantó."


class ExclusionNotInForce(Refusal):
    """CASE-3, EXC-2: the exclusion that is named must count on that day."""

    code = "EXCLUSION_NOT_IN_FORCE"
    message = "Esa exclusión no está vigente para este caso en la fecha indicada."


class SourceNotInCatalogue(Refusal):
    code = "SOURCE_NOT_IN_CATALOGUE"
    status = 422
    message = "La fuente «{source}» no está en el catálogo de fuentes externas. Elija una de la lista."


class CheckTooOld(Refusal):
    code = "CHECK_TOO_OLD"
    message = "La consulta de {source} es del {queried_on}: tiene más de {days} días. Consulte de nuevo."


class EligibilityNotCommunicated(Refusal):
    code = "ELIGIBILITY_NOT_COMMUNICATED"
    message = "Primero comunique el resultado de los criterios de entrada con el FO-068."


class DuplicateNotSuspected(Refusal):
    code = "DUPLICATE_NOT_SUSPECTED"
    message = "Esa posible duplicidad no existe o ya se resolvió."


class FileRefused(Refusal):
    """A file that cannot be read as a list of candidates."""

    code = "FIELD_INVALID"
    status = 422
    message = "El archivo no se puede importar: {explanation}"


class CustodyOpen(Refusal):
    """CASE-3: goods in custody are delivered or returned before the case leaves."""

    code = "CUSTODY_OPEN"
    message = "Hay elementos del almacén sin entregar ni devolver: {items}. Entréguelos o devuélvalos primero."


class ErasureNotLawful(Refusal):
    """X-12: a legal or contractual duty to keep the data stands (Ley 1581 de 2012)."""

    code = "ERASURE_NOT_LAWFUL"
    message = "Los datos no se pueden suprimir: {ground}. Mientras tanto, restrinja su tratamiento."


class ErasureWaits(Refusal):
    """SOD-8: a key is destroyed P-52 after it was asked for, not before."""

    code = "ERASURE_WAITS"
    message = "La supresión se puede confirmar desde {ready}. Espere, o cancélela si fue un error."


class ErasureSettled(Refusal):
    code = "ERASURE_SETTLED"
    message = "Esta supresión ya se confirmó o se canceló. Consulte su estado en la lista de supresiones."


class ErasureUnderWay(Refusal):
    code = "ERASURE_UNDER_WAY"
    message = "Ya hay una supresión de esta persona por confirmar o ejecutada. Consúltela en la lista de supresiones."


class DataRequestClosed(Refusal):
    """X-12: a request is answered once; a new one may be made."""

    code = "DATA_REQUEST_ALREADY_ANSWERED"
    message = "Esta solicitud ya se respondió o se dio por desistida. Si la persona pide algo más, registre otra."


class DataRequestIncomplete(Refusal):
    """Ley 1581 de 2012 art. 15 num. 1: the claim waits for what it lacks."""

    code = "DATA_REQUEST_INCOMPLETE"
    message = "La solicitud está incompleta: espere a que la persona la complete, hasta el {until}, y regístrelo."


class DataRequestTermOver(Refusal):
    """Ley 1581 de 2012 art. 15 num. 1: a claim that was not completed in time is withdrawn."""

    code = "DATA_REQUEST_TERM_OVER"
    message = "El plazo para completar la solicitud terminó el {until} y se entiende desistida. Registre una nueva."


class CompletionTooLate(Refusal):
    """Ley 1581 de 2012 art. 15 num. 1: P-56 after it came in, once."""

    code = "COMPLETION_TOO_LATE"
    message = "El plazo para pedir que completen la solicitud terminó el {until}. Respóndala con lo que se tiene."


class ExtensionTooLate(Refusal):
    """P-42, P-43: the notice goes out before the first term ends."""

    code = "EXTENSION_TOO_LATE"
    message = "El plazo para avisar la ampliación terminó el {until}. Responda la solicitud cuanto antes."


class ExtensionUsed(Refusal):
    """P-42, P-43: once."""

    code = "EXTENSION_USED"
    message = "El plazo ya se amplió hasta el {until} y no se puede ampliar otra vez. Responda antes de esa fecha."


class LegalHoldSettled(Refusal):
    """SOD-8: each step of a hold is taken once, and in order."""

    code = "LEGAL_HOLD_SETTLED"
    message = "Esta retención legal no está en ese paso: ya se confirmó, o nadie lo ha solicitado. Consulte la lista."


class LegalHoldTooLate(Refusal):
    """X-12: what every service was already ordered to destroy cannot be held."""

    code = "LEGAL_HOLD_TOO_LATE"
    message = "Los datos de esta persona ya se mandaron suprimir: no queda qué retener. Infórmelo a quien lo pide."


class RestrictionStands(Refusal):
    """X-12: a class is restricted once."""

    code = "RESTRICTION_STANDS"
    message = "El tratamiento de esos datos ya está restringido. Consulte la restricción vigente en la lista."


class RestrictionLiftedAlready(Refusal):
    code = "RESTRICTION_LIFTED"
    message = "Esa restricción ya se levantó para esos datos. Consulte su estado en la lista de restricciones."
