"""The three forms that reporting owns, as they stand in the catalogue (4.2)."""

from __future__ import annotations

import pytest

from tests.services.casework import CATALOGUE, TODAY

FORMS = {
    "FRM-18": ((21,), {"technical": "s", "financial": "s", "legal": "s", "incidents": "s"}),
    "FRM-19": (
        (7, 8, 9, 12, 13, 15, 20, 21),
        {"receipt_id": None, "receipted_on": None, "evidence": None},
    ),
    "FRM-20": ((20,), {"known_until": None, "happened_until": None, "call": None, "operator": None}),
}


@pytest.mark.parametrize("code", FORMS)
def test_a_form_of_reporting_has_its_activities_fields_and_classes(code: str) -> None:
    """FRM-18, FRM-19, FRM-20: X-02, each with a version of its own."""
    activities, classes = FORMS[code]
    form = CATALOGUE.form(code, TODAY)
    assert (form.service, form.version) == ("reporting", "V1")
    assert tuple(form.artefact.content["activities"]) == activities
    assert {field.name: field.personal for field in form.fields} == classes


def test_hemi_has_an_entry_form_for_each_act_that_the_mapping_names() -> None:
    """FRM-19, HEM-1"""
    acts = {rule.activity for rule in CATALOGUE.hemi_mapping("HEMI-PR-156", TODAY).rules}
    assert set(CATALOGUE.form("FRM-19", TODAY).artefact.content["activities"]) == acts
