"""The way from identification to the offer that is accepted (activities 1 to 10)."""

from __future__ import annotations

from typing import Any

from tests.services import bodies
from tests.services.intake.counter import FACTS, MINUTES
from tests.walks.steps import Steps, dated
from tests.walks.town import CATALOGUE, Refused
from tests.walks.walker import Traveller


class Entry(Steps):
    """Intake and profiling."""

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
        minutes = {"form": dated(MINUTES, case)}
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
        consent = [fact.type for fact in story.facts if fact.type in ("ConsentRecorded", "ConsentWithdrawn")]
        if consent[-1] == "ConsentWithdrawn":
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
            inside = "training" in answered[-1].said.alternative_codes
            letter = bodies.referral() if inside else bodies.referral("FRM-14", None)
            self._act(case, "caseworker", "IssueReferral", letter)
        elif self._draw.random() < 0.5:
            self._act(
                case, "caseworker", "RecordAlternativeInterest", bodies.chosen(self._draw.choice(("training", "sena")))
            )
        else:
            self._act(case, "caseworker", "RecordAlternativeInterest", bodies.no_alternative())

    def _referred(self, case: Traveller) -> None:
        issued = [fact for fact in case.story.facts if fact.type == "ReferralIssued"][-1].said
        if issued.document == "FRM-14":
            who, reply = "caseworker", {"file": self._town.file("profiling")}
        else:
            who, reply = "office", {}
        if self._draw.random() < 0.6:
            self._act(case, who, "AcknowledgeReferral", reply)
        else:
            self._act(case, who, "RejectReferral", {"reason": "No hay cupo"} | reply)

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
