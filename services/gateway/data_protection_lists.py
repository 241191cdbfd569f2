"""The lists of data protection: requests of data subjects, legal holds, restrictions, erasures."""

from __future__ import annotations

from services.gateway.register import Register

GROUP = "Protección de datos"
ASKED = ("AnswerDataRequest", "ExtendDataRequest", "AskDataRequestCompletion")

DATA_PROTECTION: dict[str, Register] = {
    "solicitudes": Register(
        "Solicitudes de titulares de datos",
        "intake",
        "data_requests",
        ("Vence", "next_on"),
        states={
            "due": "Por responder",
            "overdue": "Vencida",
            "incomplete": "Por completar",
            "to_erase": "Concedida: falta solicitar la supresión",
            "to_restrict": "Negada: restrinja el tratamiento",
            "answered": "Respondida",
            "lapsed": "Desistida",
        },
        acts={
            "due": ASKED,
            "overdue": ("AnswerDataRequest",),
            "incomplete": ("CompleteDataRequest",),
            "to_erase": ("RequestKeyDestruction",),
            "to_restrict": ("RestrictProcessing",),
        },
        creates=("OpenDataRequest",),
        group=GROUP,
        row_page="/solicitudes/{id}",
        named="request",
    ),
    "retenciones": Register(
        "Retenciones legales",
        "intake",
        "legal_holds",
        ("Solicitada el", "requested_on"),
        states={
            "requested": "Por confirmar",
            "placed": "Vigente",
            "lift_requested": "Vigente: fin por confirmar",
            "lifted": "Terminada",
        },
        acts={
            "requested": ("ConfirmLegalHold",),
            "placed": ("RequestLegalHoldLift",),
            "lift_requested": ("ConfirmLegalHoldLift",),
        },
        creates=("RequestLegalHold",),
        group=GROUP,
    ),
    "restricciones": Register(
        "Restricciones del tratamiento",
        "intake",
        "restrictions",
        ("Desde", "decided_on"),
        states={"in_force": "Vigente", "lifted": "Levantada"},
        acts={"in_force": ("LiftRestriction",)},
        creates=("RestrictProcessing",),
        group=GROUP,
    ),
    "supresiones": Register(
        "Supresiones de datos personales",
        "intake",
        "erasures",
        ("Pedida el", "requested_on"),
        states={
            "requested": "En espera",
            "ready": "Por confirmar",
            "ordered": "En ejecución",
            "done": "Ejecutada en todos los servicios",
            "cancelled": "Cancelada",
        },
        acts={"requested": ("CancelKeyDestruction",), "ready": ("ConfirmKeyDestruction", "CancelKeyDestruction")},
        creates=("RequestKeyDestruction",),
        group=GROUP,
    ),
}
