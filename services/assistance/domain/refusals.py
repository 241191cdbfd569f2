"""What the assistance service refuses, with its stable codes (acts 11 to 18, 20; X-11)."""

from __future__ import annotations

from collections.abc import Sequence

from shared.catalogue.refusals import Refusal


class NotAttended(Refusal):
    """A11-1: the commitment is signed by who came to the talk."""

    code = "NOT_ATTENDED"
    message = "La persona no figura en una charla de sensibilización de este proceso. Registre primero su asistencia."


class MemoMissing(Refusal):
    """A12-1: the training office enrols on a memo."""

    code = "MEMO_MISSING"
    message = "Aún no hay memorando de formación (FO-069). Emítalo antes de continuar."


class HoursOutOfRange(Refusal):
    """A12-1: hours that the meeting or the day (P-34) cannot hold."""

    code = "HOURS_OUT_OF_RANGE"
    status = 422
    message = "Las horas no son posibles: {explanation}"


class MeetingOverlap(Refusal):
    """A12-1: one person is not in two meetings at once."""

    code = "MEETING_OVERLAP"
    message = "La persona ya estuvo en otra sesión el {date} entre {starts} y {ends}. Revise la hora o el asistente."


class VisitMismatch(Refusal):
    """A13-1: FO-781 and FO-779 belong to one visit, made where the unit works."""

    code = "VISIT_MISMATCH"
    message = "El formato {form} no corresponde a la visita: {explanation}"


class ProducerNotConfirmed(Refusal):
    """A13-2, A14-1: without a confirmed producer the unit cannot be apt."""

    code = "PRODUCER_NOT_CONFIRMED"
    message = "El FO-781 no confirma que la persona produzca. El resultado solo puede ser «no apto»."


class ComponentsRequired(Refusal):
    """A14-1: a unit that is not apt is told what to strengthen."""

    code = "COMPONENTS_REQUIRED"
    status = 422
    message = "Indique al menos un componente por fortalecer cuando el resultado es «no apto»."


class CallNotNext(Refusal):
    """A15-2: the case returns in another call than the one it was valued in."""

    code = "CALL_NOT_NEXT"
    message = "El caso debe inscribirse en una convocatoria siguiente y abierta: {explanation}"


class FilterNotPassed(Refusal):
    """A16-1: every filter of the entry that is missing, named."""

    code = "FILTER_NOT_PASSED"
    message = "El caso aún no puede entregarse al ejecutor. Falta: {missing}."


class ContractNotInForce(Refusal):
    """A16-2: the contract must be in force and cover the call."""

    code = "CONTRACT_NOT_IN_FORCE"
    message = "El contrato {number} no sirve para esta entrega: {explanation}"


class QuotaFull(Refusal):
    """A16-2: the cohort of the call is complete."""

    code = "QUOTA_FULL"
    message = "La convocatoria ya tiene ocupados sus {quota} cupos. Puede inscribir el caso en la siguiente."


class PlanNotApproved(Refusal):
    """A17-1: no work of the plan before its approval."""

    code = "PLAN_NOT_APPROVED"
    message = "El plan del caso aún no está aprobado. Apruébelo antes de continuar."


class CashNotAllowed(Refusal):
    """A17-3: the boost is in kind only."""

    code = "CASH_NOT_ALLOWED"
    status = 422
    message = "El impulso económico se entrega solo en especie. Reemplace el dinero por insumos, materiales o bienes."


class BaselineMissing(Refusal):
    """A17-4: what is to be improved is measured before the work on it."""

    code = "BASELINE_MISSING"
    message = "Mida primero la línea base de productividad (unidades producidas y recursos usados)."


class CapacityExceeded(Refusal):
    """A17-2: an order fits the installed capacity of its period."""

    code = "CAPACITY_EXCEEDED"
    status = 422
    message = "La orden pide {asked} y en ese período la unidad puede producir hasta {most}. Ajuste cantidad o fechas."


class PhaseNotOpen(Refusal):
    """The act belongs to a phase that has not started, or is closed."""

    code = "PHASE_NOT_OPEN"
    message = "La fase «{phase}» no está en curso. Iníciela, o elija una fase en curso."


class FollowUpMissing(Refusal):
    """A20-1: a field visit in each phase."""

    code = "FOLLOW_UP_MISSING"
    message = "La fase lleva {done} visita(s) de seguimiento (FO-419) y necesita {needed}. Registre la que falta."


class CompletionBlocked(Refusal):
    """CASE-2: everything that the end of the process still asks for, named."""

    code = "COMPLETION_BLOCKED"
    message = "El proceso aún no puede terminar. Falta: {missing}."


class ExPostMissing(Refusal):
    """CASE-5: no closing without the ex-post visits, or a reason."""

    code = "EX_POST_MISSING"
    message = "El caso lleva {done} visita(s) ex post y necesita {needed}. Regístrelas, o cierre con un motivo."


class LinesRequired(Refusal):
    """A18-1: a yes says what will be delivered."""

    code = "LINES_REQUIRED"
    status = 422
    message = "Indique al menos un elemento por entregar cuando la decisión es «sí»."


class ComponentNotPlanned(Refusal):
    """A18-1: the boost is part of component d of the plan."""

    code = "COMPONENT_NOT_PLANNED"
    message = "El plan aprobado no incluye el componente «{component}». Ajuste el plan antes de decidir el impulso."


class CustodyOpen(Refusal):
    """CASE-3: goods in custody are delivered or returned before the case leaves."""

    code = "CUSTODY_OPEN"
    message = "Hay elementos del almacén sin entregar ni devolver: {items}. Entréguelos o devuélvalos primero."


class ExclusionNotInForce(Refusal):
    """CASE-3, EXC-2: the exclusion that is named must count on that day."""

    code = "EXCLUSION_NOT_IN_FORCE"
    message = "Esa exclusión no está vigente para este caso en la fecha indicada."


class ActionClosed(Refusal):
    """IMP-2: a closed improvement action stays as it was verified."""

    code = "ACTION_CLOSED"
    message = "La acción de mejora ya está cerrada. Si el hallazgo se repite, abra otra."


class JustificationRequired(Refusal):
    """IMP-3: nobody replaces a plan without saying why."""

    code = "JUSTIFICATION_REQUIRED"
    status = 422
    message = "Escriba por qué se replantean las actividades. Las versiones anteriores se conservan."


class AspectMissing(Refusal):
    """A20-2: a month of an operator is assessed in all its aspects."""

    code = "ASPECT_MISSING"
    status = 422
    message = "Califique los tres aspectos del mes. Falta: {missing}."

    @classmethod
    def of(cls, aspects: Sequence[str]) -> AspectMissing:
        """The refusal that names ``aspects``."""
        words = {"technical": "técnico", "financial": "financiero", "legal": "jurídico"}
        return cls(field="aspects", missing=", ".join(words[aspect] for aspect in aspects), aspects=list(aspects))
