"""What profiling needs as data: instruments, the outcome matrix, interview guides (4.5, A03-3)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from shared.catalogue.artefact import Artefact, read_header
from shared.catalogue.reader import Node
from shared.catalogue.types import Instrument, InstrumentBlock, InstrumentOption, MatrixCell, OutcomeMatrix, Suggestion

KINDS = ("forced_choice", "likert", "external_only")
RATED = ("skills", "entrepreneurial_behaviour", "required_characteristics")
"""What every interview guide rates (PRO-9)."""


@dataclass(frozen=True, slots=True)
class InstrumentVersion:
    artefact: Artefact
    instrument: Instrument
    licence: str
    language: str


@dataclass(frozen=True, slots=True)
class MatrixVersion:
    artefact: Artefact
    matrix: OutcomeMatrix


@dataclass(frozen=True, slots=True)
class Question:
    question_id: str
    dimension: str
    text: str


@dataclass(frozen=True, slots=True)
class Guide:
    """A semi-structured interview guide (PRO-9); dimensions are rated on ``scale`` (lowest, highest).

    It is written for a ``project`` or for one ``alternative`` of it (a code of that list), empty for all of them.
    """

    artefact: Artefact
    project: str
    alternative: str
    name: str
    dimensions: dict[str, str]
    scale: tuple[int, int]
    questions: tuple[Question, ...]

    @property
    def code(self) -> str:
        return self.artefact.code

    @property
    def version(self) -> str:
        return self.artefact.version


def read_instrument(node: Node) -> InstrumentVersion:
    artefact = read_header(node, "instrument")
    scales = node.labels("scales")
    validity = node.node("validity")
    instrument = Instrument(
        code=artefact.code,
        version=artefact.version,
        name=node.text("name"),
        kind=node.text("instrument_kind"),
        scales=scales,
        blocks=tuple(_block(each, number, scales) for number, each in enumerate(node.nodes("blocks"), start=1)),
        norms=_norms(node, scales),
        max_unanswered=validity.integer("max_unanswered", 0),
        min_minutes=validity.integer("min_minutes", 0),
        demonstration=node.flag("demonstration"),
        external_results=node.flag("external_results"),
        applied_by=node.texts("applied_by", required=True),
        suggestions=tuple(_suggestion(each, scales) for each in node.nodes("suggestions")),
    )
    licence, language = node.text("licence"), node.text("language")
    validity.done()
    node.done()
    if instrument.kind not in KINDS:
        raise node.error(f"debe ser uno de {', '.join(KINDS)}", "instrument_kind")
    if instrument.kind == "forced_choice" and not instrument.blocks:
        raise node.error("un instrumento de elección forzada tiene bloques", "blocks")
    return InstrumentVersion(artefact, instrument, licence, language)


def _block(node: Node, number: int, scales: dict[str, str]) -> InstrumentBlock:
    options = []
    for place, each in enumerate(node.nodes("options", required=True), start=1):
        option = InstrumentOption(place, each.text("text"), each.maybe_text("most"), each.maybe_text("least"))
        each.done()
        for scale in (option.most, option.least):
            if scale is not None and scale not in scales:
                raise each.error(f"no hay una escala {scale}")
        options.append(option)
    if node.integer("block") != number:
        raise node.error(f"los bloques van en orden: se esperaba el {number}", "block")
    if len(options) != 4:
        raise node.error("un bloque tiene cuatro opciones (PRO-2)", "options")
    node.done()
    return InstrumentBlock(number, tuple(options))


def _suggestion(node: Node, scales: dict[str, str]) -> Suggestion:
    found = Suggestion(node.text("scale"), node.integer("at_least"), node.text("text"))
    node.done()
    # An external instrument names its scales only in its results.
    if scales and found.scale not in scales:
        raise node.error(f"no hay una escala {found.scale}", "scale")
    return found


def _norms(node: Node, scales: dict[str, str]) -> dict[str, tuple[tuple[int, int], ...]]:
    table = node.maybe_node("norms")
    if table is None:
        return {}
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for scale in scales:
        rows = []
        for each in table.nodes(scale, required=True):
            rows.append((each.integer("at_least"), each.integer("segment")))
            each.done()
        if rows != sorted(rows):
            raise table.error("las filas de la tabla van en orden ascendente", scale)
        found[scale] = tuple(rows)
    table.done()
    return found


def read_matrix(node: Node) -> MatrixVersion:
    artefact = read_header(node, "matrix")
    cells: dict[tuple[bool, bool, bool], MatrixCell] = {}
    for each in node.nodes("cells", required=True):
        key = (each.flag("profile"), each.flag("producer"), each.flag("trader"))
        cell = MatrixCell(each.text("result"), each.flag("manual_decision"), each.text("reason"))
        each.done()
        if cell.result not in ("pass", "refer"):
            raise each.error("debe ser pass o refer", "result")
        if key in cells:
            raise each.error("esta combinación está repetida")
        cells[key] = cell
    for profile, producer, trader in product((True, False), repeat=3):
        if (profile, producer, trader) not in cells:
            problem = f"falta la combinación profile={profile}, producer={producer}, trader={trader}"
            raise node.error(problem, "cells")
    node.done()
    return MatrixVersion(artefact, OutcomeMatrix(artefact.code, artefact.version, cells))


def read_guide(node: Node) -> Guide:
    artefact = read_header(node, "guide")
    dimensions = node.labels("dimensions", required=True)
    scale_node = node.node("scale")
    scale = (scale_node.integer("min"), scale_node.integer("max"))
    scale_node.done()
    questions = []
    for each in node.nodes("questions", required=True):
        question = Question(each.text("id"), each.text("dimension"), each.text("text"))
        each.done()
        if question.dimension not in dimensions:
            raise each.error(f"no hay una dimensión {question.dimension}", "dimension")
        questions.append(question)
    if set(dimensions) != set(RATED):
        raise node.error(f"una guía califica {', '.join(RATED)} (PRO-9)", "dimensions")
    project, alternative = node.text("project"), node.maybe_text("alternative") or ""
    guide = Guide(artefact, project, alternative, node.text("name"), dimensions, scale, tuple(questions))
    node.done()
    return guide
