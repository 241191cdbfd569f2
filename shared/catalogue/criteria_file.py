"""Reads a criteria file: compiles every condition, checks every text, runs every example (CAT-08)."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import date
from typing import Any

from shared.catalogue.artefact import Dated, read_header
from shared.catalogue.cel import TYPES, Environment, Expression, ExpressionError, names_in
from shared.catalogue.code_lists import CodeList
from shared.catalogue.criteria import (
    MET,
    OUTCOMES,
    PENDING,
    SERVICE_LIST,
    Branch,
    CriteriaSet,
    Criterion,
    Evidence,
    Reason,
)
from shared.catalogue.facts import COMPOSITE, FactInvalid, FactType, PresenceFact
from shared.catalogue.parameters import Parameter
from shared.catalogue.reader import Node
from shared.catalogue.refusals import CatalogueNotEffective

_GIVEN = {"as_of": "date", "service": "text", "service_kind": "text", "commercial_alternatives": "list"}
_IN_TEXTS = frozenset({"missing", "edad", "as_of", "service"})


def read_criteria(
    node: Node, parameters: Dated[Parameter], lists: Dated[CodeList], *, examples_run: bool = True
) -> CriteriaSet:
    """The criteria set in ``node``; raises `CatalogueError` for anything that cannot be decided with it.

    Its examples are run when it is published (CAT-08). Later they are not: a parameter that is published afterwards,
    for a day of an example, changes what that day gives and leaves the set as it was approved.
    """
    artefact = read_header(node, "criteria")
    facts = {each.name: each for each in map(_fact, node.nodes("facts", required=True))}
    presence = tuple(_presence(each, facts) for each in node.nodes("presence"))
    names = _parameters(node, parameters, artefact.effective_from, artefact.effective_to)
    if SERVICE_LIST not in lists:
        raise node.error(f"falta la lista de códigos {SERVICE_LIST}", code="CATALOGUE_REFERENCE")
    reader = _CriterionReader(facts, {each.name: each for each in presence}, names)
    criteria: dict[str, Criterion] = {}
    examples: list[tuple[str, Node]] = []
    for each in node.nodes("criteria", required=True):
        criterion = reader.read(each)
        if criterion.code in criteria:
            raise each.error(f"el criterio {criterion.code} está repetido", "code")
        criteria[criterion.code] = criterion
        of_criterion = [(criterion.code, example) for example in each.nodes("examples", required=True)]
        if not of_criterion:
            raise each.error("todo criterio trae ejemplos", "examples")
        examples += of_criterion
        each.done()
    name = node.text("name")
    node.done()
    codes = {variable: code for variable, (code, _) in names.items()}
    found = CriteriaSet(
        artefact, name, tuple(criteria.values()), facts, presence, codes, reader.environment, parameters, lists
    )
    for code, example in examples if examples_run else ():
        _run_example(found, code, example)
    return found


def _fact(node: Node) -> FactType:
    fact = FactType(node.identifier("name"), node.text("label"), node.text("type"), node.texts("values"))
    node.done()
    if fact.type not in TYPES:
        raise node.error(f"tipo desconocido: {fact.type} (use {', '.join(TYPES)})", "type")
    return fact


def _presence(node: Node, facts: Mapping[str, FactType]) -> PresenceFact:
    value = node.flag("recorded_as") if "recorded_as" in node.value else None
    found = PresenceFact(node.identifier("name"), node.identifier("of"), value)
    node.done()
    if found.of not in facts:
        raise node.error(f"no hay un hecho {found.of}", "of", code="CATALOGUE_REFERENCE")
    if found.name in facts:
        raise node.error(f"{found.name} ya es un hecho", "name")
    return found


def _parameters(node: Node, parameters: Dated[Parameter], start: date, end: date | None) -> dict[str, tuple[str, str]]:
    """Variable name → (parameter code, CEL type); each parameter is in force as long as the set."""
    found = {}
    for code in node.texts("parameters"):
        if code not in parameters:
            raise node.error(f"no hay un parámetro {code}", "parameters", code="CATALOGUE_REFERENCE")
        missing = parameters.gap(code, start, end)
        if missing is not None:
            raise node.error(f"{code} no tiene versión vigente el {missing}", "parameters", code="CATALOGUE_GAP")
        value = parameters.on(code, start).value
        if value is not None and not isinstance(value, (int, date)):
            raise node.error(f"{code} debe ser entero o fecha para usarse en criterios", "parameters")
        found[code.replace("-", "_")] = (code, "date" if isinstance(value, date) else "int")
    return found


class _CriterionReader:
    """Reads criteria against the facts and parameters that their file declares."""

    def __init__(
        self,
        facts: Mapping[str, FactType],
        presence: Mapping[str, PresenceFact],
        parameters: Mapping[str, tuple[str, str]],
    ) -> None:
        self._facts = facts
        self._presence = presence
        self._parameters = parameters
        self.environment = Environment(
            {name: fact.type for name, fact in facts.items()}
            | dict.fromkeys(presence, "bool")
            | {name: kind for name, (_, kind) in parameters.items()}
            | _GIVEN
        )

    def read(self, node: Node) -> Criterion:
        applies, exception = self._maybe_compile(node, "applies"), self._maybe_compile(node, "exception")
        rule = self._compile(node, "rule")
        branches = []
        for each in node.nodes("branches"):
            branches.append(Branch(each.identifier("branch"), self._compile(each, "when")))
            each.done()
        deciding = names_in(each for each in (applies, exception, rule) if each is not None)
        criterion = Criterion(
            code=node.text("code"),
            name=node.text("name"),
            text=node.text("text"),
            phase=node.text("phase"),
            waivable=node.flag("waivable"),
            outside_check=node.flag("outside_check"),
            applies=applies,
            exception=exception,
            rule=rule,
            branches=tuple(branches),
            reasons=self._reasons(node),
            evidence=self._evidence(node, {each.of for each in self._presence.values() if each.name in deciding}),
            facts=tuple(name for name in self._facts if name in deciding),
        )
        if criterion.phase not in ("pre", "post"):
            raise node.error("debe ser pre o post", "phase")
        return criterion

    def _compile(self, node: Node, key: str) -> Expression:
        try:
            return self.environment.compile(node.text(key))
        except ExpressionError as error:
            raise node.error(str(error), key) from error

    def _maybe_compile(self, node: Node, key: str) -> Expression | None:
        return self._compile(node, key) if node.maybe_text(key) is not None else None

    def _reasons(self, node: Node) -> dict[str, tuple[Reason, ...]]:
        """A text for every outcome, the last of each without condition so that one always applies."""
        given = node.node("reasons")
        found: dict[str, tuple[Reason, ...]] = {}
        for outcome in OUTCOMES:
            variants = given.anything(outcome)
            if isinstance(variants, str):
                found[outcome] = (Reason(None, self._checked(given, outcome, variants)),)
                continue
            if variants is None and outcome == PENDING:
                found[outcome] = (Reason(None, "Falta por conocer: {missing}."),)
                continue
            if variants is None and not self._can_be(node, outcome):
                continue
            reasons = []
            for each in given.nodes(outcome, required=True):
                when = self._maybe_compile(each, "when")
                reasons.append(Reason(when, self._checked(each, "text", each.text("text"))))
                each.done()
            if not reasons or reasons[-1].when is not None:
                raise given.error("el último texto va sin condición", outcome)
            found[outcome] = tuple(reasons)
        given.done()
        return found

    @staticmethod
    def _can_be(node: Node, outcome: str) -> bool:
        return outcome != "not_applicable" or node.maybe_text("applies") is not None

    def _checked(self, node: Node, key: str, text: str) -> str:
        """A text whose ``{names}`` are facts, parameters or words that every text has: never attributes or formats."""
        for _, name, spec, conversion in string.Formatter().parse(text):
            if name is None:
                continue
            if spec or conversion or not (name in self._facts or name in self._parameters or name in _IN_TEXTS):
                raise node.error(f"el texto nombra {{{name}}}, que no existe", key)
        return text

    def _evidence(self, node: Node, presence: set[str]) -> tuple[Evidence, ...]:
        found = []
        for each in node.nodes("evidence", required=True):
            facts = each.texts("facts", required=True)
            # blank is an answer too: the record was looked at and holds nothing
            evidence = Evidence(each.text("label"), facts, always=presence.issuperset(facts))
            each.done()
            for name in evidence.facts:
                if name not in self._facts:
                    raise each.error(f"no hay un hecho {name}", "facts", code="CATALOGUE_REFERENCE")
            found.append(evidence)
        return tuple(found)


def _run_example(found: CriteriaSet, code: str, example: Node) -> None:
    facts: Any = example.anything("facts") or {}
    as_of = example.maybe_day("as_of") or found.artefact.effective_from
    service = example.text("service", "technical_assistance")
    expected, branch = example.text("outcome"), example.maybe_text("branch")
    example.done()
    if not isinstance(facts, dict) or not all(name in found.facts or name in COMPOSITE for name in facts):
        raise example.error("nombra hechos que los criterios no declaran", "facts", code="CATALOGUE_REFERENCE")
    try:
        outcome = found.evaluate_one(code, facts, as_of=as_of, service=service)
    except (ExpressionError, FactInvalid, CatalogueNotEffective, KeyError) as error:
        raise example.error(f"{code} no se pudo evaluar: {error}", code="EXAMPLE_FAILED") from error
    if outcome.outcome != expected or (expected == MET and branch is not None and outcome.branch != branch):
        problem = f"{code} da {outcome.outcome} y se esperaba {expected}"
        raise example.error(problem, code="EXAMPLE_FAILED")
