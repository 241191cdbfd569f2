"""The way on: for a case in any open state, the next act that takes it nearer to an end, by who may do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from tests.services import bodies
from tests.services.intake.counter import FACTS, MINUTES
from tests.walks.town import CATALOGUE, Refused
from tests.walks.walker import Traveller, Walker

Step = Callable[[], object]


PHASE_OF = {
    "a": "technical_assistance",
    "b": "technical_assistance",
    "c": "technical_assistance",
    "d": "materialisation",
    "e": "commercial_management",
}
GOODS = ("StockAssigned", "WithdrawalRequested", "StockWithdrawn")
"""What the warehouse does with the goods of a decision, step by step."""


class NoWayOn(Exception):
    """A dead end: an open case for which the guide finds no lawful act."""


class Guide:
    """Leads cases on. ``draw`` decides where the procedure leaves a choice to people."""

    def __init__(self, walker: Walker, draw: Random) -> None:
        self._walker = walker
        self._draw = draw
        self._town = walker.town

    def step(self, case: Traveller) -> None:
        """One act further. Raises `NoWayOn`, `Refused`."""
        way = getattr(self, f"_{case.story.state}", None)
        if way is None:
            raise NoWayOn(f"no act is known in {case.story.state}")
        way(case)

    def _act(self, case: Traveller, who: str, command: str, body: Any = None, service: str | None = None) -> Any:
        return self._walker.act(case, who, command, _dated(body, case), service=service)

    def _other_than(self, case: Traveller, names: tuple[str, ...], *types: str, since: str = "") -> str:
        """One of these people who did none of these acts."""
        facts = case.story.since(since) if since else case.story.facts
        authors = {fact.actor for fact in facts if fact.type in types}
        free = [name for name in names if self._town.people[name].person not in authors]
        if not free:
            raise NoWayOn(f"everybody did {types}")
        return self._draw.choice(free)

    # -- activities 1 and 2 -------------------------------------------------------------------------------------------

    def _identified(self, case: Traveller) -> None:
        story = case.story
        recent = story.since("RecheckRequested", "ReconsiderationResolved")
        if not story.has("BasicIdentificationRecorded"):
            self._act(case, "caseworker", "RecordBasicIdentification", {"form": self._form(case, "new")})
        elif not story.has("ConsentRecorded"):
            self._consent(case)
        elif not self._listed(case):
            self._consolidate(case)
        elif sum(fact.type == "ExternalCheckRecorded" for fact in recent) < 3:
            done = sum(fact.type == "ExternalCheckRecorded" for fact in recent)
            source = ("snr_vur", "ruaf", "procuraduria")[done]
            check = {"source": source, "queried_on": case.day.isoformat(), "result": "no_record"}
            self._act(case, "caseworker", "RecordExternalCheck", check | {"file": self._town.file()})
        elif not any(fact.type == "CriteriaEvaluated" for fact in recent):
            evaluation = {"as_of": case.day.isoformat(), "excluded": False, "disqualified": False}
            self._act(case, "caseworker", "EvaluateCriteria", evaluation)
        elif [fact for fact in recent if fact.type == "CriteriaEvaluated"][-1].said.result == "incomplete":
            if recent[-1].type == "CriteriaEvaluated":
                # Somebody recorded answers that leave a criterion open: the form is filled in again.
                form = self._form(case, "update")
                self._act(case, "caseworker", "UpdateBasicIdentification", {"form": form})
                return
            evaluation = {"as_of": case.day.isoformat(), "excluded": False, "disqualified": False}
            self._act(case, "colleague", "EvaluateCriteria", evaluation)
        else:
            letter = {"channel": "in_person", "signed_by": bodies.sign()}
            self._act(case, "caseworker", "CommunicateEligibility", letter)

    def _listed(self, case: Traveller) -> bool:
        return "listed" in case.ids

    def _consolidate(self, case: Traveller) -> None:
        minutes = {"form": _dated(MINUTES, case)}
        try:
            self._town.act("coordinator", "ConsolidateList", case.call, minutes, on=case.day)
        except Refused as refused:
            # Someone else's list has this candidate already.
            if refused.code != "LIST_EMPTY":
                raise
        case.ids["listed"] = ["yes"]

    def _form(self, case: Traveller, reason: str) -> dict[str, Any]:
        pension = reason == "new" and self._draw.random() < 0.15
        return case.person | FACTS | {"version_reason": reason, "pension": pension}

    def _consent(self, case: Traveller) -> None:
        consent = {
            "notice_version": "AV-2026-1",
            "purposes": ["eligibility", "profiling", "technical_assistance", "referral"],
            "given_on": case.day.isoformat(),
            "file": self._town.file(),
        }
        self._act(case, "caseworker", "RecordConsent", consent)

    def _eligible(self, case: Traveller) -> None:
        story = case.story
        if story.count("ConsentWithdrawn") >= story.count("ConsentRecorded"):
            self._consent(case)
        elif story.count("DuplicateSuspected") > story.count("DuplicateResolved"):
            body = {"resolution": "distinct", "reason": "Son dos personas"}
            self._act(case, "coordinator", "ResolveDuplicate", body)
        else:
            self._act(case, self._draw.choice(("psychosocial", "caseworker")), "StartProfiling")

    def _not_eligible(self, case: Traveller) -> None:
        story = case.story
        if not story.has("ReconsiderationRequested"):
            self._act(case, "caseworker", "RequestReconsideration", {"grounds": "Ya no recibe pensión"})
        elif not story.has("ReconsiderationResolved"):
            resolution = self._draw.choice(("confirmed", "new_evaluation"))
            answer = {"resolution": resolution, "reason": "Se revisaron los soportes", "channel": "in_person"}
            self._act(case, "subdirector", "ResolveReconsideration", answer | {"signed_by": bodies.sign()})
        else:
            self._withdraw(case, "intake")

    def _withdraw(self, case: Traveller, service: str) -> None:
        self._act(case, "caseworker", "WithdrawCase", bodies.withdrawal(), service)

    def leave(self, case: Traveller) -> None:
        """The person leaves the process: lawful in every open state."""
        owner = CATALOGUE.procedure("PR-156", case.day).states[case.story.state].owner
        assert owner is not None
        self._withdraw(case, owner)

    # -- activities 3 to 10 -------------------------------------------------------------------------------------------

    def _profiling(self, case: Traveller) -> None:
        recent = {fact.type for fact in case.story.since("ProfilingStarted")}
        if "InterviewRecorded" not in recent:
            self._act(case, "psychosocial", "RecordInterview", bodies.interview())
        elif not self._usable_instrument(case):
            blocks = len(CATALOGUE.instrument("DISC", case.day).blocks)
            self._act(case, "caseworker", "ApplyInstrument", bodies.disc(blocks))
        elif "BasicIdentificationUpdated" not in recent:
            self._act(case, "caseworker", "UpdateBasicIdentification", {"form": self._form(case, "unchanged")})
        else:
            producer = self._draw.random() < 0.8
            body = bodies.classification(is_producer=producer, is_trader=not producer)
            self._act(case, "psychosocial", "ClassifyProfile", body)

    def _usable_instrument(self, case: Traveller) -> bool:
        recent = case.story.since("ProfilingStarted")
        return any(fact.type == "InstrumentApplied" and not fact.said.problem for fact in recent)

    def _profiled(self, case: Traveller) -> None:
        authors = ("InterviewRecorded", "InstrumentApplied", "ProfileClassified")
        who = self._other_than(case, ("validator", "psychosocial", "colleague", "caseworker"), *authors)
        classified = [fact for fact in case.story.facts if fact.type == "ProfileClassified"][-1].said
        if classified.manual_decision:
            body = bodies.validation("not_approve", manual_decision="confirm_referral")
        elif classified.result == "pass":
            body = bodies.validation("approve")
        else:
            body = bodies.validation("not_approve")
        self._act(case, who, "ValidateProfile", body)

    def _profile_not_approved(self, case: Traveller) -> None:
        self._act(case, "caseworker", "InformAlternatives", bodies.alternatives())

    def _profile_approved(self, case: Traveller) -> None:
        if any(fact.type == "EntryCriteriaCompleted" and fact.said.result == "met" for fact in case.story.facts):
            self._act(case, "caseworker", "PresentOffer", bodies.offer(case.call))
        else:
            self._act(case, "caseworker", "InformAlternatives", bodies.alternatives())

    def _alternatives_pending(self, case: Traveller) -> None:
        answered = [fact for fact in case.story.since("ReferralRejected") if fact.type == "AlternativeChosen"]
        if answered:
            self._act(case, "caseworker", "IssueReferral", bodies.referral())
        elif self._draw.random() < 0.5:
            self._act(case, "caseworker", "RecordAlternativeInterest", bodies.chosen())
        else:
            self._act(case, "caseworker", "RecordAlternativeInterest", bodies.no_alternative())

    def _referred(self, case: Traveller) -> None:
        if self._draw.random() < 0.6:
            self._act(case, "office", "AcknowledgeReferral")
        else:
            self._act(case, "office", "RejectReferral", {"reason": "No hay cupo"})

    def _offered(self, case: Traveller) -> None:
        offered = [fact for fact in case.story.facts if fact.type == "ServiceOffered"][-1].said
        call = str(offered.process_ids[0])
        if not any(fact.type == "InterestRecorded" for fact in case.story.since("ServiceOffered")):
            self._act(case, "caseworker", "RecordInterest", bodies.interest(call))
        elif self._draw.random() < 0.85:
            case.call = call
            self._act(case, "caseworker", "AcceptOffer", bodies.acceptance(call))
        else:
            self._act(case, "caseworker", "DeclineOffer", bodies.refusal_of_offer())

    # -- activities 11 to 16 ------------------------------------------------------------------------------------------

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
        else:
            rows = [{"component": code, "outcome": "strengthened"} for code in opened.component_codes]
            self._act(case, "caseworker", "CloseStrengthening", {"outcomes": rows})

    def _person(self, name: str) -> str:
        return str(self._town.people[name].person)

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
            self._act(case, "caseworker", "HandOver", bodies.handover(contract=self._town.contract))

    def _handover_pending(self, case: Traveller) -> None:
        handed = [fact for fact in case.story.facts if fact.type == "HandedOver"][-1].said
        who = "operator" if handed.contract_id else self._lead(handed.team_lead)
        if self._draw.random() < 0.9:
            self._act(case, who, "AcceptHandover")
        else:
            self._act(case, who, "RejectHandover", {"reason": "Sin cupo en el equipo"})

    # -- activities 17 to 20 ------------------------------------------------------------------------------------------

    def _in_assistance(self, case: Traveller) -> None:
        story = case.story
        executor = self._executor(case)
        planned = [fact for fact in story.facts if fact.type in ("PlanDrafted", "PlanRevised")]
        approved = [fact for fact in story.facts if fact.type == "PlanApproved"]
        if not story.has("DiagnosisRecorded"):
            self._act(case, executor, "RecordDiagnosis", bodies.diagnosis())
        elif not planned:
            kinds = {"strengthening": "improvement_plan", "entrepreneurship": "business_plan"}
            accepted = [fact for fact in story.facts if fact.type == "OfferAccepted"][-1].said
            codes = self._draw.choice((("b",), ("b", "d"), ("c", "e")))
            self._act(case, executor, "DraftPlan", bodies.plan(*codes, kind=kinds[accepted.route]))
        elif not approved or approved[-1].said.version < planned[-1].said.version:
            who = self._other_than(case, ("adviser",), "PlanDrafted", "PlanRevised")
            self._act(case, who, "ApprovePlan")
        else:
            self._work(case, executor, approved[-1].said.component_codes)

    def _executor(self, case: Traveller) -> str:
        taken = [fact for fact in case.story.facts if fact.type in ("HandoverAccepted", "ExecutorTransferred")][-1].said
        contract = getattr(taken, "new_contract_id", None) or getattr(taken, "contract_id", None)
        return "operator" if contract else "caseworker"

    def _work(self, case: Traveller, executor: str, planned: list[str]) -> None:
        story, answers = case.story, self._person("caseworker")
        worked = {fact.said.component for fact in story.facts if fact.type == "ComponentActivityRecorded"}
        worked |= {row["component"] for fact in story.facts if fact.type == "PlanRevised" for row in fact.said.dropped}
        left = [code for code in planned if code in "abcde" and code not in worked]
        if not story.has("BaselineMeasured"):
            first = (case.day - timedelta(days=30)).isoformat()
            body = bodies.measurement(answers, **{"from": first, "to": case.day.isoformat()})
            self._act(case, executor, "RecordMeasurement", body)
        elif left:
            self._act(case, executor, "RecordComponentActivity", bodies.activity(answers, f"{left[0]}1"))
        elif not story.has("IncentiveDecided"):
            yes = "d" in planned and self._draw.random() < 0.6
            body = bodies.decision("5") if yes else {"decision": "no", "reason": "No lo necesita"}
            self._act(case, "caseworker", "DecideIncentive", body)
        elif not self._goods_settled(case):
            self._settle_goods(case)
        elif not self._phases_done(case, planned):
            self._phase(case, planned)
        else:
            self._act(case, "coordinator", "CompleteProcess", {"no_result_reason": "No hubo período que medir"})

    def _phases_done(self, case: Traveller, planned: list[str]) -> bool:
        closed = {fact.said.phase for fact in case.story.facts if fact.type == "PhaseClosed"}
        return not (self._phases(case, planned) - closed)

    def _phases(self, case: Traveller, planned: list[str]) -> set[str]:
        started = {fact.said.phase for fact in case.story.facts if fact.type == "PhaseStarted"}
        return started | {PHASE_OF[code] for code in planned if code in PHASE_OF}

    def _phase(self, case: Traveller, planned: list[str]) -> None:
        facts = case.story.facts

        def where(kind: str) -> set[str]:
            return {fact.said.phase for fact in facts if fact.type == kind}

        phase = sorted(self._phases(case, planned) - where("PhaseClosed"))[0]
        if phase not in where("PhaseStarted"):
            self._act(case, "caseworker", "StartPhase", bodies.phase(phase, case.day.isoformat()))
        elif phase not in where("FollowUpVisited"):
            self._act(case, "caseworker", "RecordFollowUp", bodies.follow_up(phase))
        elif phase not in where("StageEvaluated"):
            self._act(case, "caseworker", "EvaluateStage", bodies.stage(phase))
        else:
            self._act(case, "caseworker", "ClosePhase", {"phase": phase})

    # -- activity 19: the goods of a decision -------------------------------------------------------------------------

    def _goods_settled(self, case: Traveller) -> bool:
        page = self._town.ask("assistance", "case", id=str(case.id)) or {}
        waiting = (page.get("blocked") or {}).get("CompleteProcess", "")
        return "entregar o " not in waiting

    def _settle_goods(self, case: Traveller) -> None:
        """Take the goods of an open decision one step further, or cancel what is open of it."""
        story = case.story
        last = next(
            fact
            for fact in reversed(story.facts)
            if fact.type in (*GOODS, "IncentiveDecided", "IncentiveDelivered", "StockReturned", "WithdrawalRefused")
        )
        if last.type == "StockAssigned" and "assignment_line" in case.ids:
            row = {"assignment_line": case.last("assignment_line"), "qty": "5"}
            self._act(case, "caseworker", "RequestWithdrawal", {"lines": [row]})
        elif last.type == "WithdrawalRequested":
            body = {"request": case.last("request"), "withdrawn_by": bodies.sign("Pedro Campo")}
            self._act(case, "keeper", "ReleaseWithdrawal", body)
        elif last.type == "StockWithdrawn":
            row = {"withdrawal_line": case.last("withdrawal_line"), "qty": "5", "condition": "Bueno"}
            signed = bodies.sign("Gloria Amparo Mosquera", "Beneficiaria")
            body = {"withdrawal": case.last("withdrawal"), "lines": [row], "beneficiary": signed}
            self._act(case, "caseworker", "DeliverIncentive", body)
        else:
            self._assign_or_cancel(case)

    def _assign_or_cancel(self, case: Traveller) -> None:
        decided = [fact.said for fact in case.story.facts if fact.type == "IncentiveDecided" and fact.said.lines]
        untouched = not case.story.has("StockAssigned") and not case.story.has("IncentiveCancelled")
        if len(decided) == 1 and untouched and self._draw.random() < 0.7:
            body = {
                "warehouse": self._town.warehouse,
                "decision": str(decided[0].decision_id),
                "lines": [{"lot": self._town.lots[0], "qty": "5"}],
                "responsible": bodies.sign("Rosa Almacén"),
            }
            self._act(case, "registrar", "AssignStock", body)
            return
        for decision in decided:
            for row in decision.lines:
                cancelled = sum(
                    each["qty"]
                    for fact in case.story.facts
                    if fact.type == "IncentiveCancelled"
                    and fact.said.decision_id == decision.decision_id
                    and fact.said.line == row["line"]
                    for each in fact.said.lines
                )
                if row["qty"] > cancelled:
                    body = {"decision": str(decision.decision_id), "line": row["line"]}
                    body |= {"qty": str(row["qty"] - cancelled), "reason": "Ya no hace falta"}
                    self._act(case, "caseworker", "CancelIncentive", body)
                    return
        raise NoWayOn("goods are open and nothing can be cancelled")

    # -- the end ------------------------------------------------------------------------------------------------------

    def _completed(self, case: Traveller) -> None:
        self._act(case, "coordinator", "StartExPost", {"line_of_intervention": "Sostener lo logrado"})

    def _ex_post(self, case: Traveller) -> None:
        if not case.story.has("ExPostVisited") and self._draw.random() < 0.8:
            self._act(case, "caseworker", "RecordExPostVisit", bodies.ex_post_visit())
        else:
            self._act(case, "coordinator", "CloseCase", {"reason": "Así lo decidió la coordinación"})

    def _lead(self, person: object) -> str:
        return next((name for name, who in self._town.people.items() if str(who.person) == str(person)), "caseworker")


def _dated(body: Any, case: Traveller) -> Any:
    """The body with the day of the case wherever the bodies have theirs."""
    if isinstance(body, dict):
        return {name: _dated(value, case) for name, value in body.items()}
    if isinstance(body, list):
        return [_dated(value, case) for value in body]
    return case.day.isoformat() if body == bodies.ON else body
