"""A version of the catalogue from its file to the day from which it holds (2.1)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.intake.definition import SERVICE as INTAKE
from shared.catalogue.refusals import CatalogueNotEffective
from tests.services.casework import Refused
from tests.services.editing.press import Press, most_age, office, topics

BEFORE, AFTER = date(2026, 12, 31), date(2027, 1, 1)
BORN_62_YEARS_AGO = {"birth_date": date(1964, 6, 1)}


def refused(press: Press, kind: str, text: str, **changes: Any) -> Refused:
    with pytest.raises(Refused) as found:
        press.draft(kind, text, **changes)
    return found.value


def test_a_published_parameter_holds_from_its_date_without_a_restart(intake: Press) -> None:
    """X-03, CAT-04, CAT-05: the same running service decides by the old value before the date."""
    criteria = intake.catalogue.criteria("DE-017", BEFORE)
    service = "technical_assistance"
    version = intake.draft("parameter", most_age())["id"]
    assert intake.catalogue.parameter("P-03", AFTER) == 59
    assert intake.approve(version)["state"] == "published"
    assert intake.catalogue.parameter("P-03", BEFORE) == 59
    assert intake.catalogue.parameter("P-03", AFTER) == 64
    criteria = intake.catalogue.criteria("DE-017", AFTER)
    outcomes = [
        criteria.evaluate_one("E01", BORN_62_YEARS_AGO, as_of=day, service=service).outcome for day in (BEFORE, AFTER)
    ]
    assert outcomes == ["not_met", "met"]


def test_the_publication_is_told_with_its_hash_and_nothing_else(intake: Press) -> None:
    """CAT-04, CAT-10: kind, code, version, date and hash; the draft and its approvals are told to nobody."""
    version = intake.publish("parameter", most_age())
    by_type = {each.type: each for each in intake.told()}
    assert set(by_type) == {"CatalogueDraftLoaded", "CatalogueVersionApproved", "CatalogueVersionPublished"}
    published = by_type["CatalogueVersionPublished"]
    assert (published.audience, str(published.subject)) == ("I", version)
    digest = intake.catalogue.parameter_version("P-03", AFTER).artefact.sha256
    assert published.data == {
        "kind": "parameter", "code": "P-03", "version": "2", "effective_from": "2027-01-01", "hash": digest
    }  # fmt: skip
    assert by_type["CatalogueDraftLoaded"].data == by_type["CatalogueVersionApproved"].data == {}


def test_it_still_holds_after_a_restart(tmp_path: Path) -> None:
    """X-03, CAT-04."""
    with office(INTAKE, tmp_path) as desk:
        Press(desk).publish("parameter", most_age())
    with office(INTAKE, tmp_path) as desk:
        assert desk.application.catalogue.parameter("P-03", AFTER) == 64


def test_six_approvals_of_seven_publish_nothing(intake: Press) -> None:
    """CAT-04: every named approver, and the last one publishes."""
    version = intake.draft("parameter", most_age(approvers=7), approvers=7)["id"]
    for number in range(1, 7):
        assert intake.approve(version, number)["state"] == "draft"
    assert intake.catalogue.parameter("P-03", AFTER) == 59
    assert intake.approve(version, 7)["state"] == "published"
    assert intake.catalogue.parameter("P-03", AFTER) == 64


def test_each_approves_once(intake: Press) -> None:
    """CAT-04: one person does not stand for two."""
    version = intake.draft("parameter", most_age(approvers=2), approvers=2)["id"]
    intake.approve(version, 1)
    with pytest.raises(Refused) as again:
        intake.approve(version, 1)
    assert again.value.code == "FIELD_INVALID"


def test_who_drafts_does_not_approve(intake: Press) -> None:
    """CAT-04: not even under another role."""
    editor = intake.desk.person("editor")
    assert refused(intake, "parameter", most_age(), named=[editor]).code == "SOD_VIOLATION"


def test_only_who_is_named_approves(intake: Press) -> None:
    """CAT-04: another subdirector may not; nor may who holds no such role."""
    version = intake.draft("parameter", most_age())["id"]
    with pytest.raises(Refused) as unnamed:
        intake.approve(version, 2)
    assert unnamed.value.code == "NOT_AUTHORISED"
    with pytest.raises(Refused) as coordinator:
        intake.desk.act("coordinator", "ApproveCatalogueVersion", version)
    assert coordinator.value.code == "NOT_AUTHORISED"


def test_the_file_says_how_many_approve(intake: Press) -> None:
    """CAT-04: fewer persons than the document names are refused, and a document that names nobody too."""
    assert refused(intake, "parameter", most_age(approvers=7), approvers=6).field == "approvers"
    nobody = most_age().replace("approved: [{name: Persona 1, post: Cargo 1}]\n", "")
    assert refused(intake, "parameter", nobody).field == "file"


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("parameter", "code: [", "CATALOGUE_INVALID"),
        ("parameter", most_age() + "colour: red\n", "CATALOGUE_INVALID"),
        ("parameter", most_age("2019-10-23"), "CATALOGUE_OVERLAP"),
        ("parameter", most_age().replace("label:", "effective_to: 2027-02-01\nlabel:"), "CATALOGUE_GAP"),
    ],
    ids=["unreadable", "unknown key", "overlap", "gap"],
)
def test_a_file_that_does_not_hold_is_refused(intake: Press, kind: str, text: str, code: str) -> None:
    """CAT-03, CAT-04: the checks are those of the shipped files, and nothing is kept."""
    found = refused(intake, kind, text)
    assert (found.code, found.field) == (code, "file")
    assert intake.told() == []


def test_a_failing_example_refuses_the_draft(intake: Press) -> None:
    """CAT-08: the examples that a criteria set ships with are run."""
    shipped = (intake.catalogue.root / "criteria" / "de-017-v1.yaml").read_text("utf-8")
    later = shipped.replace('version: "1"', 'version: "2"', 1).replace("2019-10-23", "2027-01-01", 1)
    broken = later.replace("outcome: met", "outcome: not_met", 1)
    assert refused(intake, "criteria", broken).code == "EXAMPLE_FAILED"


def test_a_form_that_uses_an_unknown_list_is_refused(assistance: Press) -> None:
    """CAT-04."""
    shipped = (assistance.catalogue.root / "forms" / "frm-12-v1.yaml").read_text("utf-8")
    later = shipped.replace('"V1"', '"V2"', 1).replace("2019-10-23", "2027-01-01", 1)
    later = later.replace("name:", "approved: [{name: Ana Prueba, post: Subdirectora}]\nname:", 1)
    unknown = later + "  - {name: colour, label: Color, type: code, list: colours}\n"
    assert refused(assistance, "form", unknown).code == "CATALOGUE_REFERENCE"


def test_an_artefact_is_drafted_where_it_belongs(intake: Press, assistance: Press) -> None:
    """CAT-10: the list of topics is of assistance, parameters are of intake."""
    assert refused(intake, "code_list", topics()).field == "owner"
    assert refused(assistance, "parameter", most_age()).field == "owner"
    assert refused(assistance, "code_list", topics(), owner="intake").field == "owner"
    assistance.publish("code_list", topics())
    assert assistance.catalogue.code_list("topic", date(2026, 12, 1)).codes == ("costeo",)


def test_a_published_version_is_for_ever(intake: Press) -> None:
    """CAT-03: the same label cannot enter again, with whatever content, and a version in force is not withdrawn."""
    version = intake.publish("parameter", most_age("2026-11-20"))
    assert refused(intake, "parameter", most_age("2027-06-01")).code == "CATALOGUE_OVERLAP"
    with pytest.raises(Refused) as late:
        intake.withdraw(version)
    assert late.value.code == "STATE_NOT_ALLOWED"
    with pytest.raises(Refused) as again:
        intake.approve(version)
    assert again.value.code == "STATE_NOT_ALLOWED"


def test_a_version_is_withdrawn_before_its_date(intake: Press) -> None:
    """CAT-04: then the one before it goes on, and its label is free again."""
    version = intake.publish("parameter", most_age())
    intake.withdraw(version)
    assert intake.catalogue.parameter("P-03", AFTER) == 59
    intake.publish("parameter", most_age("2027-06-01"))
    assert intake.catalogue.parameter("P-03", date(2027, 6, 1)) == 64


def test_a_version_from_before_its_publication_needs_a_reason(intake: Press) -> None:
    """CAT-06: from the draft or from the last approver."""
    version = intake.draft("parameter", most_age("2026-06-01"))["id"]
    with pytest.raises(Refused) as silent:
        intake.approve(version)
    assert (silent.value.code, silent.value.field) == ("FIELD_INVALID", "reason")
    intake.approve(version, reason="El acto administrativo rige desde junio")
    assert intake.catalogue.parameter("P-03", date(2026, 5, 31)) == 59
    assert intake.catalogue.parameter("P-03", date(2026, 6, 1)) == 64


def test_dates_out_of_order_are_kept_with_a_warning(assistance: Press) -> None:
    """AMB-22, CAT-04: as the document writes them."""
    log = "change_log: [{version: '2', date: 2026-03-01, reason: B}, {version: '1', date: 2026-04-01, reason: A}]"
    found = assistance.draft("code_list", topics(header=log))
    # What a document writes is kept: the later change first, the earlier one after it.
    assert found["warnings"] == []
    disordered = log.replace("2026-04-01", "2026-02-01")
    again = assistance.draft(
        "code_list", topics("2026-12-05", header=disordered).replace('version: "2"', 'version: "3"', 1)
    )
    assert "desorden" in again["warnings"][0]


def test_nothing_is_in_force_of_what_was_never_shipped_before_its_date(assistance: Press) -> None:
    """CAT-02: effective_from is inclusive."""
    guide = topics("2026-12-01").replace("code: topic", "code: nuevo_tema")
    with pytest.raises(Refused):
        assistance.draft("code_list", guide)
    assert "nuevo_tema" not in [each.code for each in assistance.catalogue.artefacts()]
    with pytest.raises(CatalogueNotEffective):
        assistance.catalogue.code_list("nuevo_tema", date(2026, 12, 1))
