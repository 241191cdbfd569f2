"""Cases of one call on their way through the assistance service, each step by who may take it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from tests.services import bodies
from tests.services.casework import Office

DAYS = ("2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13")


class Field:
    """A desk with a call, an operator's contract and its staff."""

    def __init__(self, desk: Office, *, quota: int | None = None) -> None:
        self.desk = desk
        self.call = desk.call(quota=quota)
        self.contract: str = desk.act("supervisor", "RegisterContract", **bodies.contract(self.call))["id"]
        desk.hire("operator", "operator_staff", contract=self.contract)

    def accepted(self) -> UUID:
        """A case whose person accepted the offer, with the entry complete."""
        case = self.desk.candidate(self.call)
        self.desk.hear("intake.EntryCriteriaCompleted", case, evaluation_id=str(uuid4()), result="met")
        offer = {"process_id": self.call, "service": "technical_assistance", "route": "strengthening"}
        self.desk.hear("profiling.OfferAccepted", case, "2026-11-01", **offer)
        return case

    def committed(self) -> UUID:
        case = self.accepted()
        self.desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(self.call, case))
        self.desk.act("caseworker", "SignCommitment", case, **bodies.commitment(self.call))
        return case

    def enrolled(self) -> UUID:
        case = self.committed()
        self.desk.act("caseworker", "IssueTrainingMemo", case, **bodies.memo())
        self.desk.act("training", "AcknowledgeTrainingMemo", case)
        self.desk.act("training", "EnrolInTraining", case)
        return case

    def train(self, *cases: UUID, days: int = 4) -> None:
        for day in DAYS[:days]:
            self.desk.act("training", "RecordTrainingHours", on=day, **bodies.meeting(*cases))

    def valued(self, case: UUID, proposed: str = "apto") -> UUID:
        """Visit, three forms and report."""
        visit = self.desk.act("caseworker", "RecordUnitVisit", case, **bodies.visit())["visit_id"]
        self.desk.act("caseworker", "FileCapacityEvaluation", case, **bodies.capacity(visit))
        self.desk.act("caseworker", "FileProductEvaluation", case, **bodies.product(visit))
        self.desk.act("caseworker", "FileProductSheet", case, **bodies.sheet())
        self.desk.act("caseworker", "IssueValidationReport", case, **bodies.report(proposed))
        return case

    def preselected(self, *, days: int = 4) -> UUID:
        case = self.enrolled()
        self.train(case, days=days)
        self.valued(case)
        self.desk.act("second_caseworker", "DeclareUnitResult", case, **bodies.result())
        return case

    def hand_over(self, case: UUID, *, on: str = "2026-11-13") -> Any:
        return self.desk.act("caseworker", "HandOver", case, on=on, **bodies.handover(contract=self.contract))

    def in_assistance(self) -> UUID:
        case = self.preselected()
        self.hand_over(case)
        self.desk.act("operator", "AcceptHandover", case, on="2026-11-14")
        return case

    def planned(self, *components: str) -> UUID:
        """A case with an approved plan."""
        case = self.in_assistance()
        self.desk.act("operator", "RecordDiagnosis", case, on="2026-11-14", **bodies.diagnosis())
        self.desk.act("operator", "DraftPlan", case, on="2026-11-14", **bodies.plan(*components or ("b", "d")))
        self.desk.act("adviser", "ApprovePlan", case, on="2026-11-15")
        return case

    def state(self, case: UUID) -> str | None:
        found: str | None = self.desk.ask("case", id=str(case))["state"]
        return found
