"""The way from the talk to the hand-over (activities 11 to 16)."""

from __future__ import annotations

from tests.services import bodies
from tests.walks.steps import Steps
from tests.walks.town import CATALOGUE
from tests.walks.walker import Traveller


class Valuation(Steps):
    """Talk, training, valuation, strengthening and hand-over."""

    def _accepted(self, case: Traveller) -> None:
        if not case.story.has("TalkAttended"):
            self._act(case, "caseworker", "RecordTalkAttendance", bodies.talk(case.call, case.id))
        else:
            self._act(case, "caseworker", "SignCommitment", bodies.commitment(case.call))

    def _committed(self, case: Traveller) -> None:
        story = case.story
        if not story.has("TrainingMemoIssued"):
            self._act(case, "caseworker", "IssueTrainingMemo", bodies.memo())
        elif not story.has("TrainingMemoAcknowledged"):
            self._act(case, "training", "AcknowledgeTrainingMemo")
        elif not story.has("TrainingEnrolled"):
            self._act(case, "training", "EnrolInTraining")
        else:
            self._act(case, "caseworker", "RecordUnitVisit", bodies.visit())

    def _in_valuation(self, case: Traveller) -> None:
        anew = ("CommitmentSigned", "StrengtheningClosed", "ValidationReportReturned", "NextCallEnrolled")
        recent = case.story.since(*anew)
        visits = [fact for fact in recent if fact.type == "UnitVisited"]
        if not visits:
            self._visit(case)
            return
        visit = str(visits[-1].said.visit_id)
        since = {fact.type for fact in case.story.since("UnitVisited")}
        if "CapacityEvaluated" not in since:
            self._act(case, "caseworker", "FileCapacityEvaluation", bodies.capacity(visit))
        elif "ProductEvaluated" not in since:
            self._act(case, "caseworker", "FileProductEvaluation", bodies.product(visit))
        elif "ProductSheetFiled" not in since:
            self._act(case, "caseworker", "FileProductSheet", bodies.sheet())
        else:
            confirmed = [fact for fact in case.story.facts if fact.type == "CapacityEvaluated"][-1].said
            apto = getattr(confirmed, "is_producer_confirmed", True) and self._draw.random() < 0.8
            self._act(case, "caseworker", "IssueValidationReport", bodies.report("apto" if apto else "no_apto"))

    def _visit(self, case: Traveller) -> None:
        self._act(case, "caseworker", "RecordUnitVisit", bodies.visit())

    def _report_issued(self, case: Traveller) -> None:
        who = self._other_than(
            case, ("colleague", "coordinator", "caseworker"), "CapacityEvaluated", "ProductEvaluated"
        )
        report = [fact for fact in case.story.facts if fact.type == "ValidationReportIssued"][-1].said
        proposed = str(report.proposed)
        body = bodies.result(proposed, *(["presentation"] if proposed == "no_apto" else []))
        if proposed == "no_apto":
            body["components"] = list(CATALOGUE.code_list("strengthening_component", case.day).codes[:1])
        self._act(case, who, "DeclareUnitResult", body)

    def _strengthening(self, case: Traveller) -> None:
        recent = case.story.since("UnitNotValidated")
        opened = next((fact.said for fact in recent if fact.type == "StrengtheningOpened"), None)
        if opened is None:
            declared = [fact for fact in case.story.facts if fact.type == "UnitNotValidated"][-1].said
            body = {"components": list(declared.component_codes), "professional": self._person("caseworker")}
            self._act(case, "caseworker", "OpenStrengthening", body)
        elif self._draw.random() < 0.4:
            meeting = {"topic": "costos", "hours": "2.50", "result": "Ya separa costos fijos y variables"}
            self._act(case, self._draw.choice(("caseworker", "adviser")), "RecordStrengtheningMeeting", meeting)
        else:
            rows = [{"component": code, "outcome": "strengthened"} for code in opened.component_codes]
            self._act(case, "caseworker", "CloseStrengthening", {"outcomes": rows})

    def _waiting_next_call(self, case: Traveller) -> None:
        if any(fact.type == "NextCallEnrolled" for fact in case.story.since("StrengtheningClosed")):
            self._visit(case)
            return
        other = next((call for call in self._town.calls if call != case.call), None)
        valued = {
            str(fact.said.call_id) for fact in case.story.facts if fact.type in ("UnitValidated", "UnitNotValidated")
        }
        if other is None or other in valued:
            self._withdraw(case, "assistance")
            return
        self._act(case, "caseworker", "EnrolInNextCall", {"call": other})
        case.call = other

    def _preselected(self, case: Traveller) -> None:
        story = case.story
        hours = sum(float(one.said.hours) for one in story.facts if one.type == "TrainingHoursRecorded")
        if not story.has("TrainingMemoIssued"):
            self._act(case, "caseworker", "IssueTrainingMemo", bodies.memo())
        elif hours < 40 and not story.has("TrainingExceptionAuthorised"):
            case.next_day()
            if self._draw.random() < 0.2:
                self._act(case, "subdirector", "AuthoriseTrainingException", bodies.exception())
            else:
                self._act(case, "training", "RecordTrainingHours", bodies.meeting(case.id, hours="10.00"))
        else:
            self._act(case, "caseworker", "HandOver", bodies.handover(contract=self._draw.choice(self._town.contracts)))

    def _handover_pending(self, case: Traveller) -> None:
        handed = [fact for fact in case.story.facts if fact.type == "HandedOver"][-1].said
        who = self._town.operator(handed.contract_id) if handed.contract_id else self._named(handed.team_lead)
        if self._draw.random() < 0.9:
            self._act(case, who, "AcceptHandover")
        else:
            self._act(case, who, "RejectHandover", {"reason": "Sin cupo en el equipo"})
