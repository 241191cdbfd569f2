"""Links of the OpenAPI document (X-11): where each answer leads, so that a client finds its way by what it was told.

Nobody lists them. A command's subject, the ids among its fields, and the parameters of the questions say which answers
carry an id that others take: what was made, what was read, and the first item of a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from services.gateway.api.names import collection, path_of
from services.gateway.api.openapi_parts import braces
from services.gateway.api.params import QueryRoute
from services.gateway.api.routes import ROUTES
from shared.catalogue.commands import CommandDefinition

CASE = "case"
CASE_PATH = "/api/cases/{id}"
MADE = "$response.body#/id"
ASKED = "$request.path.id"


def operation_id(definition: CommandDefinition) -> str:
    return f"{definition.service}.{definition.command}"


def connect(document: dict[str, Any], commands: Iterable[CommandDefinition]) -> None:
    """Add to every answer of ``document`` that carries an id the links to what takes it."""
    ways = Ways([*commands])
    for definition in ways.commands:
        status = "201" if definition.creates else "200"
        _put(document, path_of(definition), "post", status, ways.after(definition))
    for route in ROUTES:
        _put(document, braces(route.path)[0], "get", "200", ways.after_reading(route))
    _put(document, CASE_PATH, "get", "200", ways.of_a_case())


class Ways:
    """What takes the id of each kind of thing."""

    def __init__(self, commands: list[CommandDefinition]) -> None:
        self.commands = commands

    def after(self, definition: CommandDefinition) -> dict[str, Any]:
        """A case has a page that says what is lawful now; of everything else, all that may follow."""
        if definition.subject == CASE:
            return {CASE: _link("gateway.case", {"id": MADE}, "El caso, con sus próximas acciones.")}
        return self._onward(definition.subject, definition.service, MADE)

    def after_reading(self, route: QueryRoute) -> dict[str, Any]:
        subject = self._listed(route)
        if subject is None:
            return {}
        if route.path_id is not None:
            return self._onward(subject, route.service, ASKED)
        if subject == CASE:
            first = "$response.body#/items/0/case_id"
            return {CASE: _link("gateway.case", {"id": first}, "El caso."), **self._questions(CASE, first)}
        return self._onward(subject, route.service, "$response.body#/items/0/id")

    def of_a_case(self) -> dict[str, Any]:
        """Every act on a case, of which its ``lawful`` says which may be done now; and what else there is about it."""
        return {**self._acts(CASE, None, MADE), **self._questions(CASE, MADE)}

    def _listed(self, route: QueryRoute) -> str | None:
        """What a question gives one of, or a list of: the address or the question is named for it."""
        if route.path == "/api/candidates":
            # Whoever is in the list of candidates is a case.
            return CASE
        kinds = {(each.subject, each.service) for each in self.commands} | {(CASE, "reporting")}
        path, _ = braces(route.path)
        for subject, service in sorted(kinds):
            name = collection(subject)
            addressed = path in (f"/api/{name}", f"/api/{name}/{{id}}")
            if service == route.service and (addressed or route.query == name.replace("-", "_")):
                return subject
        return None

    def _onward(self, subject: str, service: str, given: str) -> dict[str, Any]:
        return {
            **self._acts(subject, service, given),
            **self._referring(subject, given),
            **self._questions(subject, given),
        }

    def _acts(self, subject: str, service: str | None, given: str) -> dict[str, Any]:
        return {
            act.command: _link(operation_id(act), {"id": given}, act.label)
            for act in self.commands
            if act.subject == subject and service in (None, act.service) and not act.creates
        }

    def _referring(self, subject: str, given: str) -> dict[str, Any]:
        """Commands that make something and name the subject: a candidate is identified for a call."""
        return {
            one.command: {**_link(operation_id(one), {}, one.label), "requestBody": {subject: given}}
            for one in self.commands
            if one.creates and any(each.name == subject and each.type == "ref" for each in one.fields)
        }

    def _questions(self, subject: str, given: str) -> dict[str, Any]:
        """What may be asked about it: its own pages, and the lists that it narrows."""
        return {
            route.query: _link(f"{route.service}.{route.query}", {name: given}, route.label)
            for route in ROUTES
            for name in _parameters(route, subject)
        }


def _parameters(route: QueryRoute, subject: str) -> Iterator[str]:
    """The parameter of ``route`` that takes the id of a ``subject``, if one does."""
    if route.path_id is not None and route.path.startswith(f"/api/{collection(subject)}/"):
        yield "id"
    elif any(param.name == subject for param in route.params):
        yield subject


def _link(operation: str, parameters: dict[str, str], about: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": parameters, "description": about}


def _put(document: dict[str, Any], path: str, method: str, status: str, links: dict[str, Any]) -> None:
    if links:
        document["paths"][path][method]["responses"][status]["links"] = links
