"""The way from the plan to the end of the case (activities 17, 18 and 20)."""

from __future__ import annotations

from datetime import timedelta

from tests.services import bodies
from tests.walks.guide_goods import Goods
from tests.walks.walker import Traveller

PHASE_OF = {
    "a": "technical_assistance",
    "b": "technical_assistance",
    "c": "technical_assistance",
    "d": "materialisation",
    "e": "commercial_management",
}


class Work(Goods):
    """What the executor does, follow-up, completion and what comes after."""

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
            codes = self._draw.choice((("b",), ("b", "d"), ("d",), ("c", "d", "e")))
            self._act(case, executor, "DraftPlan", bodies.plan(*codes, kind=kinds[accepted.route]))
        elif not approved or approved[-1].said.version < planned[-1].said.version:
            who = self._other_than(case, ("adviser",), "PlanDrafted", "PlanRevised")
            self._act(case, who, "ApprovePlan")
        else:
            self._work(case, executor, approved[-1].said.component_codes)

    def _executor(self, case: Traveller) -> str:
        taken = [fact for fact in case.story.facts if fact.type in ("HandoverAccepted", "ExecutorTransferred")][-1].said
        contract = getattr(taken, "new_contract_id", None) or getattr(taken, "contract_id", None)
        return self._town.operator(contract) if contract else self._named(getattr(taken, "team_lead", None))

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
            yes = "d" in planned and self._draw.random() < 0.85
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

    def _completed(self, case: Traveller) -> None:
        self._act(case, "coordinator", "StartExPost", {"line_of_intervention": "Sostener lo logrado"})

    def _ex_post(self, case: Traveller) -> None:
        if not case.story.has("ExPostVisited") and self._draw.random() < 0.8:
            self._act(case, "caseworker", "RecordExPostVisit", bodies.ex_post_visit())
        else:
            self._act(case, "coordinator", "CloseCase", {"reason": "Así lo decidió la coordinación"})
