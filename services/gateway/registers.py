"""The lists of the console besides the cases: what each shows, and the acts that start from it and from its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.gateway.console.choices import label

DECISIONS = {"proposed": "Por decidir", "approved": "Aprobado", "rejected": "Rechazado"}
Words = Callable[[str, str], str]
"""``words(list, code)``: the Spanish label of a code."""


@dataclass(frozen=True)
class Register:
    """One list. ``states`` filters it; ``acts`` are those on a row by its state (``*``: whatever its state).

    ``due`` names the row's date that counts, ``also`` more columns (heading → key of the row). A row that belongs to a
    case leads to it: there the acts stand with why they are open or not.
    """

    title: str
    service: str
    query: str
    due: tuple[str, str]
    states: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    creates: tuple[str, ...] = ()
    also: Mapping[str, str] = field(default_factory=dict)
    group: str = "Casos"
    page: str | None = None
    """The page that shows it, where it is not the list page of every register; ``row_page``: that of one row."""
    row_page: str | None = None
    own: str = ""
    """The query's parameter that keeps what is the person's own: then the list begins with that."""
    named: str = "id"
    """The field in which an act that makes something new names the row."""

    def commands(self) -> set[str]:
        """Every act that this list leads to."""
        return {command for commands in self.acts.values() for command in commands} | set(self.creates)

    def row(self, item: Mapping[str, Any], words: Words) -> dict[str, Any]:
        """What the page shows of an item."""
        state = str(item.get("state") or "")
        return {
            "id": item.get("id"),
            "named": self.named,
            "version": item.get("version"),
            "label": NAMES[self.query](item, words) if self.query in NAMES else label(dict(item)),
            "case_id": item.get("case_id"),
            "due": item.get(self.due[1]),
            "state": state,
            "state_label": self.states.get(state, ""),
            "late": state == "overdue" or bool(item.get("overdue")),
            "also": [self._shown(item, key, words) for key in self.also.values()],
            "acts": (*self.acts.get(state, ()), *self.acts.get("*", ())) if item.get("decidable", True) else (),
        }

    @staticmethod
    def _shown(item: Mapping[str, Any], key: str, words: Words) -> Any:
        return words(CODES[key], str(item[key])) if key in CODES and item.get(key) else item.get(key)


CODES = {"reason_code": "movement_reason"}
"""Columns that hold a code, and the list of its words."""
NAMES: dict[str, Callable[[Mapping[str, Any], Words], str]] = {
    "referrals": lambda item, words: f"Remisión a {words('alternative', item['target'])}",
    "executor_follow_ups": lambda _item, _words: "Seguimiento del ejecutor (componente f)",
    "follow_ups": lambda item, words: f"Visita de seguimiento: {words('phase', item['phase'])}",
    "adjustments": lambda item, _: f"Ajuste en {item['warehouse_code']}",
    "write_offs": lambda item, _: f"Baja en {item['warehouse_code']}",
    "corrections": lambda item, _: f"Corrección del movimiento n.º {item.get('number') or item['movement'][:8]}",
    "closed_periods": lambda item, _: f"{item['period']}, {item['warehouse_code']}",
    "reports": lambda item, _: f"Informe {item['period']}",
    "hemi": lambda item, _: f"Actividad {item['activity']}",
    "unmatched": lambda item, _: " ".join(str(item[key]) for key in ("label", "number", "item_code") if item.get(key)),
}
"""How a row is named where its service gives it no label."""

REGISTERS: dict[str, Register] = {
    "remisiones": Register(
        "Remisiones",
        "profiling",
        "referrals",
        ("Respuesta antes de", "reply_due"),
        states={
            "waiting": "En espera",
            "overdue": "Vencida",
            "acknowledged": "Recibida",
            "rejected": "Rechazada",
            "unanswered": "Sin respuesta",
        },
    ),
    "agenda": Register(
        "Agenda",
        "assistance",
        "agenda",
        ("Vence", "due"),
        states={"due": "Por vencer", "overdue": "Vencida"},
        own="caseworker",
    ),
    "seguimiento-del-ejecutor": Register(
        "Seguimiento de quien ejecuta la asistencia",
        "assistance",
        "executor_follow_ups",
        ("Fecha", "held_on"),
        also={"Horas": "hours"},
    ),
    "seguimientos": Register(
        "Visitas de seguimiento",
        "assistance",
        "follow_ups",
        ("Prevista para", "planned_on"),
        states={"due": "Programada", "overdue": "Vencida", "done": "Realizada"},
    ),
    "reconsideraciones": Register(
        "Reconsideraciones por resolver", "intake", "reconsiderations", ("Resolver desde", "asked_on")
    ),
    "candidatos": Register(
        "Base de datos SESEC (FRM-15)",
        "intake",
        "candidates",
        ("Identificado el", "identified_on"),
        page="/candidatos",
    ),
    "jornadas": Register(
        "Jornadas de identificación",
        "intake",
        "field_days",
        ("Fecha", "held_on"),
        creates=("RecordFieldDay",),
        also={"Candidatos": "candidates"},
    ),
    "charlas": Register(
        "Charlas de sensibilización",
        "assistance",
        "talks",
        ("Fecha", "held_on"),
        states={"scheduled": "Programada", "held": "Realizada"},
        creates=("ScheduleTalk", "RecordTalkAttendance", "RecordTrainingHours"),
    ),
    "exclusiones": Register(
        "Registro de exclusiones",
        "intake",
        "exclusions",
        ("Desde", "from"),
        states={"proposed": "Por aprobar", "in_force": "Vigente", "lifted": "Levantada"},
        acts={"proposed": ("ApproveExclusion",), "in_force": ("LiftExclusion",)},
        creates=("RegisterExclusion",),
    ),
    "contratos": Register(
        "Contratos de operador",
        "assistance",
        "contracts",
        ("Hasta", "to"),
        states={"in_force": "Vigente", "not_in_force": "No vigente"},
        acts={"*": ("AssessOperatorCompliance", "MeetObligation", "AmendContract")},
        creates=("RegisterContract",),
        group="Operadores",
    ),
    "acciones-de-mejora": Register(
        "Acciones de mejora",
        "assistance",
        "improvement_actions",
        ("Próximo plazo", "due"),
        states={"open": "Abierta", "closed": "Cerrada"},
        acts={"open": ("FollowUpImprovementAction", "ReplanImprovementAction", "CloseImprovementAction")},
        creates=("OpenImprovementAction",),
        group="Operadores",
    ),
    "programas-de-trabajo": Register(
        "Programas de trabajo",
        "assistance",
        "work_programmes",
        ("Escrito el", "written_on"),
        states={"written": "Por aprobar", "approved": "Aprobado"},
        acts={"written": ("ApproveWorkProgramme",)},
        creates=("WriteWorkProgramme",),
        group="Operadores",
    ),
    "retiros": Register(
        "Retiros (FO-128)",
        "inventory",
        "withdrawals",
        ("Desde", "since"),
        states={"requested": "Por entregar", "withdrawn": "En custodia", "closed": "Cerrado", "refused": "Negado"},
        group="Almacén",
    ),
    "traslados": Register(
        "Traslados entre almacenes",
        "inventory",
        "transfers",
        ("Fecha", "transferred_on"),
        creates=("TransferStock",),
        group="Almacén",
    ),
    "formatos": Register(
        "Formatos firmados sin entregar al almacén",
        "inventory",
        "unmatched",
        ("Desde", "since"),
        creates=("ConfirmFormsReceived",),
        group="Almacén",
    ),
    "conteos": Register(
        "Conteos físicos",
        "inventory",
        "counts",
        ("Desde", "started_on"),
        states={"open": "Por contar", "recorded": "Contado", "undecided": "Con diferencia sin decidir"},
        acts={"open": ("RecordCount",), "recorded": ("ProposeAdjustment",)},
        creates=("StartCount",),
        group="Almacén",
        named="count",
    ),
    "ajustes": Register(
        "Ajustes de inventario",
        "inventory",
        "adjustments",
        ("Desde", "since"),
        states=DECISIONS,
        acts={"proposed": ("ApproveAdjustment", "RejectAdjustment")},
        creates=("ProposeAdjustment",),
        also={"Motivo": "reason_code"},
        group="Almacén",
    ),
    "bajas": Register(
        "Bajas de inventario",
        "inventory",
        "write_offs",
        ("Desde", "since"),
        states=DECISIONS,
        acts={"proposed": ("ApproveWriteOff", "RejectWriteOff")},
        creates=("ProposeWriteOff",),
        also={"Motivo": "reason_code"},
        group="Almacén",
    ),
    "correcciones": Register(
        "Correcciones de movimientos",
        "inventory",
        "corrections",
        ("Desde", "since"),
        states=DECISIONS,
        acts={"proposed": ("CorrectMovement", "RejectCorrection")},
        creates=("ProposeCorrection",),
        group="Almacén",
    ),
    "informes": Register(
        "Informes mensuales",
        "reporting",
        "reports",
        ("Corte", "cut_off"),
        states={
            "draft": "En borrador",
            "submitted": "Por consolidar",
            "consolidated": "Por aprobar",
            "returned": "Devuelto",
            "approved": "Aprobado",
        },
        creates=("DraftReport",),
        group="Informes",
        page="/informes",
        row_page="/informes/{id}",
    ),
    "hemi": Register(
        "Registros HEMI",
        "reporting",
        "hemi",
        ("Desde", "queued_on"),
        states={"pending": "Pendiente", "sent": "Enviado", "rejected": "Rechazado", "receipted": "Con radicado"},
        acts={
            "pending": ("RecordHemiReceipt", "RecordHemiRejection"),
            "sent": ("RecordHemiReceipt", "RecordHemiRejection", "ResendHemiEntry"),
            "rejected": ("ResendHemiEntry",),
        },
        group="Informes",
        page="/hemi",
    ),
    "cierres": Register(
        "Meses cerrados del almacén",
        "inventory",
        "closed_periods",
        ("Cerrado el", "closed_on"),
        creates=("ClosePeriod",),
        group="Almacén",
        page="/almacen/cierres",
    ),
}
"""By their name in the address."""
FIXED = {"formatos": {"kind": "forms"}}
"""Parameters that a list always asks with."""
