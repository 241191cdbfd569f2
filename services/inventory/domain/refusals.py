"""What the warehouse refuses (requirements 5), each with what to do next."""

from __future__ import annotations

from shared.catalogue.refusals import NotAuthorised, Refusal, StepOutOfOrder


class ItemInUse(Refusal):
    code = "ITEM_IN_USE"
    message = (
        "El elemento {item} ya tiene movimientos: su unidad, decimales, clase y control de lote no cambian. "
        "Registre un elemento nuevo con otro código."
    )


class LotRequired(Refusal):
    code = "LOT_REQUIRED"
    status = 422
    message = "El elemento {item} se controla por lote o vencimiento: indique {missing} del renglón {line}."


class NotInDecision(Refusal):
    code = "NOT_IN_DECISION"
    message = (
        "El elemento {item} no cabe en la decisión de incentivo: quedan por asignar {open} {unit} y pidió {asked}. "
        "Ajuste la cantidad o pida una nueva decisión (act. 18)."
    )


class StockInsufficient(Refusal):
    code = "STOCK_INSUFFICIENT"
    message = (
        "No hay existencias suficientes de {item} el {day}: alcanza para {available} {unit} y pidió {asked}. "
        "Revise la fecha y la cantidad, o reciba más bienes (FO-110)."
    )


class NotAssigned(Refusal):
    code = "NOT_ASSIGNED"
    message = (
        "Solo se retira lo asignado y no solicitado todavía: quedan {open} y pidió {asked}. "
        "Ajuste la cantidad o asigne más bienes al caso (FO-110 parte B)."
    )


class SignatureRequired(Refusal):
    code = "SIGNATURE_REQUIRED"
    status = 422
    message = "Falta la firma: {missing}."


class LotExpired(Refusal):
    code = "LOT_EXPIRED"
    message = "El lote {lot} de {item} venció el {expired}. Libere la asignación y asigne otro lote."


class CustodyExceeded(Refusal):
    code = "CUSTODY_EXCEEDED"
    message = "No puede entregar más de lo que hay en custodia de ese retiro: quedan {open} y registró {asked}."


class ReturnExceeds(Refusal):
    code = "RETURN_EXCEEDS"
    message = "La devolución supera lo que queda de ese renglón: quedan {open} y registró {asked}."


class Excluded(Refusal):
    code = "BENEFICIARY_EXCLUDED"
    message = (
        "La persona tiene una exclusión vigente en esa fecha: no se le puede entregar. "
        "Devuelva los bienes al almacén y consulte a la coordinación."
    )


class NotCustodian(NotAuthorised):
    message = "Solo quien retiró los bienes los entrega y registra el recibo. Pida a esa persona que lo haga."


class AlreadyDecided(Refusal):
    code = "STATE_NOT_ALLOWED"
    message = "Ya hay una decisión o un registro sobre {what}: no cambia. Si algo está mal, haga una propuesta nueva."


class NotCounter(NotAuthorised):
    message = "Solo registra el conteo la persona designada al abrirlo. Pida a esa persona que lo haga."


class CountIncomplete(Refusal):
    code = "FORM_INCOMPLETE"
    status = 422
    message = "Faltan lotes por contar: {missing}. Cuente todos; si no hay nada, escriba 0."


class DifferenceTaken(Refusal):
    code = "ADJUSTMENT_PENDING"
    message = (
        "La diferencia del lote {lot} ya tiene un ajuste propuesto o aprobado. Espere la decisión o haga otro conteo."
    )


class NotTheirMovement(NotAuthorised):
    message = (
        "Corrige quien puede registrar: las altas, el registro de almacén; "
        "los traslados, retiros y devoluciones, la custodia."
    )


class CorrectionTaken(Refusal):
    code = "CORRECTION_PENDING"
    message = (
        "El lote {lot} de ese movimiento ya tiene una corrección propuesta o aprobada. "
        "Espere la decisión, o corrija la corrección aprobada."
    )


class AlreadyUsed(Refusal):
    code = "CORRECTION_BELOW_USE"
    message = (
        "De ese renglón ya se entregaron o devolvieron {used}: la cantidad correcta no puede ser {asked}. "
        "Corrija primero esas entregas o devoluciones."
    )


class CodeTaken(Refusal):
    code = "CODE_TAKEN"
    message = "Ya existe {what} con el código {taken}. Use otro código."


class DecisionUnknown(NotInDecision):
    message = (
        "Esa decisión no está entre las decisiones de incentivo del caso. "
        "Elija una de las decididas con «sí» en la actividad 18."
    )


class PeriodAlreadyClosed(Refusal):
    code = "PERIOD_CLOSED"
    message = (
        "El mes {period} ya está cerrado y no se reabre. "
        "Lo que llegue tarde de ese mes se contabiliza en {open} y queda marcado."
    )


class PeriodNotEnded(Refusal):
    code = "PERIOD_NOT_ENDED"
    status = 422
    message = "El mes {period} no ha terminado. Ciérrelo desde el {starts}."


class PeriodNotNext(StepOutOfOrder):
    message = "Los meses se cierran en orden: antes de {period} falta cerrar {due}."
