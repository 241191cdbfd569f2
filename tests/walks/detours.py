"""What happens beside the main line: corrections, exits, merges, another executor, and the books of the warehouse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from shared.runtime.clock import today
from tests.services import bodies
from tests.services.intake.counter import MINUTES
from tests.walks.model import FINAL
from tests.walks.steps import Steps, dated
from tests.walks.town import CATALOGUE, FIRST_VERSION, NEXT_VERSION
from tests.walks.walker import Traveller

WORDS = {
    "FO-051": "development",
    "FO-201": "remarks",
    "FO-419": "findings",
    "FO-423": "motivation",
    "FO-779": "quality_findings",
    "FO-780": "description",
    "FO-781": "technical.findings",
}
"""A text of each form that may be corrected."""
SCORERS = ("caseworker", "colleague", "psychosocial", "jack", "joan")


class Detours(Steps):
    """One of them at a time; each raises `Refused` where the rules are in its way."""

    def take(self, case: Traveller) -> None:
        """Something beside the main line happens to ``case``, or in the warehouse."""
        ways: list[Callable[[Traveller], None]] = [self._correct] * 3
        ways += [self._void, self._migrate, self._breach, self._merge, self._exclude, self._transfer_executor] * 2
        ways += [self._die, self._transfer_stock, self._write_off, self._count, self._correct_movement]
        self._draw.choice(ways)(case)

    def _owner(self, case: Traveller) -> str:
        owner = CATALOGUE.procedure("PR-156", case.day).states[case.story.state].owner
        assert owner is not None
        return owner

    # -- the papers of a case, and its version ------------------------------------------------------------------------

    def _correct(self, case: Traveller) -> None:
        service = self._owner(case)
        papers = [each for each in self._papers(case, service) if each["code"] in WORDS]
        if papers:
            paper = self._draw.choice(papers)
            change = {"field": WORDS[paper["code"]], "value": f"Se revisó el {self._draw.randint(1, 99)}"}
            body = {"document": paper["id"], "changes": [change], "reason": "Se digitó mal"}
            self._act(case, self._draw.choice(SCORERS), "CorrectRecord", body, service)

    def _void(self, case: Traveller) -> None:
        service = self._owner(case)
        minutes = [each for each in self._papers(case, service) if each["code"] == "FO-051"]
        if minutes:
            body = {"document": self._draw.choice(minutes)["id"], "reason": "No corresponde"}
            self._act(case, "caseworker", "VoidForm", body, service)
        elif service != "intake":
            self._act(case, "caseworker", "FileForm", {"form": MINUTES}, service)

    def _papers(self, case: Traveller, service: str) -> list[dict[str, Any]]:
        page = self._town.ask(service, "case", id=str(case.id)) or {}
        return list(page.get("documents") or ())

    def _migrate(self, case: Traveller) -> None:
        moved = [fact.said.to_version for fact in case.story.facts if fact.type == "CaseMigrated"]
        # Who identifies today opens the case under the newer version, whenever that happened.
        version = FIRST_VERSION if (moved or [NEXT_VERSION])[-1] == NEXT_VERSION else NEXT_VERSION
        body = {"version": version, "reason": "Así lo decidió la coordinación"}
        self._act(case, "coordinator", "MigrateCase", body, self._owner(case))

    def _breach(self, case: Traveller) -> None:
        if case.story.has("CommitmentSigned"):
            body: dict[str, Any] = {"commitment": "C1", "facts": "No asistió", "answer": "Estaba enferma"}
            body["evidence"] = [self._town.file("assistance")]
            self._act(case, "caseworker", "RecordCommitmentBreach", body)

    # -- exits, merges, another executor ------------------------------------------------------------------------------

    def _merge(self, case: Traveller) -> None:
        others = [one for one in self._walker.cases.values() if one is not case and one.story.state not in FINAL]
        if others:
            body = {"other_case": str(self._draw.choice(others).id), "reason": "Es la misma persona"}
            self._act(case, "coordinator", "MergeCases", body)

    def _exclude(self, case: Traveller) -> None:
        act = {
            "doc_type": case.person["doc_type"],
            "doc_no": case.person["doc_no"],
            "kind": "administrative",
            "service": "market_square",
            "act_no": "R-118-2026",
            "act_date": case.day.isoformat(),
            "body": "Subdirección de plazas de mercado",
            "reason": "Incumplimiento del reglamento",
            "from_date": case.day.isoformat(),
        }
        exclusion = self._elsewhere("coordinator", "RegisterExclusion", None, act, case.day, "exclusion")
        self._elsewhere("subdirector", "ApproveExclusion", exclusion, {}, case.day, "exclusion")
        if self._draw.random() < 0.5:
            reason = {"reason": "Se revocó el acto"}
            self._elsewhere("subdirector", "LiftExclusion", exclusion, reason, case.day, "exclusion")
        body = {"exclusion": exclusion, "reason": "Exclusión en firme"}
        self._act(case, "subdirector", "ExcludeBeneficiary", body, self._owner(case))

    def _die(self, case: Traveller) -> None:
        if self._draw.random() < 0.3:
            self._act(case, "caseworker", "RecordDeath", {"source": "Avisó su hija"}, self._owner(case))

    def _transfer_executor(self, case: Traveller) -> None:
        if case.story.state != "in_assistance":
            return
        number = self._draw.randrange(2)
        named: dict[str, str] = {"contract": self._town.contracts[number]}
        who = ("operator", "newcomer")[number]
        if self._draw.random() < 0.3:
            named, who = {"team_lead": self._person("colleague")}, "colleague"
        self._act(case, "coordinator", "TransferExecutor", named | {"reason": "El operador no puede seguir"})
        if self._draw.random() < 0.8:
            self._act(case, who, "AcceptHandover")
        else:
            self._act(case, who, "RejectHandover", {"reason": "Sin cupo en el equipo"})

    # -- the books of the warehouse -----------------------------------------------------------------------------------

    def _elsewhere(self, who: str, command: str, target: object, body: Any, on: date, kind: str) -> str:
        """The act on what is no case, by ``who`` or now and then by somebody with many roles."""
        if self._draw.random() < 0.3:
            who = self._draw.choice(("jack", "joan"))
        return self._walker.act_elsewhere(who, command, target, body, on, kind)

    def _transfer_stock(self, case: Traveller) -> None:
        source, target = self._draw.sample(self._town.warehouses, 2)
        body = {
            "warehouse": source,
            "to_warehouse": target,
            "lines": [self._some(1, 9)],
            "requested_by": self._person(self._draw.choice(("caseworker", "jack", "registrar", "keeper"))),
            "withdrawn_by": bodies.sign("Pedro Campo"),
        }
        who = self._draw.choice(("keeper", "second_keeper"))
        self._elsewhere(who, "TransferStock", None, dated(body, case), today(), "movement")

    def _write_off(self, case: Traveller) -> None:
        body = {
            "warehouse": self._town.warehouses[0],
            "lines": [self._some(1, 3)],
            "reason_code": "damaged",
            "reason": "Se mojó la tela",
            "evidence": [self._town.file("inventory")],
        }
        proposed = self._elsewhere(self._proposer(), "ProposeWriteOff", None, body, today(), "write_off")
        self._decide("ApproveWriteOff", "RejectWriteOff", proposed, "write_off")

    def _count(self, case: Traveller) -> None:
        counter = self._draw.choice(("caseworker", "registrar", "keeper", "jack", "joan"))
        body: dict[str, Any] = {"warehouse": self._town.warehouses[0], "counter": self._person(counter)}
        body["lots"] = [self._town.lots[0]]
        count = self._elsewhere("controller", "StartCount", None, body, today(), "count")
        found = {"lines": [self._some(4000, 4100)]}
        self._walker.act_elsewhere(counter, "RecordCount", count, found, today(), "count")
        why = {"reason_code": "count_difference", "reason": "Diferencia del conteo", "count": count}
        proposed = self._elsewhere(self._proposer(), "ProposeAdjustment", None, why, today(), "adjustment")
        self._decide("ApproveAdjustment", "RejectAdjustment", proposed, "adjustment")

    def _correct_movement(self, case: Traveller) -> None:
        movement = self._draw.choice(self._walker.ids["movement"])
        line = self._some(4800, 5000) if movement == self._town.receipt else self._some(0, 8)
        body = {"movement": movement, "lines": [line], "reason_code": "wrong_entry", "reason": "Se digitó mal"}
        proposed = self._elsewhere(self._proposer(), "ProposeCorrection", None, body, today(), "correction")
        self._decide("CorrectMovement", "RejectCorrection", proposed, "correction")

    def _proposer(self) -> str:
        return self._draw.choice(("registrar", "keeper", "second_keeper"))

    def _decide(self, yes: str, no: str, proposal: str, kind: str) -> None:
        if self._draw.random() < 0.8:
            self._elsewhere("controller", yes, proposal, {}, today(), kind)
        else:
            self._elsewhere("controller", no, proposal, {"reason": "No procede"}, today(), kind)

    def _some(self, least: int, most: int) -> dict[str, str]:
        return {"lot": self._town.lots[0], "qty": str(self._draw.randint(least, most))}
