"""Instruments: results on paper (FRM-11), scored again under a newer version, suggestions and guides as data."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.profiling.definition import SERVICE
from shared.catalogue.catalogue import PACKAGED
from tests.services import bodies
from tests.services.casework import CATALOGUE, TODAY, Office, Refused, office
from tests.services.profiling.profile import BLOCKS, applied, eligible, office_with, profiled
from tests.unit.documents.pdf_text import pdf_text, squeezed

DISC = CATALOGUE.instrument("DISC", TODAY)
DISC_FILE = (PACKAGED / "instruments/disc-demostracion-v1.yaml").read_text("utf-8")
NEWER = DISC_FILE.replace('version: "DEMOSTRACIÓN-1"', 'version: "DEMOSTRACIÓN-2"').replace(
    "effective_from: 2019-10-23", "effective_from: 2026-11-12"
)
ENDED = "effective_from: 2019-10-23\neffective_to: {}"
GUIDE = (PACKAGED / "guides/guia-pr-156-v1.yaml").read_text("utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(SERVICE, tmp_path) as opened:
        yield opened


@pytest.fixture
def renewed(tmp_path: Path) -> Iterator[Office]:
    """From 12 November on a second version of DISC is in force, with a norm table, more minutes and a suggestion."""
    norms = "norms:\n" + "".join(
        f"  {scale}: [{{at_least: -99, segment: 1}}, {{at_least: 0, segment: 4}}]\n" for scale in "DISC"
    )
    rule = "suggestions: [{scale: D, at_least: -99, text: La iniciativa se muestra en los resultados}]\n"
    text = NEWER.replace("min_minutes: 3", "min_minutes: 5").replace("blocks:\n", f"{norms}{rule}blocks:\n", 1)
    first = DISC_FILE.replace("effective_from: 2019-10-23", ENDED.format("2026-11-12"))
    files = (("instruments/disc-demostracion-v1.yaml", first), ("instruments/disc-demostracion-v2.yaml", text))
    with office_with(tmp_path, *files) as opened:
        yield opened


def results(desk: Office, case: UUID, who: str = "psychosocial") -> list[tuple[str, bytes]]:
    """Each FRM-11 of the case: its id and PDF."""
    papers = [each for each in desk.ask("case", who, id=str(case))["documents"] if each["code"] == "FRM-11"]
    return [(each["id"], base64.b64decode(desk.ask("document", who, id=each["id"])["pdf"])) for each in papers]


def counted(blocks: int) -> dict[str, tuple[int, int]]:
    """Most and least of each scale, counted by hand from the answers of `bodies.disc`."""
    found = dict.fromkeys(DISC.scales, (0, 0))
    for row, block in zip(bodies.disc(blocks)["responses"], DISC.blocks, strict=True):
        most, least = block.options[row["most"] - 1].most, block.options[row["least"] - 1].least
        for scale in found:
            found[scale] = (found[scale][0] + (most == scale), found[scale][1] + (least == scale))
    return found


def test_the_results_form_says_what_was_scored_and_decided(desk: Office) -> None:
    """FRM-11, FRM-4, PRO-3: scales, graph, flags, classification and validation; the same bytes each time."""
    case = profiled(desk, desk.call())
    desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())
    [(paper, pdf)] = results(desk, case)
    text = pdf_text(pdf)
    for scale, (most, least) in counted(BLOCKS).items():
        row = f"{scale} · {DISC.scales[scale]}{most}{least}{most - least}—"
        assert squeezed(row).replace("-", "−") in text.replace("-", "−"), scale
    said = (
        *(
            "FRM-11",
            "DEMOSTRACIÓN-1",
            "Aplicado aquí",
            "Gráfica del perfil",
            "Diferencia (más − menos)",
            "Empate: S = C",
        ),
        *("Perfil emprendedorSí", "Es productorSí", "Es comercializadorNo", "Aprobado"),
        *(f"Persona {desk.person('psychosocial')[:8]}", f"Persona {desk.person('second_psychosocial')[:8]}"),
    )
    for words in said:
        assert squeezed(words) in text, words
    assert base64.b64decode(desk.ask("document", "psychosocial", id=paper)["pdf"]) == pdf


def test_an_external_result_is_printed_as_it_came(desk: Office) -> None:
    """FRM-11, PRO-5: TECAE, DISC alike: mode, scale, value and who applied it outside."""
    case = applied(desk, desk.call(), **bodies.tecae())
    [(_, pdf)] = results(desk, case)
    text = pdf_text(pdf)
    for words in ("TECAE – Test TECAE", "Resultado externo", "Logro———72,5", "Universidad aliada"):
        assert squeezed(words) in text, words


def test_an_unusable_result_is_printed_with_its_flag_and_without_decision(desk: Office) -> None:
    """FRM-11, PRO-4: the form of an invalid application says so; the classification over the next one is not its."""
    case = applied(desk, desk.call(), **bodies.disc(BLOCKS - 1))
    desk.act("psychosocial", "ApplyInstrument", case, **bodies.disc(BLOCKS))
    desk.act("psychosocial", "ClassifyProfile", case, **bodies.classification())
    texts = [pdf_text(pdf) for _, pdf in results(desk, case)]
    invalid = next(text for text in texts if squeezed("Quedaron bloques sin responder: no utilizable") in text)
    assert squeezed("Perfil emprendedorSí") not in invalid
    assert [squeezed("Perfil emprendedorSí") in text for text in texts if text != invalid] == [True]


def test_the_results_open_to_whom_the_profile_opens(desk: Office) -> None:
    """PRO-10, FRM-11: the team, the author for an own entry, the validator while it waits for validation."""
    case = applied(desk, desk.call(), "caseworker")
    paper = results(desk, case)[0][0]

    def opens(who: str) -> bool:
        try:
            return bool(desk.ask("document", who, id=paper))
        except Refused as refused:
            assert refused.code == "NOT_AUTHORISED"
            return False

    people = ("psychosocial", "caseworker", "second_caseworker", "coordinator", "auditor")
    assert [opens(who) for who in people] == [True, True, False, False, False]
    desk.act("psychosocial", "ClassifyProfile", case, **bodies.classification())
    assert [opens(who) for who in people] == [True, True, True, False, False]
    desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())
    assert [opens(who) for who in people] == [True, True, False, False, False]


def test_the_author_of_the_instrument_does_not_read_the_interview_of_another(desk: Office) -> None:
    """PRO-10: an author reads the own entries, not those of the others."""
    case = applied(desk, desk.call(), "caseworker")
    papers = desk.ask("case", id=str(case))["documents"]
    interview = next(each["id"] for each in papers if each["code"] == "FO-423")
    with pytest.raises(Refused) as refused:
        desk.ask("document", "caseworker", id=interview)
    assert refused.value.code == "NOT_AUTHORISED"


# -- scored again ------------------------------------------------------------------------------------------------------


def rescore(desk: Office, case: UUID, application: str, *, who: str = "psychosocial", on: str = "2026-11-12") -> Any:
    return desk.act(who, "RescoreInstrument", case, on=on, application=application)


def refusal(desk: Office, case: UUID, application: str, **more: Any) -> Refused:
    with pytest.raises(Refused) as found:
        rescore(desk, case, application, **more)
    return found.value


def test_the_same_responses_are_scored_under_the_new_version_and_the_old_result_stays(renewed: Office) -> None:
    """PRO-7: a new event with the result of the new version; the first form prints as before."""
    case = applied(renewed, renewed.call())
    [(first, before)] = results(renewed, case)
    assert rescore(renewed, case, first)["usable"] is True
    again = dict(results(renewed, case))
    assert len(again) == 2 and again[first] == before
    [newer] = [pdf for paper, pdf in again.items() if paper != first]
    most, least = counted(BLOCKS)["D"]
    segment = 4 if most >= least else 1
    row = squeezed(f"D · Decisión{most}{least}{most - least}{segment}").replace("-", "−")
    assert row in pdf_text(newer).replace("-", "−")
    assert squeezed("DEMOSTRACIÓN-2") in pdf_text(newer)
    told = [event for event in renewed.published() if event.type == "InstrumentRescored"]
    assert [event.data for event in told] == [{}]
    renewed.act("psychosocial", "ClassifyProfile", case, on="2026-11-12", **bodies.classification())
    forms = {paper: pdf_text(pdf) for paper, pdf in results(renewed, case)}
    assert [squeezed("Perfil emprendedorSí") in text for paper, text in forms.items() if paper == first] == [False]


def test_the_rules_of_the_new_version_hold_for_the_old_minutes(renewed: Office) -> None:
    """PRO-7, PRO-4: an application too fast for the new version stays, and cannot be classified any more."""
    case = applied(renewed, renewed.call(), **(bodies.disc(BLOCKS) | {"minutes": 4}))
    assert rescore(renewed, case, results(renewed, case)[0][0])["usable"] is False
    with pytest.raises(Refused) as refused:
        renewed.act("psychosocial", "ClassifyProfile", case, on="2026-11-12", **bodies.classification())
    assert refused.value.code == "INSTRUMENT_INVALID"


def test_what_cannot_be_scored_again_is_refused_with_the_reason(renewed: Office) -> None:
    """PRO-7: the same version, a result from outside, a replaced result, one of another case."""
    case = applied(renewed, renewed.call())
    renewed.act("psychosocial", "ApplyInstrument", case, **bodies.tecae())
    forms = results(renewed, case)
    external = next(paper for paper, pdf in forms if squeezed("Resultado externo") in pdf_text(pdf))
    here = next(paper for paper, _ in forms if paper != external)
    same = refusal(renewed, case, here, on="2026-11-11")
    assert (same.code, same.field) == ("FIELD_INVALID", "application") and "vigente" in same.refusal["text"]
    assert "externo" in refusal(renewed, case, external).refusal["text"]
    assert "no tiene esa aplicación" in refusal(renewed, case, str(uuid4())).refusal["text"]
    rescore(renewed, case, here)
    assert "más nuevo" in refusal(renewed, case, here).refusal["text"]


def test_only_the_team_scores_again_and_only_before_the_classification(renewed: Office) -> None:
    """PRO-7, PRO-8: what a person decided on is not changed under the decision."""
    case = applied(renewed, renewed.call())
    [(paper, _)] = results(renewed, case)
    assert refusal(renewed, case, paper, who="caseworker").code == "NOT_AUTHORISED"
    assert refusal(renewed, case, paper, on="2026-11-09").code == "DATE_BEFORE_PRECONDITION"
    renewed.act("psychosocial", "ClassifyProfile", case, **bodies.classification())
    assert refusal(renewed, case, paper).code == "STATE_NOT_ALLOWED"


def test_who_scored_again_does_not_validate(renewed: Office) -> None:
    """SOD-1, PRO-7: whoever scored again took part in the profiling."""
    case = applied(renewed, renewed.call())
    rescore(renewed, case, results(renewed, case)[0][0], who="second_psychosocial")
    renewed.act("psychosocial", "ClassifyProfile", case, on="2026-11-12", **bodies.classification())
    with pytest.raises(Refused) as refused:
        renewed.act("second_psychosocial", "ValidateProfile", case, on="2026-11-12", **bodies.validation())
    assert refused.value.code == "SOD_VIOLATION"


def test_the_page_offers_what_can_be_scored_again(renewed: Office) -> None:
    """PRO-7: blocked while the version in force is that of the result; afterwards the result is a choice."""
    case = applied(renewed, renewed.call())
    page = renewed.ask("case", "psychosocial", id=str(case))
    assert [each["label"] for each in page["targets"]] == ["DISC DEMOSTRACIÓN-1 del 2026-11-10"]
    assert "RescoreInstrument" not in page["blocked"]
    assert renewed.ask("choices", to="application", case_id=str(case))["items"] == [
        {"id": page["targets"][0]["id"], "label": "DISC DEMOSTRACIÓN-1 del 2026-11-10"}
    ]
    rescore(renewed, case, page["targets"][0]["id"])
    page = renewed.ask("case", "psychosocial", id=str(case))
    assert "RescoreInstrument" in page["blocked"]
    facts = {each["label"]: each["value"] for each in page["facts"]}
    assert facts["DISC DEMOSTRACIÓN-1 del 2026-11-10"] == "reemplazado por una calificación más nueva"


# -- suggestions and guides as data ------------------------------------------------------------------------------------


def test_a_suggestion_is_shown_and_decides_nothing(renewed: Office) -> None:
    """PRO-8: the rule of the instrument is data; the case has no class until a person classifies it with reasons."""
    case = applied(renewed, renewed.call())
    rescore(renewed, case, results(renewed, case)[0][0])

    def hint(who: str) -> Any:
        facts = renewed.ask("case", who, id=str(case), reveal=["p"])["facts"]
        return next((each["value"] for each in facts if each["label"] == "Sugerencia de DISC (no decide)"), None)

    assert (
        "La iniciativa se muestra" in hint("psychosocial")["value"] and "sin decidir" in hint("psychosocial")["value"]
    )
    assert hint("caseworker")["masked"] is True
    assert hint("coordinator") is None
    assert renewed.ask("case", "psychosocial", id=str(case))["state"] == "profiling"
    with pytest.raises(Refused) as refused:
        renewed.act("psychosocial", "ClassifyProfile", case, on="2026-11-12", **bodies.classification(reason=None))
    assert (refused.value.code, refused.value.field) == ("FIELD_INVALID", "reason")
    other = {"entrepreneurial_profile": False, "is_producer": False}
    renewed.act("psychosocial", "ClassifyProfile", case, on="2026-11-12", **bodies.classification(**other))
    assert renewed.ask("case", "psychosocial", id=str(case))["state"] == "profiled"


def test_a_guide_of_an_alternative_is_published_as_data_and_used_in_its_version(tmp_path: Path) -> None:
    """PRO-9, PRO-1: per project or alternative, dated; an interview names the version in force."""
    text = GUIDE.replace("code: GUIA-PR-156", "code: GUIA-SENA").replace(
        "project: PR-156", "project: PR-156\nalternative: sena"
    )
    later = GUIDE.replace('version: "1"', 'version: "2"').replace("2019-10-23", "2026-11-05")
    first = GUIDE.replace("effective_from: 2019-10-23", ENDED.format("2026-11-05"))
    files = (("guides/guia-sena-v1.yaml", text), ("guides/guia-pr-156-v1.yaml", first))
    files += (("guides/guia-pr-156-v2.yaml", later),)
    with office_with(tmp_path, *files) as desk:
        case = eligible(desk, desk.call())
        desk.act("psychosocial", "StartProfiling", case)
        assert desk.application.catalogue.guide("GUIA-SENA", TODAY).alternative == "sena"
        with pytest.raises(Refused) as refused:
            desk.act("psychosocial", "RecordInterview", case, **bodies.interview())
        assert refused.value.code == "CATALOGUE_NOT_EFFECTIVE"
        offered = desk.ask("case", "psychosocial", id=str(case))["defaults"]["RecordInterview"]["form"]
        assert (offered["guide"], offered["guide_version"]) == ("GUIA-PR-156", "2")
        form = bodies.interview()["form"] | {"guide": "GUIA-SENA", "guide_version": "1"}
        desk.act("psychosocial", "RecordInterview", case, form=form)


@pytest.mark.parametrize("missing", ["skills", "entrepreneurial_behaviour", "required_characteristics"])
def test_an_interview_rates_every_dimension_of_its_guide(desk: Office, missing: str) -> None:
    """PRO-9, FO-423: skills, entrepreneurial behaviour and required characteristics."""
    case = eligible(desk, desk.call())
    desk.act("psychosocial", "StartProfiling", case)
    form = bodies.interview()["form"]
    form["ratings"] = [row for row in form["ratings"] if row["dimension"] != missing]
    with pytest.raises(Refused) as refused:
        desk.act("psychosocial", "RecordInterview", case, form=form)
    assert (refused.value.code, refused.value.field) == ("FORM_INCOMPLETE", "form.ratings")
