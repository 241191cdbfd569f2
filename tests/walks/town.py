"""Every service in this process over files of its own, and people of every role who act through its desks."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.runtime.clock import today
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.tokens import GrantInForce, Who

CATALOGUE = Catalogue.load()
PEOPLE = {
    "caseworker": "caseworker",
    "colleague": "caseworker",
    "psychosocial": "psychosocial",
    "validator": "psychosocial",
    "coordinator": "coordinator",
    "subdirector": "subdirector",
    "supervisor": "contract_supervisor",
    "adviser": "business_adviser",
    "training": "training_officer",
    "registrar": "warehouse_registrar",
    "keeper": "warehouse_keeper",
    "controller": "stock_controller",
    "office": "receiving_office",
    "author": "report_author",
    "auditor": "auditor",
}
PDF = b"%PDF-1.7\n"


class Refused(Exception):
    """A desk refused."""

    def __init__(self, command: str, refusal: dict[str, Any]) -> None:
        super().__init__(f"{command}: {refusal['code']} [{refusal['field']}] {refusal['text']}")
        self.code: str = refusal["code"]


class Town:
    """The system without threads: after every act each service follows the others until nothing is left."""

    def __init__(self, folder: Path) -> None:
        self.people: dict[str, Who] = {}
        self.host = EmbeddedHost(folder, verify_for=lambda _service: self.people.__getitem__, catalogue=CATALOGUE)
        for name, role in PEOPLE.items():
            self._hire(name, role)
        self.first = today() - timedelta(days=12)
        self.calls = [self._open_call(number) for number in (1, 2)]
        self.contract = str(self._contract())
        self._hire("operator", "operator_staff", self.contract)
        self._stock()

    def _hire(self, name: str, role: str, contract: str | None = None) -> None:
        self.people[name] = Who.of(uuid4(), (GrantInForce(f"{name}-{role}", role, contract=contract),))

    def close(self) -> None:
        """Close every store."""
        self.host.stop()

    def who_may(self, definition: CommandDefinition) -> list[str]:
        """The people with a role that the command asks for."""
        return [name for name, who in self.people.items() if who.roles & set(definition.roles)]

    def act(
        self, who: str, command: str, target: object = None, body: Any = None, *, on: date, service: str | None = None
    ) -> dict[str, Any]:
        """Run a command and let everyone hear of it; raises `Refused`."""
        definition = CATALOGUE.command(command, service)
        answer = self.host.desks[definition.service].command(
            {
                "command": command,
                "id": None if target is None or definition.creates else str(target),
                "body": body or {},
                "command_id": str(uuid4()),
                "happened_on": on.isoformat(),
                "token": who,
            }
        )
        if "refusal" in answer:
            raise Refused(command, answer["refusal"])
        self.host.pull_all()
        return dict(answer["ok"] or {})

    def ask(self, service: str, query: str, who: str = "coordinator", **params: Any) -> dict[str, Any] | None:
        """Ask a service; None when it refuses."""
        answer = self.host.desks[service].query({"query": query, "params": params, "token": who})
        return None if "refusal" in answer else dict(answer["ok"])

    def file(self, service: str = "intake") -> str:
        """A PDF kept by ``service``; answers its id."""
        files = self.host.services[service].application.files
        return str(files.put(io.BytesIO(PDF), subject=None, kind="s", media_type="", name="soporte.pdf").id)

    def _open_call(self, number: int) -> str:
        body = {
            "code": f"AT-{number}",
            "name": "Mejoramiento productivo a la medida",
            "service": "technical_assistance",
            "specifications": CATALOGUE.text("ESPECIFICACION-PR-156", self.first).body,
            "product_types": ["textile"],
            "routes": ["entrepreneurship", "strengthening"],
            "opens_on": (self.first - timedelta(days=30)).isoformat(),
            "closes_on": (self.first + timedelta(days=300)).isoformat(),
            "executor_kind": "operator_contract",
        }
        return str(self.act("coordinator", "OpenCall", body=body, on=self.first)["id"])

    def _contract(self) -> UUID:
        body = {
            "number": "CPS-118",
            "kind": "contract",
            "operator": "Corporación Manos del Sur",
            "object": "Asistencia técnica a unidades productivas",
            "purposes": ["advice", "accompaniment"],
            "value": "180000000.00",
            "starts_on": (self.first - timedelta(days=30)).isoformat(),
            "ends_on": (self.first + timedelta(days=300)).isoformat(),
            "supervisor": "Luz Dary Palacios",
            "calls_covered": self.calls,
        }
        return UUID(self.act("supervisor", "RegisterContract", body=body, on=self.first)["id"])

    def _stock(self) -> None:
        place = {"code": "BOG1", "name": "Almacén central"}
        self.warehouse = str(self.act("registrar", "RegisterWarehouse", body=place, on=self.first)["id"])
        item = {"code": "TELA-01", "name": "Tela", "kind": "raw_material", "unit": "m", "decimals": 2}
        self.act("registrar", "RegisterItem", body=item, on=self.first)
        receipt = {
            "warehouse": self.warehouse,
            "origin": "ipes_purchase",
            "delivery_note": "FV-118",
            "lines": [{"item": "TELA-01", "qty": "5000", "unit_cost": "12000"}],
            "received_by": {
                "signer": "Rosa Almacén",
                "capacity": "Almacén",
                "method": "electronic",
                "signed_on": self.first.isoformat(),
            },
        }
        self.lots = [str(lot) for lot in self.act("registrar", "ReceiveStock", body=receipt, on=self.first)["lots"]]
