"""What reporting makes of the events of others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.reporting.application import ReportingApplication
from services.reporting.definition import SERVICE
from services.reporting.queries import case_timeline, counts, list_cases
from services.reporting.views import cases
from shared.catalogue.catalogue import Catalogue
from shared.catalogue.refusals import NotFound
from shared.contracts import all_contracts
from shared.contracts.envelope import Envelope
from shared.contracts.wording import EVENTS
from shared.delivery.inbox import ApplicationInbox
from shared.eventstore.database import Database
from shared.eventstore.tracking import Step
from shared.privacy.keys import KeyRing, MasterKey
from shared.runtime import migrate
from shared.runtime.rebuild import rebuild
from shared.runtime.tokens import Who
from tests.databases import DIALECTS, database_url

START = datetime(2026, 10, 15, 15, 0, tzinfo=UTC)
STAFF = Who(uuid4(), frozenset({"caseworker"}))


class Reporting:
    """Reporting over a store of its own, fed by hand."""

    def __init__(self, application: ReportingApplication) -> None:
        self.app = application
        self.inbox = ApplicationInbox(application, SERVICE.reactions)
        self.moments = 0

    def event(self, source: str, kind: str, case_id: UUID, data: dict[str, Any] | None = None, **rest: Any) -> Envelope:
        position = self.inbox.position(source).position
        self.moments += 1
        envelope = Envelope(
            source=source,
            type=kind,
            subject=case_id,
            sequence=position + 1,
            recorded_at=START + timedelta(seconds=rest.pop("at", self.moments)),
            happened_on=rest.pop("on", date(2026, 10, 15)),
            epoch="e",
            correlation_id=uuid4(),
            data=data or {},
            **rest,
        )
        self.inbox.apply(Step(source, position, position + 1, "e", "h"), [envelope])
        return envelope


@pytest.fixture(params=DIALECTS)
def reporting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reporting]:
    with database_url(request.param, tmp_path) as url:
        database = Database(url)
        migrate.make_new(database, [migrate.STORE])
        migrate.make_views(database, SERVICE.application.views, "reporting")
        keys = KeyRing(f"sqlite:///{tmp_path / 'keys.db'}", MasterKey.create(tmp_path / "master.key"), "reporting")
        keys.create_tables()
        yield Reporting(ReportingApplication(database, keys, catalogue=Catalogue.load()))
        database.close()
        keys.close()


def identified(reporting: Reporting, call: UUID | None = None) -> UUID:
    case_id = uuid4()
    reporting.event(
        "intake",
        "CandidateIdentified",
        case_id,
        {"candidate_id": str(uuid4()), "call_id": str(call or uuid4()), "source": "hemi"},
        activity=1,
    )
    return case_id


def test_a_case_moves_with_the_events_of_its_services(reporting: Reporting) -> None:
    case_id = identified(reporting)
    reporting.event("intake", "EligibilityCommunicated", case_id, {"result": "met"}, activity=2)
    reporting.event("profiling", "ProfilingStarted", case_id, activity=3)
    [case] = list_cases(reporting.app, {}, STAFF)["items"]
    assert (case["case_id"], case["state"], case["activity"]) == (str(case_id), "profiling", 3)
    assert counts(reporting.app, {}, STAFF)["items"] == [{"state": "profiling", "label": "En perfilación", "count": 1}]


def test_an_earlier_event_that_arrives_later_does_not_take_the_case_back(reporting: Reporting) -> None:
    case_id = uuid4()
    reporting.event("profiling", "ProfilingStarted", case_id, at=50)
    reporting.event(
        "intake",
        "CandidateIdentified",
        case_id,
        {"candidate_id": str(uuid4()), "call_id": str(uuid4()), "source": "hemi"},
        at=10,
    )
    [case] = list_cases(reporting.app, {}, STAFF)["items"]
    assert case["state"] == "profiling" and case["call_id"]


def test_what_several_services_say_of_a_case_is_the_same_in_whatever_order_their_logs_come(
    reporting: Reporting,
) -> None:
    """A read model that is made anew reads one log after the other; in service they come side by side."""
    story = [
        ("intake", "CandidateIdentified", {"candidate_id": str(uuid4()), "call_id": str(uuid4())}),
        ("assistance", "NextCallEnrolled", {"call_id": str(uuid4())}),
        ("assistance", "IncentiveDecided", {}),
        ("inventory", "StockAssigned", {}),
        ("inventory", "IncentiveDelivered", {}),
    ]
    rows = []
    for first in ("intake", "assistance", "inventory"):
        case_id, later = uuid4(), []
        for at, (source, kind, data) in enumerate(story):
            if source == first:
                reporting.event(source, kind, case_id, data, at=at + 10)
            else:
                later.append((at, source, kind, data))
        for at, source, kind, data in later:
            reporting.event(source, kind, case_id, data, at=at + 10)
        with reporting.app.database.read() as connection:
            row = connection.execute(sa.select(cases).where(cases.c.case_id == case_id)).one()
        rows.append((row.call_id, row.incentive, row.candidate_id))
    assert {row[0] for row in rows} == {UUID(str(story[1][2]["call_id"]))}
    assert {row[1] for row in rows} == {"delivered"}


def test_a_recheck_brings_back_a_communicated_case_and_no_later_one(reporting: Reporting) -> None:
    early, late = identified(reporting), identified(reporting)
    for case_id in (early, late):
        reporting.event("intake", "EligibilityCommunicated", case_id, {"result": "not_met"})
    reporting.event("profiling", "ProfilingStarted", late)
    for case_id in (early, late):
        reporting.event("intake", "RecheckRequested", case_id, audience="-")
    states = {each["case_id"]: each["state"] for each in list_cases(reporting.app, {}, STAFF)["items"]}
    assert states == {str(early): "identified", str(late): "profiling"}


def test_the_timeline_shows_both_clocks_and_marks_what_was_recorded_late(reporting: Reporting) -> None:
    case_id = identified(reporting)
    reporting.event("assistance", "UnitVisited", case_id, on=date(2026, 9, 1), activity=13)
    [first, visit] = case_timeline(reporting.app, {"case_id": str(case_id)}, STAFF)["items"]
    assert (first["type"], first["late"]) == ("CandidateIdentified", False)
    assert (visit["happened_on"], visit["late"], visit["label"]) == ("2026-09-01", True, "Unidad productiva visitada")
    assert visit["recorded_at"].startswith("2026-10-15")


def test_the_timeline_can_be_read_as_of_either_clock(reporting: Reporting) -> None:
    case_id = identified(reporting)
    reporting.event("assistance", "UnitVisited", case_id, on=date(2026, 9, 1))
    asked = {"case_id": str(case_id)}
    happened = case_timeline(reporting.app, {**asked, "happened_until": "2026-09-30"}, STAFF)["items"]
    recorded = case_timeline(reporting.app, {**asked, "recorded_until": "2026-10-15T15:00:01+00:00"}, STAFF)["items"]
    assert [each["type"] for each in happened] == ["UnitVisited"]
    assert [each["type"] for each in recorded] == ["CandidateIdentified"]


def test_an_event_older_than_the_procedure_is_late_not_lost(reporting: Reporting) -> None:
    case_id = identified(reporting)
    reporting.event("intake", "CandidateSourceAdded", case_id, on=date(1950, 1, 1))
    assert [each["late"] for each in case_timeline(reporting.app, {"case_id": case_id}, STAFF)["items"]] == [
        False,
        True,
    ]


def test_staff_of_an_operator_see_only_the_cases_of_their_contract(reporting: Reporting) -> None:
    mine, other = identified(reporting), identified(reporting)
    contract = str(uuid4())
    reporting.event("assistance", "HandedOver", mine, {"contract_id": contract, "call_id": str(uuid4())})
    operator = Who(uuid4(), frozenset({"operator_staff"}), frozenset({contract}))
    assert [each["case_id"] for each in list_cases(reporting.app, {}, operator)["items"]] == [str(mine)]
    with pytest.raises(NotFound):
        case_timeline(reporting.app, {"case_id": str(other)}, operator)


@pytest.mark.parametrize(
    ("event", "executor"),
    [
        ("HandoverRejected", {"contract_id": "old"}),
        ("ExecutorTransferred", {"old_contract_id": "old", "new_team_id": "team", "new_contract_id": None}),
        ("ExecutorTransferred", {"old_contract_id": "old", "new_contract_id": "another"}),
    ],
)
def test_the_operator_that_has_the_case_no_more_does_not_find_it(
    reporting: Reporting, event: str, executor: dict[str, Any]
) -> None:
    """ROL-02, A16-4: after a refused hand-over, and after a transfer to a team or to another contract."""
    case, contract = identified(reporting), str(uuid4())
    reporting.event("assistance", "HandedOver", case, {"contract_id": contract, "call_id": str(uuid4())})
    operator = Who(uuid4(), frozenset({"operator_staff"}), frozenset({contract}))
    assert list_cases(reporting.app, {}, operator)["total"] == 1
    reporting.event("assistance", event, case, executor)
    assert list_cases(reporting.app, {}, operator)["total"] == 0
    with pytest.raises(NotFound):
        case_timeline(reporting.app, {"case_id": str(case)}, operator)


def test_pages_follow_one_another_without_loss_or_repetition(reporting: Reporting) -> None:
    made = {str(identified(reporting)) for _ in range(7)}
    seen: list[str] = []
    cursor = None
    while True:
        page = list_cases(reporting.app, {"limit": 3, "cursor": cursor}, STAFF)
        seen += [each["case_id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 7 and set(seen) == made


def test_a_rebuild_forgets_the_positions_so_that_everything_is_pulled_anew(reporting: Reporting) -> None:
    identified(reporting)
    rebuild(reporting.app, SERVICE)
    assert list_cases(reporting.app, {}, STAFF)["total"] == 0
    assert reporting.inbox.position("intake").position == 0


def test_every_published_event_of_the_services_has_its_words() -> None:
    followed = {each.type for each in all_contracts() if each.service in SERVICE.follows and each.audience != "-"}
    assert {kind for kind in followed if kind not in EVENTS} == set()
