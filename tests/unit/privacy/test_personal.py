"""Personal values: assigned to their person wherever they are nested, shown to nobody by accident."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.privacy.personal import Personal, assign, personal_values, reveal

ANA, BEN = UUID(int=1), UUID(int=2)


def test_every_value_without_a_person_gets_one_and_the_others_keep_theirs() -> None:
    form = {"name": Personal(None, "i", "Ana"), "rows": [Personal(BEN, "i", "Ben"), {"on": date(2026, 1, 1)}]}
    assert assign(form, ANA) == form | {"name": Personal(ANA, "i", "Ana")}


def test_a_value_inside_another_is_assigned_too() -> None:
    household = Personal(None, "s", [{"name": Personal(None, "i", "Caro")}, {"name": Personal(BEN, "i", "Ben")}])
    assigned = assign(household, ANA)
    assert assigned == Personal(ANA, "s", [{"name": Personal(ANA, "i", "Caro")}, {"name": Personal(BEN, "i", "Ben")}])
    assert assign(Personal(BEN, "s", [Personal(None, "i", "Caro")]), ANA).value == [Personal(ANA, "i", "Caro")]


def test_what_is_revealed_is_plain_through_and_through() -> None:
    assert reveal([Personal(ANA, "s", [Personal(BEN, "i", None)]), "C-01"]) == [[None], "C-01"]


def test_the_text_of_a_value_never_shows_it() -> None:
    personal = Personal(ANA, "i", "María")
    for text in (str(personal), repr(personal), f"{personal}", repr({"a": [personal]})):
        assert "María" not in text
    assert list(personal_values({"a": [personal]})) == [personal]
