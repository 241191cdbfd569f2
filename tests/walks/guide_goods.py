"""The way of the goods of a decision, from the warehouse to the beneficiary (activity 19)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.services import bodies
from tests.walks.facts import assigned, delivered, in_custody, open_requests
from tests.walks.steps import NoWayOn, Steps
from tests.walks.walker import Traveller


class Goods(Steps):
    """Assignment, request, withdrawal, delivery; or cancelled."""

    def _goods_settled(self, case: Traveller) -> bool:
        page = self._town.ask("assistance", "case", id=str(case.id)) or {}
        waiting = (page.get("blocked") or {}).get("CompleteProcess", "")
        return "entregar o " not in waiting

    def _settle_goods(self, case: Traveller) -> None:
        """Take the goods of an open decision one step further, or cancel what is open of it."""
        facts, turn = case.story.facts, self._draw.random()
        held, asked, waiting = in_custody(facts), open_requests(facts), assigned(facts)
        if held and turn < 0.15:
            self.give_back(case)
        elif held:
            line, qty = next(iter(held.items()))
            taken = _withdrawal(case, line)
            signed = bodies.sign("Gloria Amparo Mosquera", "Beneficiaria")
            row = {"withdrawal_line": str(line), "qty": str(qty), "condition": "Bueno"}
            body = {"withdrawal": str(taken.withdrawal_id), "lines": [row], "beneficiary": signed}
            self._act(case, self._named(taken.withdrawn_by), "DeliverIncentive", body)
        elif asked and turn < 0.1:
            self._act(case, "keeper", "RefuseWithdrawal", {"request": str(asked[0]), "reason": "Falta la firma"})
        elif asked:
            body = {"request": str(asked[0]), "withdrawn_by": bodies.sign("Pedro Campo")}
            self._act(case, self._draw.choice(("keeper", "second_keeper")), "ReleaseWithdrawal", body)
        elif waiting:
            line, (assignment, qty) = next(iter(waiting.items()))
            row = {"assignment_line": str(line), "qty": str(qty)}
            if turn < 0.15:
                body = {"assignment": str(assignment), "lines": [row], "reason": "Se cambia el lote"}
                self._act(case, "registrar", "ReleaseAssignment", body)
            else:
                self._act(case, "caseworker", "RequestWithdrawal", {"lines": [row]})
        else:
            self._assign_or_cancel(case)

    def give_back(self, case: Traveller) -> None:
        """What is in custody goes back to the warehouse."""
        for line, qty in in_custody(case.story.facts).items():
            body = {"withdrawal": str(_withdrawal(case, line).withdrawal_id), "reason_code": "not_needed"}
            self._act(case, "keeper", "ReturnStock", body | {"lines": [{"line": str(line), "qty": str(qty)}]})

    def _assign_or_cancel(self, case: Traveller) -> None:
        facts = case.story.facts
        for decision in [fact.said for fact in facts if fact.type == "IncentiveDecided"]:
            for row in decision.lines:
                cancelled = sum(
                    each["qty"]
                    for fact in facts
                    if fact.type == "IncentiveCancelled"
                    and fact.said.decision_id == decision.decision_id
                    and fact.said.line == row["line"]
                    for each in fact.said.lines
                )
                left = row["qty"] - cancelled - delivered(facts, decision.decision_id, row["item"])
                if left > 0:
                    self._assign(case, decision, row, left)
                    return
        raise NoWayOn("goods are open and nothing can be cancelled")

    def _assign(self, case: Traveller, decision: Any, row: dict[str, Any], left: Any) -> None:
        often = case.story.count("StockAssigned")
        if row["item"] == "TELA-01" and often < 4 and self._draw.random() < 0.8:
            body = {
                "warehouse": self._town.warehouses[0],
                "decision": str(decision.decision_id),
                "lines": [{"lot": self._town.lots[0], "qty": str(left)}],
                "responsible": bodies.sign("Rosa Almacén"),
            }
            self._act(case, "registrar", "AssignStock", body)
        else:
            body = {"decision": str(decision.decision_id), "line": row["line"], "qty": str(left)}
            self._act(case, "caseworker", "CancelIncentive", body | {"reason": "Ya no hace falta"})


def _withdrawal(case: Traveller, line: UUID) -> Any:
    """The FO-128 with that line."""
    return next(
        fact.said
        for fact in case.story.facts
        if fact.type == "StockWithdrawn" and any(each["line"] == line for each in fact.said.lines)
    )
