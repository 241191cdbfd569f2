"""What reporting refuses (requirements act. 21, 6.4, 6.5)."""

from __future__ import annotations

from shared.catalogue.refusals import Refusal


class EntryStateNotAllowed(Refusal):
    code = "ENTRY_STATE_NOT_ALLOWED"
    message = "El registro HEMI está «{state}» y no admite este paso. {explanation}"


class ReceiptIdTaken(Refusal):
    code = "RECEIPT_ID_TAKEN"
    message = "El radicado {receipt} ya está en otro registro HEMI. Revise el número."


class PeriodNotEnded(Refusal):
    code = "PERIOD_NOT_ENDED"
    status = 422
    message = "El mes {period} no ha terminado. El informe se prepara desde el {starts}."


class CutOffNotReached(Refusal):
    code = "CUT_OFF_NOT_REACHED"
    status = 422
    message = "El corte {cut_off} aún no pasa. Prepare el informe después de ese momento."


class OwnerAway(Refusal):
    code = "OWNER_AWAY"
    status = 503
    message = "El servicio {service} no responde y sus cifras hacen falta. Prepare el informe cuando vuelva."


class ReportExists(Refusal):
    code = "REPORT_EXISTS"
    message = "Ya hay un informe de {period}. Continúe con ese; uno aprobado no cambia."


class ReportStateNotAllowed(Refusal):
    code = "REPORT_STATE_NOT_ALLOWED"
    message = "El informe está «{state}» y no admite este paso. Ahora procede: {allowed}."


class NextActionMissing(Refusal):
    code = "NEXT_ACTION_MISSING"
    status = 422
    message = "Falta la siguiente acción de {count} beneficiarios atendidos. Regístrela para cada caso: {cases}."


class NotServed(Refusal):
    code = "NOT_SERVED"
    status = 422
    message = "El caso {case} no fue atendido en el mes del informe. Registre solo los casos de la lista."
