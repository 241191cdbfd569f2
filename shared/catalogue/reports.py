"""Reports as dated data: figure definitions, report templates and the mapping of events to HEMI entries (CAT-01)."""

from __future__ import annotations

from dataclasses import dataclass

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node
from shared.catalogue.types import Figure, FigureLine

MEASURES = ("events", "cases", "sum", "lines", "reached", "standing", "folded")
"""How a line counts: events; distinct cases; the sum of a fact; rows of a list of the event (their number, or the sum
of a fact of each row); cases whose running total came to a parameter's value; cases in a state on the last day; what
the owner of the facts folds from its own log."""


@dataclass(frozen=True, slots=True, eq=False)
class FigureSet:
    artefact: Artefact
    figures: tuple[Figure, ...]

    @property
    def version(self) -> str:
        return self.artefact.version


@dataclass(frozen=True, slots=True, eq=False)
class ReportTemplate:
    """What a type of report holds. ``served_activities`` and ``served_states`` say who is served in a month (REP-6)."""

    artefact: Artefact
    type: str
    name: str
    form: str
    figures: str
    served_activities: tuple[int, ...]
    served_states: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]

    @property
    def version(self) -> str:
        return self.artefact.version


@dataclass(frozen=True, slots=True, eq=False)
class HemiRule:
    """One event that asks for an entry in HEMI. ``payload`` names the facts of the event that go with it."""

    service: str
    event: str
    activity: int
    kind: str
    module: str
    payload: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HemiMapping:
    artefact: Artefact
    rules: tuple[HemiRule, ...]

    @property
    def version(self) -> str:
        return self.artefact.version

    def rule(self, service: str, event: str) -> HemiRule | None:
        """The rule of an event; None for one that asks for no entry."""
        return next((each for each in self.rules if (each.service, each.event) == (service, event)), None)


def read_figures(node: Node) -> FigureSet:
    """The figure definitions of one file."""
    artefact = read_header(node, "figures")
    figures: dict[str, Figure] = {}
    for each in node.nodes("figures", required=True):
        code, folds = each.text("code"), each.maybe_text("owner_folds")
        lines = tuple(_line(line) for line in each.nodes("lines", required=True))
        figure = Figure(code, each.text("label"), lines, folds)
        each.done()
        if code in figures:
            raise each.error(f"la cifra {code} está repetida", "code")
        figures[code] = figure
    node.done()
    return FigureSet(artefact, tuple(figures.values()))


def _line(node: Node) -> FigureLine:
    line = FigureLine(
        code=node.identifier("code"),
        label=node.text("label"),
        measure=node.text("measure", "events"),
        events=node.texts("events"),
        where=node.labels("where"),
        by=node.texts("by"),
        of=node.maybe_text("of"),
        dated=node.maybe_text("dated"),
        running=node.flag("running"),
        parameter=node.maybe_text("parameter"),
        state=node.maybe_text("state"),
        unit=node.text("unit", "n"),
    )
    node.done()
    if line.measure not in MEASURES:
        raise node.error(f"no hay una medida {line.measure} (use {', '.join(MEASURES)})", "measure")
    if not line.events and line.measure not in ("standing", "folded"):
        raise node.error("diga de qué eventos sale la cifra (REP-4)", "events")
    if (line.measure in ("sum", "reached")) != (line.of is not None) and line.measure != "lines":
        raise node.error("«of» va con las medidas sum y reached, y solo con ellas y con lines", "of")
    if (line.measure == "reached") != (line.parameter is not None):
        raise node.error("«parameter» va con la medida reached", "parameter")
    if (line.measure == "standing") != (line.state is not None):
        raise node.error("«state» va con la medida standing", "state")
    return line


def read_template(node: Node) -> ReportTemplate:
    """The report template of one file."""
    artefact = read_header(node, "report_template")
    sections = []
    for each in node.nodes("sections", required=True):
        sections.append((each.identifier("section"), each.text("title")))
        each.done()
    served = node.node("served")
    template = ReportTemplate(
        artefact,
        node.identifier("type"),
        node.text("name"),
        node.text("form"),
        node.text("figures"),
        served.integers("activities"),
        served.texts("states"),
        tuple(sections),
    )
    served.done()
    node.done()
    return template


def read_hemi_mapping(node: Node) -> HemiMapping:
    """The mapping of one file: one rule for each event."""
    artefact = read_header(node, "hemi_mapping")
    rules: dict[tuple[str, str], HemiRule] = {}
    for each in node.nodes("entries", required=True):
        rule = HemiRule(
            service=each.identifier("service"),
            event=each.identifier("event"),
            activity=each.integer("activity"),
            kind=each.identifier("kind"),
            module=each.identifier("module"),
            payload=each.texts("payload"),
        )
        each.done()
        if (rule.service, rule.event) in rules:
            raise each.error(f"{rule.event} ya tiene una regla", "event")
        rules[rule.service, rule.event] = rule
    node.done()
    return HemiMapping(artefact, tuple(rules.values()))
