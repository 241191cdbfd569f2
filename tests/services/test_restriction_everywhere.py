"""A restriction that intake decided is heeded by every service that keeps something of the person (X-12)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from services.assistance.definition import SERVICE as ASSISTANCE
from services.profiling.definition import SERVICE as PROFILING
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.commands import read_commands
from shared.catalogue.errors import CatalogueError
from shared.eventstore.tables import claims
from shared.privacy.personal import personal_values
from tests.services import bodies
from tests.services.assistance.field import Field
from tests.services.casework import Refused, office
from tests.services.inventory.desk import office as warehouse
from tests.services.profiling.profile import profiled
from tests.services.reporting.bureau import action, bureau

HIDDEN = "[RESTRINGIDO]"


def code(work: Any) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.code


def person_of(desk: Any) -> str:
    """The one person about whom the service sealed anything."""
    events = [desk.application.mapper.open(entry)[0] for entry in desk.application.log.entries(0, 10_000)]
    values = [each for event in events for each in personal_values(vars(event))]
    [found] = {str(each.subject) for each in values if each.kind in "ps"}
    return found


def test_profiling_neither_shows_nor_uses_what_is_restricted(tmp_path: Path) -> None:
    with office(PROFILING, tmp_path) as desk:
        desk.hire("privacy", "privacy_officer")
        case = profiled(desk, desk.call())
        person = person_of(desk)
        told = {"subject_id": person, "data_class": "p"}
        desk.hear("intake.ProcessingRestricted", case, **told)
        desk.hear("intake.ProcessingRestricted", case, **told)
        validate = lambda: desk.act("second_psychosocial", "ValidateProfile", case, **bodies.validation())  # noqa: E731
        assert code(validate) == "PROCESSING_RESTRICTED"
        shown = str(desk.ask("case", "psychosocial", id=str(case), reveal=["p"]))
        assert HIDDEN in shown
        document = desk.ask("case", id=str(case))["documents"][0]["id"]
        assert code(lambda: desk.ask("document", "psychosocial", id=document)) == "PROCESSING_RESTRICTED"
        desk.act("caseworker", "WithdrawCase", case, **bodies.withdrawal())
        desk.hear("intake.RestrictionLifted", case, **told)
        assert desk.ask("document", "psychosocial", id=document)["pdf"]
        assert held(desk) == []


def held(desk: Any) -> list[Any]:
    with desk.application.database.read() as connection:
        return list(
            connection.execute(sa.select(claims.c.key).where(claims.c.kind.in_(("restricted", "restricted-case"))))
        )


def test_assistance_refuses_a_whole_list_in_which_a_restricted_person_stands(tmp_path: Path) -> None:
    """A sheet of many people names the case that cannot be on it."""
    with office(ASSISTANCE, tmp_path) as desk:
        field = Field(desk)
        first, second = field.accepted(), field.accepted()
        desk.hear("intake.ProcessingRestricted", second, subject_id=str(uuid4()), data_class="i")
        desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, first))
        with pytest.raises(Refused) as refused:
            desk.act("caseworker", "RecordTalkAttendance", **bodies.talk(field.call, second))
        assert refused.value.code == "PROCESSING_RESTRICTED"
        assert refused.value.refusal["parameters"]["case_id"] == str(second)


def test_goods_come_back_and_nothing_more_is_delivered(tmp_path: Path) -> None:
    """X-12: custody is accounted for, whatever is restricted."""
    with warehouse(tmp_path) as found:
        case, withdrawal = found.withdrawn("6", decided="6")
        told = {"subject_id": str(uuid4()), "data_class": "i"}
        found.hear("intake", "ProcessingRestricted", case, date(2026, 11, 5), **told)
        with pytest.raises(Exception, match="PROCESSING_RESTRICTED"):
            found.deliver(case, withdrawal, "6")
        found.hear("intake", "RestrictionLifted", case, date(2026, 11, 6), **told)
        assert found.deliver(case, withdrawal, "6")["complete"] is True


def test_a_report_says_nothing_of_what_is_restricted(tmp_path: Path) -> None:
    """REP-5: what was written before is hidden, and nothing is added."""
    with bureau(tmp_path) as desk:
        case = desk.assisted()
        report = desk.drafted()
        desk.act("author", "SetNextAction", report, on="2026-11-10", actions=[action(case)])
        person = person_of(desk)
        told = {"subject_id": person, "data_class": "s"}
        desk.tell("intake.ProcessingRestricted", case, told)
        [row] = desk.ask("report", id=report)["beneficiaries"]
        assert (row["progress"], row["next_action"]) == (HIDDEN, HIDDEN)
        again = lambda: desk.act("author", "SetNextAction", report, on="2026-11-10", actions=[action(case)])  # noqa: E731
        assert code(again) == "PROCESSING_RESTRICTED"
        desk.tell("intake.RestrictionLifted", case, told)
        [row] = desk.ask("report", id=report)["beneficiaries"]
        assert row["progress"] == "Terminó su primera orden"
        types = [line["type"] for line in desk.ask("timeline", case_id=str(case))["items"]]
        assert types[-2:] == ["ProcessingRestricted", "RestrictionLifted"]


def test_every_act_of_data_protection_goes_on_during_a_restriction() -> None:
    """X-12: the rule is data, and the acts that keep, close, answer and erase carry it."""
    commands = Catalogue.load().commands()
    subjects = ("data_request", "legal_hold", "erasure", "restriction")
    assert [one.command for one in commands if one.subject in subjects and not one.despite_restriction] == []
    ends = [one for one in commands if one.command in ("WithdrawCase", "RecordDeath", "WithdrawConsent", "ReturnStock")]
    assert len(ends) == 8 and all(one.despite_restriction for one in ends)


def test_a_command_uses_only_classes_that_there_are() -> None:
    entry = {"command": "Look", "activity": 0, "subject": "case", "label": "Ver", "roles": ["caseworker"], "states": []}
    with pytest.raises(CatalogueError, match="clase de dato desconocida: z"):
        read_commands([entry | {"uses": ["z"]}], "intake", "x.yaml")
    assert read_commands([entry | {"uses": ["s", "i"]}], "intake", "x.yaml")[0].uses == ("i", "s")
