"""Every service in this process over files of its own, and people of every role who act through its desks."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import CommandDefinition
from shared.delivery.parking import parked
from shared.runtime.clock import today
from shared.runtime.definition import installed_services
from shared.runtime.embedded import EmbeddedHost
from shared.runtime.tokens import GrantInForce, Who

CATALOGUE = Catalogue.load()
SERVICES = installed_services()
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
    "second_keeper": "warehouse_keeper",
    "auditor": "auditor",
    "editor": "catalogue_editor",
}
BUSY = {
    "jack": (
        "caseworker",
        "psychosocial",
        "coordinator",
        "subdirector",
        "business_adviser",
        "contract_supervisor",
        "training_officer",
        "warehouse_registrar",
        "stock_controller",
        "report_author",
    ),
    "joan": ("warehouse_registrar", "warehouse_keeper", "stock_controller", "caseworker"),
}
"""People with many roles: what keeps duties apart for them is nothing but the rules."""
FIRST_VERSION, NEXT_VERSION = "01", "02"
"""The second has the same states and is in force from the second day on: cases may be moved between them."""
PDF = b"%PDF-1.7\n"


class Refused(Exception):
    """A desk refused."""

    def __init__(self, command: str, refusal: dict[str, Any]) -> None:
        super().__init__(f"{command}: {refusal['code']} [{refusal['field']}] {refusal['text']}")
        self.code: str = refusal["code"]


class Town:
    """The system without threads: after every act each service follows the others until nothing is left."""

    def __init__(self, folder: Path, like: Town | None = None) -> None:
        """A new town, or one that begins where ``like`` was closed: the same people, calls, contracts and goods."""
        self.folder = folder
        self.first = today() - timedelta(days=12)
        self.people: dict[str, Who] = {} if like is None else like.people
        self._grown: set[str] = set()
        if like is not None:
            shutil.copytree(like.folder, folder, dirs_exist_ok=True)
        self.host = EmbeddedHost(
            folder, verify_for=lambda _service: self.people.__getitem__, catalogue=CATALOGUE, services=SERVICES
        )
        for name, service in self.host.services.items():
            service.application.committed.append(lambda _done, name=name: self._grown.add(name))
        if like is not None:
            self.calls, self.contracts = like.calls, like.contracts
            self.warehouses, self.lots, self.receipt = like.warehouses, list(like.lots), like.receipt
            return
        for name, role in PEOPLE.items():
            self._hire(name, role)
        for name, roles in BUSY.items():
            self._hire(name, *roles)
        self.calls = [self._open_call(number) for number in (1, 2)]
        self.contracts = [self._contract(f"CPS-{number}") for number in (118, 220)]
        for name, contract in zip(("operator", "newcomer"), self.contracts, strict=True):
            self._hire(name, "operator_staff", contract=contract)
        self._stock()
        self._publish()
        self.host.pull_all()

    def _hire(self, name: str, *roles: str, contract: str | None = None) -> None:
        grants = tuple(GrantInForce(f"{name}-{role}", role, contract=contract) for role in roles)
        self.people[name] = Who.of(uuid4(), grants)

    def operator(self, contract: object) -> str:
        """Who works under that contract."""
        return ("operator", "newcomer")[self.contracts.index(str(contract))]

    @property
    def parked(self) -> int:
        """Events that some service could not apply; there may be none."""
        found = 0
        for service in self.host.services.values():
            with service.application.database.read() as connection:
                found += len(connection.execute(sa.select(parked.c.sequence)).all())
        return found

    def _publish(self) -> None:
        text = (CATALOGUE.root / "procedures" / "pr-156-v01.yaml").read_text("utf-8")
        text = text.replace('version: "01"', f'version: "{NEXT_VERSION}"', 1)
        starts = (self.first + timedelta(days=1)).isoformat()
        text = text.replace("effective_from: 2019-10-23", f"effective_from: {starts}", 1)
        draft = {
            "owner": "intake",
            "kind": "procedure",
            "file": self.file(content=text.encode(), kind="m", media_type="application/yaml"),
            "approvers": [str(self.people["subdirector"].person)],
            "reason": "Rige desde el acto administrativo",
        }
        version = self.act("editor", "LoadCatalogueDraft", body=draft, on=self.first, service="intake")["id"]
        self.act("subdirector", "ApproveCatalogueVersion", version, on=self.first, service="intake")

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
        self._spread()
        return dict(answer["ok"] or {})

    def _spread(self) -> None:
        """Follow until nothing is left, as `EmbeddedHost.pull_all`, but only logs that have grown: walks are long."""
        while self._grown:
            grown, self._grown = self._grown, set()
            for (_, upstream), follower in self.host.followers.items():
                if upstream in grown:
                    follower.pull()

    def ask(self, service: str, query: str, who: str = "coordinator", **params: Any) -> dict[str, Any] | None:
        """Ask a service; None when it refuses."""
        answer = self.host.desks[service].query({"query": query, "params": params, "token": who})
        return None if "refusal" in answer else dict(answer["ok"])

    def file(
        self, service: str = "intake", content: bytes = PDF, kind: str = "s", media_type: str = "", name: str = ""
    ) -> str:
        """A file, a PDF by default, kept by ``service``; answers its id."""
        files = self.host.services[service].application.files
        name = name or "soporte.pdf"
        return str(files.put(io.BytesIO(content), subject=None, kind=kind, media_type=media_type, name=name).id)

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

    def _contract(self, number: str) -> str:
        body = {
            "number": number,
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
        return str(self.act("supervisor", "RegisterContract", body=body, on=self.first)["id"])

    def _stock(self) -> None:
        places = [{"code": f"BOG{number}", "name": "Almacén"} for number in (1, 2)]
        self.warehouses = [
            str(self.act("registrar", "RegisterWarehouse", body=place, on=self.first)["id"]) for place in places
        ]
        item = {"code": "TELA-01", "name": "Tela", "kind": "raw_material", "unit": "m", "decimals": 2}
        self.act("registrar", "RegisterItem", body=item, on=self.first)
        receipt = {
            "warehouse": self.warehouses[0],
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
        received = self.act("registrar", "ReceiveStock", body=receipt, on=self.first)
        self.receipt, self.lots = str(received["id"]), [str(lot) for lot in received["lots"]]


@cache
def _settled() -> Town:
    """A town that is ready, closed. Walks begin in copies of it: to settle one takes longer than a walk."""
    folder = tempfile.TemporaryDirectory(prefix="town-")
    atexit.register(folder.cleanup)
    town = Town(Path(folder.name))
    town.close()
    return town


def town_in(folder: Path) -> Town:
    """A town of its own in ``folder``. Close it in the end."""
    return Town(folder, like=_settled())
