"""Real commands for a load: each makes a thing of its own, so that none has to wait for another."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from shared.catalogue.catalogue import Catalogue
from shared.cli.api import Api
from shared.cli.demo.stage import SPECIFICATION
from shared.cli.system import add_account
from shared.runtime.clock import today
from tests.chaos.load import Kind

ROLES = ("coordinator", "caseworker", "warehouse_registrar", "contract_supervisor")


def tokens(url: str, password: str) -> dict[str, str]:
    """A log-in for each role, and the administrator's, whose password is given."""
    with Api(url) as admin:
        admin.log_in("admin", password)
        found = {"administrator": str(admin.authorization).removeprefix("Bearer ")}
        for role in ROLES:
            login = f"carga.{role}.{uuid4().hex[:8]}"
            account = add_account(admin, login, f"Carga {role}", (role,))
            with Api(url) as api:
                api.log_in(login, account["password"])
                found[role] = str(api.authorization).removeprefix("Bearer ")
        return found


CATALOGUE = Catalogue.load()


def call_body() -> dict[str, Any]:
    first = today() - timedelta(days=30)
    return {
        "code": uuid4().hex[:12],
        "name": "Convocatoria de carga",
        "service": "technical_assistance",
        "specifications": CATALOGUE.text(SPECIFICATION, first).body,
        "product_types": ["textile"],
        "routes": ["strengthening"],
        "opens_on": first.isoformat(),
        "closes_on": (first + timedelta(days=90)).isoformat(),
        "executor_kind": "ipes_team",
    }


def kinds(url: str, held: dict[str, str], services: Sequence[str], assignments: int = 0) -> list[Kind]:
    """One kind of command for each of ``services`` that has one that needs nothing else first, two for intake.

    Each case is then given to so many other persons, one after the other.
    """
    with Api(url) as api:
        api._client.headers["Authorization"] = f"Bearer {held['coordinator']}"
        call = str(api.act("/api/calls/open-call", call_body())["id"])

    def candidate() -> dict[str, Any]:
        return {
            "call": call,
            "source": "requests_pr029",
            "source_kind": "request",
            "source_ref": "REF-1",
            "identified_on": today().isoformat(),
            "doc_type": "CC",
            "doc_no": str(random.randrange(10**9, 10**10)),
            "names": "Rosalba",
            "surnames": "Quintero",
            "birth_date": "1980-04-03",
            "ground": "public_function",
        }

    def contract() -> dict[str, Any]:
        return {
            "number": uuid4().hex[:12],
            "kind": "contract",
            "operator": "Operador de carga",
            "object": "Asistencia técnica",
            "purposes": ["advice"],
            "value": "45000000.00",
            "starts_on": today().isoformat(),
            "ends_on": (today() + timedelta(days=200)).isoformat(),
            "supervisor": "Ana Prueba",
            "calls_covered": [call],
        }

    def item() -> dict[str, Any]:
        return {"code": uuid4().hex[:12], "name": "Tela", "kind": "raw_material", "unit": "unit"}

    def account() -> dict[str, Any]:
        return {"login": f"u.{uuid4().hex[:12]}", "display_name": "Cuenta de carga"}

    def assigned(case: str) -> list[Kind]:
        def to_another() -> dict[str, Any]:
            return {"caseworker": str(uuid4()), "reason": "Redistribución de la carga de trabajo"}

        path = f"/api/cases/{case}/assign-caseworker"
        return [Kind("intake", path, held["coordinator"], to_another)] * assignments

    every = [
        Kind("intake", "/api/calls/open-call", held["coordinator"], call_body),
        Kind("intake", "/api/cases/identify-candidate", held["caseworker"], candidate, assigned),
        Kind("assistance", "/api/contracts/register-contract", held["contract_supervisor"], contract),
        Kind("inventory", "/api/items/register-item", held["warehouse_registrar"], item),
        Kind("gateway", "/api/accounts/create-account", held["administrator"], account),
    ]
    return [kind for kind in every if kind.service in services]
