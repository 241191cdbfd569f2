"""The gateway's own service: accounts and grants, behind the same desk as every other service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.gateway import views
from services.gateway.application import GatewayApplication
from services.gateway.service_tokens import ROLE as INTEGRATOR
from services.gateway.service_tokens import all_tokens
from services.gateway.webhooks.outbox import all_webhooks
from shared.catalogue.refusals import NotAuthorised, NotFound
from shared.runtime.definition import ServiceDefinition
from shared.runtime.tokens import Who


def accounts(application: GatewayApplication, _params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Every account, for the administrator."""
    if "administrator" not in who.roles:
        raise NotAuthorised(command="Ver las cuentas", roles=application.catalogue.role("administrator").label)
    with application.database.read() as connection:
        return {"items": views.all_accounts(connection, application), "next": None}


def service_tokens(application: GatewayApplication, _params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Every service token, for the administrator."""
    if "administrator" not in who.roles:
        raise NotAuthorised(command="Ver los tokens", roles=application.catalogue.role("administrator").label)
    with application.database.read() as connection:
        return {"items": all_tokens(connection), "next": None}


def webhooks(application: GatewayApplication, _params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """Every webhook, for the administrator; an integrator's own for an integrator."""
    if not who.roles.intersection(("administrator", INTEGRATOR)):
        names = ", ".join(application.catalogue.role(role).label for role in ("administrator", INTEGRATOR))
        raise NotAuthorised(command="Ver los webhooks", roles=names)
    with application.database.read() as connection:
        return {"items": all_webhooks(connection, None if "administrator" in who.roles else [who.person]), "next": None}


def choices(application: GatewayApplication, params: Mapping[str, Any], who: Who) -> dict[str, Any]:
    """The grants of a person, to choose the one that ends."""
    if params.get("to") != "grant" or "administrator" not in who.roles:
        raise NotFound(what="la lista")
    labels = {role.code: role.label for role in application.catalogue.roles}
    with application.database.read() as connection:
        held = views.open_grants(connection, UUID(str(params.get("id"))))
    items = [
        {"id": str(row.grant_id), "label": f"{labels.get(row.role, row.role)}, {row.programme}, {row.organisation}"}
        for row in held
    ]
    return {"items": items, "next": None}


SERVICE = ServiceDefinition(
    name="gateway",
    application=GatewayApplication,
    queries={"accounts": accounts, "service_tokens": service_tokens, "webhooks": webhooks, "choices": choices},
)
