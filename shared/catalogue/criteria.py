"""Entry criteria as dated data: evaluates a set over the facts of a person (requirements 3.1, CRI-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.catalogue.age import completed_years
from shared.catalogue.artefact import Artefact, Dated
from shared.catalogue.cel import Bound, Environment, Expression, moment
from shared.catalogue.code_lists import CodeList
from shared.catalogue.facts import COMPOSITE, FactInvalid, FactType, PresenceFact, flatten
from shared.catalogue.parameters import Parameter
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.types import Outcome

MET, NOT_MET, NOT_APPLICABLE, PENDING, WAIVED = "met", "not_met", "not_applicable", "pending", "waived"
OUTCOMES = (MET, NOT_MET, NOT_APPLICABLE, PENDING)
SERVICE_LIST = "service"
COMMERCIAL = "commercial_alternative"
_SETTINGS_KEPT = 64
_PASSES = (MET, NOT_APPLICABLE, WAIVED)


@dataclass(frozen=True, slots=True)
class Reason:
    """A Spanish text with the condition under which it is the one (None: always)."""

    when: Expression | None
    text: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One of several ways of meeting a criterion (AMB-16)."""

    branch: str
    when: Expression


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is reviewed for a criterion, and the facts that it shows; ``always`` for facts of presence."""

    label: str
    facts: tuple[str, ...]
    always: bool


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """One criterion. ``phase``: pre (act. 2) or post (after act. 4).

    ``facts`` are the facts it may need. ``outside_check``: the letter needs a check in a public system (CRI-2).
    """

    code: str
    name: str
    text: str
    phase: str
    waivable: bool
    outside_check: bool
    applies: Expression | None
    exception: Expression | None
    rule: Expression
    branches: tuple[Branch, ...]
    reasons: Mapping[str, tuple[Reason, ...]]
    evidence: tuple[Evidence, ...]
    facts: tuple[str, ...]

    def outcome(self, bound: Any) -> str:
        """met, not_met, not_applicable or pending over bound facts: what the known facts decide, stands."""
        applies = True if self.applies is None else self.applies.ask(bound)
        if applies is False:
            return NOT_APPLICABLE
        if applies is None:
            return PENDING
        rule = self.rule.ask(bound)
        if rule is True:
            return MET
        exception = False if self.exception is None else self.exception.ask(bound)
        if exception is True:
            return MET
        return NOT_MET if rule is False and exception is False else PENDING


@dataclass(frozen=True, slots=True, eq=False)
class CriteriaSet:
    """One version of a set of criteria, with the parameters and lists by date that it needs."""

    artefact: Artefact
    name: str
    criteria: tuple[Criterion, ...]
    facts: Mapping[str, FactType]
    presence: tuple[PresenceFact, ...]
    parameters: Mapping[str, str]
    _environment: Environment
    _parameters: Dated[Parameter]
    _lists: Dated[CodeList]
    _settings: dict[tuple[date, str], _Setting] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.artefact.code

    @property
    def version(self) -> str:
        return self.artefact.version

    @property
    def fact_names(self) -> frozenset[str]:
        """The facts that `evaluate` takes; any other is refused."""
        return frozenset(self.facts) | frozenset(COMPOSITE)

    def criterion(self, code: str) -> Criterion:
        """A criterion by its code; KeyError if the set has none."""
        for each in self.criteria:
            if each.code == code:
                return each
        raise KeyError(code)

    def evaluate(self, facts: Mapping[str, Any], *, as_of: date, service: str) -> dict[str, Outcome]:
        """The outcome of every criterion, in the order of the set.

        ``facts`` as plain values by name; absent or None = unknown. ``service`` is a code of the service list.
        Raises `FactInvalid` for a fact of another name or type, `CatalogueNotEffective` for a parameter without
        value on ``as_of``.
        """
        person = self._bind(facts, as_of, service)
        return {each.code: self._outcome(each, person) for each in self.criteria}

    def evaluate_one(self, code: str, facts: Mapping[str, Any], *, as_of: date, service: str) -> Outcome:
        """The outcome of one criterion; as `evaluate`."""
        return self._outcome(self.criterion(code), self._bind(facts, as_of, service))

    def result(self, outcomes: Mapping[str, Outcome]) -> str:
        """The pre result (CRI-1): met, not_met, or incomplete."""
        pre = [outcomes[each.code].outcome for each in self.criteria if each.phase == "pre"]
        if NOT_MET in pre:
            return NOT_MET
        return MET if all(each in _PASSES for each in pre) else "incomplete"

    def eligible(self, outcomes: Mapping[str, Outcome]) -> bool:
        """Whether every pre criterion is met, waived or not applicable."""
        return self.result(outcomes) == MET

    def entry_complete(self, outcomes: Mapping[str, Outcome]) -> bool:
        """Whether the post criteria pass too (CRI-4)."""
        return all(outcomes[each.code].outcome in _PASSES for each in self.criteria)

    def _bind(self, facts: Mapping[str, Any], as_of: date, service: str) -> _Person:
        setting = self._setting(as_of, service)
        known = flatten(facts, as_of, setting.commercial)
        bound = dict(setting.bound)
        for name, value in known.items():
            fact = self.facts.get(name)
            if fact is None:
                raise FactInvalid(f"los criterios no conocen el hecho {name}")
            bound[name] = fact.bound(value)
        for presence in self.presence:
            bound[presence.name] = presence.bound(known)
        words = _Words(known)
        words.update(setting.words)
        if "birth_date" in known:
            words["edad"] = completed_years(known["birth_date"], as_of)
        return _Person(known, self._environment.bind(bound), words)

    def _setting(self, as_of: date, service: str) -> _Setting:
        """What a date and a service fix for every person; kept, because a list is evaluated on one date."""
        kept = self._settings.get((as_of, service))
        if kept is not None:
            return kept
        services = self._lists.on(SERVICE_LIST, as_of)
        entry = services.entries.get(service)
        if entry is None:
            raise FactInvalid(f"no hay un servicio {service}; use uno de {', '.join(services.codes)}")
        values: dict[str, Any] = {}
        for name, code in self.parameters.items():
            value = self._parameters.on(code, as_of).value
            if value is None:
                raise CatalogueNotEffective(artefact=code, version="con valor", date=as_of.isoformat())
            values[name] = value
        commercial = services.where(kind=COMMERCIAL)
        bound: dict[str, Bound] = {
            name: moment(value) if isinstance(value, date) else value for name, value in values.items()
        }
        bound["as_of"] = moment(as_of)
        bound["service"] = service
        bound["service_kind"] = entry.attributes["kind"]
        bound["commercial_alternatives"] = list(commercial)
        setting = _Setting(bound, commercial, {**values, "as_of": as_of, "service": entry.label})
        if len(self._settings) >= _SETTINGS_KEPT:
            self._settings.clear()
        self._settings[as_of, service] = setting
        return setting

    def _outcome(self, criterion: Criterion, person: _Person) -> Outcome:
        outcome = criterion.outcome(person.bound)
        branch: str | None = None
        missing: tuple[str, ...] = ()
        if outcome == MET and criterion.branches:
            branch = next((each.branch for each in criterion.branches if each.when.ask(person.bound)), None)
        if outcome == PENDING:
            missing = tuple(self.facts[name].label for name in criterion.facts if name not in person.known)
        text = next(
            each.text for each in criterion.reasons[outcome] if each.when is None or each.when.ask(person.bound)
        )
        if "{" in text:
            person.words["missing"] = missing
            text = text.format_map(person.words)
        reviewed = tuple(
            [each.label for each in criterion.evidence if each.always or not person.known.keys().isdisjoint(each.facts)]
        )
        return Outcome(criterion.code, outcome, text, reviewed, missing, branch)


@dataclass(frozen=True, slots=True)
class _Person:
    """The known facts of a person, the same bound for CEL, and the words that a text may name."""

    known: Mapping[str, Any]
    bound: Any
    words: _Words


@dataclass(frozen=True, slots=True)
class _Setting:
    """Parameters and lists on a date, for a service: bound for CEL, and as words."""

    bound: Mapping[str, Bound]
    commercial: tuple[str, ...]
    words: Mapping[str, Any]


class _Words(dict[str, Any]):
    """Values as words of a Spanish text; what is not known says so."""

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            return "(sin dato)"
        if isinstance(value, bool):
            return "sí" if value else "no"
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        return ", ".join(value) if isinstance(value, (list, tuple)) else str(value)
