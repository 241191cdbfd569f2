"""A case on its way through assistance: each step does the act that the next one presupposes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from services.assistance.domain import AssistanceCase
from services.assistance.domain.commitment import CommitmentText
from services.assistance.domain.handover import Filters
from services.assistance.domain.state import Meeting
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.types import Act
from shared.privacy.personal import Personal

DAY = date(2026, 3, 2)
TODAY = date(2026, 12, 1)
PROCEDURE = Catalogue.load().procedure("PR-156", DAY)

ROSA, PABLO, NUBIA = uuid4(), uuid4(), uuid4()
"""Rosa the caseworker, Pablo the coordinator, Nubia who approves plans."""
OPERATOR = uuid4()
TEXT = CommitmentText("1", ("F1", "F2"), ("C1", "C2"))


def act(command: str, person: UUID = ROSA, role: str = "caseworker", on: date = DAY, **more: Any) -> Act:
    return Act(command, person, role, on, TODAY, PROCEDURE, frozenset({role}), **more)


def commitment_form(call_id: UUID, **changes: Any) -> dict[str, Any]:
    form = {
        "text_version": "1",
        "process": call_id,
        "phases": ["F1", "F2"],
        "commitments": [{"id": "C1", "text": "Asistir"}, {"id": "C2", "text": "Recibir las visitas"}],
    }
    return form | changes


def capacity_form(visit: UUID, *, producer: bool = True) -> dict[str, Any]:
    return {"visit": visit, "is_producer_confirmed": producer}


class Journey:
    """The case of a person who accepted the offer on `DAY`, with the steps of the main line as methods."""

    def __init__(self, *, route: str = "strengthening") -> None:
        self.person, self.call, self.contract = uuid4(), uuid4(), uuid4()
        self.case = AssistanceCase.announce(uuid4(), self.person)
        self.case.note_entry(evaluation_id=uuid4(), result="met")
        self.case.note_acceptance(call_id=self.call, service="technical_assistance", route=route, accepted_on=DAY)
        self.visit = uuid4()
        self.history = list(self.case.collect_events())

    def text(self, value: str) -> Personal:
        return Personal(self.person, "s", value)

    def attended(self) -> Journey:
        self.case.attend_talk(act("RecordTalkAttendance"), talk_id=uuid4(), call_id=self.call, attendance={})
        return self

    def committed(self) -> Journey:
        self.attended().case.sign_commitment(
            act("SignCommitment"), commitment_id=uuid4(), form=commitment_form(self.call), text=TEXT
        )
        return self

    def memo(self) -> Journey:
        self.case.issue_training_memo(
            act("IssueTrainingMemo"),
            training_id=uuid4(),
            memo_no="FO-069-2026-0001",
            course="Fortalecimiento empresarial",
            planned_hours=Decimal(40),
            memo={},
        )
        return self

    def enrolled(self) -> Journey:
        self.committed().memo()
        self.case.enrol_in_training(act("EnrolInTraining", role="training_officer"))
        return self

    def hours(self, hours: str, *, day: int = 0, starts: str = "08:00", ends: str = "18:00") -> Journey:
        on = DAY + timedelta(days=day)
        self.case.record_training_hours(
            act("RecordTrainingHours", role="training_officer", on=on),
            meeting_id=uuid4(),
            meeting=Meeting(on, starts, ends, Decimal(hours)),
            topic="Costos",
            attendance={},
            daily_limit=Decimal(10),
        )
        return self

    def trained(self) -> Journey:
        for day in range(4):
            self.hours("10", day=day)
        return self

    def visited(self, *, at_unit: bool = True) -> Journey:
        self.case.record_unit_visit(
            act("RecordUnitVisit"),
            visit_id=self.visit,
            valuation_id=uuid4(),
            unit_id=uuid4(),
            at_unit=at_unit,
            details={},
        )
        return self

    def capacity(self, *, producer: bool = True, visit: UUID | None = None) -> Journey:
        form = capacity_form(visit or self.visit, producer=producer)
        self.case.file_capacity_evaluation(act("FileCapacityEvaluation"), form_id=uuid4(), version="V1", form=form)
        return self

    def product(self, *, visit: UUID | None = None) -> Journey:
        form = {"visit": visit or self.visit}
        self.case.file_product_evaluation(act("FileProductEvaluation"), form_id=uuid4(), version="V1", form=form)
        return self

    def sheet(self) -> Journey:
        self.case.file_product_sheet(act("FileProductSheet"), form_id=uuid4(), version="V1", form={})
        return self

    def forms(self, *, producer: bool = True) -> Journey:
        return self.capacity(producer=producer).product().sheet()

    def reported(self, proposed: str = "apto") -> Journey:
        self.case.issue_validation_report(
            act("IssueValidationReport"),
            report_id=uuid4(),
            proposed=proposed,
            reasons=self.text("Buen producto"),
            recommendations=self.text("Mejorar empaque"),
            components=[],
        )
        return self

    def declared(self, result: str = "apto", *, components: tuple[str, ...] = (), person: UUID = PABLO) -> Journey:
        self.case.declare_unit_result(
            act("DeclareUnitResult", person, "coordinator"),
            result=result,
            reason=self.text("Se revisaron los formatos"),
            components=list(components),
        )
        return self

    def preselected(self) -> Journey:
        return self.enrolled().trained().visited().forms().reported().declared()

    def hand_over(self, *, on: date = DAY, excluded: bool = False, team_lead: UUID | None = None) -> Journey:
        self.case.hand_over(
            act("HandOver", on=on),
            contract_id=None if team_lead else self.contract,
            team_id=uuid4() if team_lead else None,
            team_lead=team_lead,
            minutes={},
            minutes_id=UUID(int=51),
            minutes_no="FO-051-2026-0001",
            form_version="V1",
            documents_handed=[],
            filters=Filters(Decimal(40), excluded),
            reply_due=on + timedelta(days=7),
        )
        return self

    def operator(self, command: str, **changes: Any) -> Act:
        return act(command, OPERATOR, "operator_staff", **{"contracts": frozenset({str(self.contract)})} | changes)

    def in_assistance(self) -> Journey:
        self.preselected().hand_over().case.accept_handover(self.operator("AcceptHandover"))
        return self

    def diagnosed(self) -> Journey:
        self.case.record_diagnosis(
            self.operator("RecordDiagnosis"), diagnosis_id=uuid4(), diagnosis=self.text("Falta costeo"), file=None
        )
        return self

    def drafted(self, *components: str, kind: str = "improvement_plan") -> Journey:
        content = {"components": [{"component": code} for code in components or ("b", "d")]}
        self.case.draft_plan(self.operator("DraftPlan"), plan_id=uuid4(), kind=kind, content=content, production=[])
        return self

    def revised(self, *components: str) -> Journey:
        content = {"components": [{"component": code} for code in components]}
        reason = self.text("Cambió el producto")
        self.case.revise_plan(
            self.operator("RevisePlan"),
            kind="improvement_plan",
            content=content,
            production=[],
            dropped=[],
            reason=reason,
        )
        return self

    def approved(self, *components: str) -> Journey:
        self.diagnosed().drafted(*components).case.approve_plan(act("ApprovePlan", NUBIA, "business_adviser"))
        return self

    def decided(self, decision: str = "yes", *, lines: list[dict[str, Any]] | None = None) -> Journey:
        self.case.decide_incentive(
            act("DecideIncentive"),
            decision_id=uuid4(),
            decision=decision,
            reason=self.text("Necesita tela"),
            lines=[cloth()] if lines is None else lines,
        )
        return self

    def facts(self) -> list[str]:
        """The names of the events since the last look."""
        return [type(event).__name__ for event in self.case.collect_events()]


def cloth(**changes: Any) -> dict[str, Any]:
    line = {"kind": "raw_material", "item": "TELA-01", "qty": Decimal(20), "unit": "m", "purpose": "production_plan"}
    return line | changes
