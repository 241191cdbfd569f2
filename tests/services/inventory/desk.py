"""A warehouse of a test's own: the real store, files and catalogue behind the desk that answers for the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from services.inventory.definition import SERVICE
from shared.catalogue.catalogue import Catalogue
from shared.contracts.envelope import Envelope
from shared.eventstore.metadata import Meta
from shared.privacy.keys import MasterKey
from shared.runtime.assembly import Place, assemble
from shared.runtime.desk import Desk
from shared.runtime.tokens import GrantInForce, Who

TODAY = date(2026, 11, 20)
CATALOGUE = Catalogue.load()


def sign(name: str, method: str = "handwritten_scan") -> dict[str, str]:
    """A signature as a body has it."""
    return {"signer": name, "capacity": "Profesional", "method": method, "signed_on": "2026-11-02"}


class Refused(Exception):
    """The desk refused."""

    def __init__(self, refusal: dict[str, Any]) -> None:
        super().__init__(f"{refusal['code']}: {refusal['text']}")
        self.code: str = refusal["code"]
        self.refusal = refusal


class Office:
    """People of a warehouse and of the field, who act through the service's desk."""

    def __init__(self, place: Place) -> None:
        self.assembled = assemble(SERVICE, place, MasterKey(bytes(32)), CATALOGUE, create=True)
        self.application: Any = self.assembled.application
        self.people: dict[str, Who] = {}
        self.desk = Desk(
            SERVICE, self.application, self.assembled.publication, lambda token: self.people[token], day=lambda: TODAY
        )
        self._sequence = count(1)
        for name, roles in {
            "registrar": ["warehouse_registrar"],
            "second_registrar": ["warehouse_registrar"],
            "keeper": ["warehouse_keeper"],
            "caseworker": ["caseworker"],
            "second_caseworker": ["caseworker"],
            "everything": ["warehouse_registrar", "warehouse_keeper", "caseworker"],
            "auditor": ["auditor"],
            "controller": ["stock_controller"],
            "controller_and_keeper": ["stock_controller", "warehouse_keeper"],
            "controller_and_registrar": ["stock_controller", "warehouse_registrar"],
        }.items():
            grants = tuple(GrantInForce(f"{name}-{role}", role) for role in roles)
            self.people[name] = Who.of(uuid4(), grants)

    def person(self, name: str) -> UUID:
        return self.people[name].person

    def act(
        self, who: str, command: str, target: UUID | str | None = None, *, on: str = "2026-11-10", **body: Any
    ) -> Any:
        """Run a command; raises `Refused`."""
        answer = self.desk.command(
            {
                "command": command,
                "id": None if target is None else str(target),
                "body": body,
                "command_id": str(uuid4()),
                "happened_on": on,
                "token": who,
            }
        )
        if "refusal" in answer:
            raise Refused(answer["refusal"])
        return answer["ok"]

    def ask(self, query: str, who: str = "caseworker", **params: Any) -> Any:
        """Ask a query; raises `Refused`."""
        answer = self.desk.query({"query": query, "params": params, "token": who})
        if "refusal" in answer:
            raise Refused(answer["refusal"])
        return answer["ok"]

    def hear(self, service: str, event_type: str, case: UUID, on: date, **data: Any) -> None:
        """An event of another service arrives."""
        event = Envelope(
            source=service,
            type=event_type,
            subject=case,
            sequence=next(self._sequence),
            recorded_at=datetime.now(UTC),
            happened_on=on,
            epoch="test",
            correlation_id=uuid4(),
            data=data,
        )
        react = SERVICE.reactions[event.topic]
        self.application.transact(Meta(happened_on=on), lambda unit: react(self.application, unit, event))

    # What most tests start from.

    def warehouse(self, code: str = "BOG1") -> str:
        return str(self.act("registrar", "RegisterWarehouse", code=code, name="Almacén central")["id"])

    def item(self, code: str = "TELA-01", **more: Any) -> None:
        described = {"name": "Tela", "kind": "raw_material", "unit": "m", **more}
        self.act("registrar", "RegisterItem", code=code, **described)

    def receive(
        self,
        warehouse: str,
        qty: str = "10",
        on: str = "2026-11-02",
        item: str = "TELA-01",
        contract: str | None = None,
        origin: str = "ipes_purchase",
        **line: Any,
    ) -> Any:
        return self.act(
            "registrar",
            "ReceiveStock",
            on=on,
            warehouse=warehouse,
            origin=origin,
            **({"contract": contract} if contract else {}),
            delivery_note="FV-118",
            lines=[{"item": item, "qty": qty, "unit_cost": "12000", **line}],
            received_by=sign("Rosa Almacén"),
        )

    def case(self, qty: str = "10", item: str = "TELA-01", unit: str = "m") -> tuple[UUID, str]:
        """A case in assistance with a decision; answers case and decision."""
        case, decision = uuid4(), str(uuid4())
        self.hear(
            "intake",
            "CandidateIdentified",
            case,
            date(2026, 10, 1),
            candidate_id=str(uuid4()),
            call_id=str(uuid4()),
            source="hemi",
        )
        self.hear(
            "assistance",
            "HandoverAccepted",
            case,
            date(2026, 10, 20),
            contract_id=None,
            team_id=str(uuid4()),
            call_id=str(uuid4()),
        )
        self.decide(case, decision, qty, item, unit)
        return case, decision

    def decide(self, case: UUID, decision: str, qty: str, item: str = "TELA-01", unit: str = "m") -> None:
        lines = [{"item": item, "qty": qty, "unit": unit}]
        self.hear(
            "assistance", "IncentiveDecided", case, date(2026, 11, 1), decision_id=decision, decision="yes", lines=lines
        )

    def assign(
        self,
        case: UUID,
        decision: str,
        warehouse: str,
        lot: str,
        qty: str,
        on: str = "2026-11-03",
        who: str = "registrar",
    ) -> Any:
        return self.act(
            who,
            "AssignStock",
            case,
            on=on,
            warehouse=warehouse,
            decision=decision,
            lines=[{"lot": lot, "qty": qty}],
            responsible=sign("Rosa Almacén"),
        )

    def request(self, case: UUID, line: str, qty: str, who: str = "caseworker", on: str = "2026-11-04") -> str:
        asked = self.act(who, "RequestWithdrawal", case, on=on, lines=[{"assignment_line": line, "qty": qty}])
        return str(asked["request"])

    def release(self, case: UUID, request: str, who: str = "keeper", on: str = "2026-11-05", **more: Any) -> Any:
        body = {"withdrawn_by": sign("Pedro Campo"), **more}
        return self.act(who, "ReleaseWithdrawal", case, on=on, request=request, **body)

    def deliver(
        self, case: UUID, withdrawal: Any, qty: str, who: str = "caseworker", on: str = "2026-11-06", **more: Any
    ) -> Any:
        body = {"beneficiary": sign("Ana Beneficiaria"), **more}
        lines = [{"withdrawal_line": withdrawal["lines"][0]["line"], "qty": qty}]
        return self.act(who, "DeliverIncentive", case, on=on, withdrawal=withdrawal["withdrawal"], lines=lines, **body)

    def withdrawn(self, qty: str = "10", decided: str = "10") -> tuple[UUID, Any]:
        """A case with goods in custody of the caseworker; answers it and the FO-128."""
        warehouse = self.warehouse()
        self.item()
        lot = self.receive(warehouse)["lots"][0]
        case, decision = self.case(decided)
        line = self.assign(case, decision, warehouse, lot, qty)["lines"][0]["line"]
        return case, self.release(case, self.request(case, line, qty))


@contextmanager
def office(folder: Path, database_url: str | None = None) -> Iterator[Office]:
    """An office with SQLite files under ``folder``, or with its log in the database of that URL."""
    place = Place.under(folder)
    if database_url is not None:
        place = Place(database_url, place.keys_url, place.files)
    opened = Office(place)
    try:
        yield opened
    finally:
        opened.assembled.close()
