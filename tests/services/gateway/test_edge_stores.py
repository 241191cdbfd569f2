"""What the edge keeps beside its log behaves alike on both databases: one use, one winner, nothing moved unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from services.gateway import tables, views
from services.gateway.drafts import Drafts
from services.gateway.drafts import Spot as Place
from services.gateway.institution.visits import Visits
from services.gateway.service_tokens import ServiceTokens
from services.gateway.sessions import Sessions
from services.gateway.webhooks.outbox import LEASE_S, Outbox, Spot
from services.gateway.webhooks.signing import WebhookSecrets
from shared.eventstore.database import Database
from shared.privacy.blind_index import BlindIndex
from shared.privacy.keys import KeyRing, MasterKey
from tests.databases import DIALECTS, database_url
from tests.services.gateway.conftest import Clock


@dataclass
class Store:
    database: Database
    clock: Clock


@pytest.fixture(params=DIALECTS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with database_url(request.param, tmp_path) as url:
        database = Database(url)
        with database.write() as connection:
            tables.metadata.create_all(connection)
            views.metadata.create_all(connection)
        yield Store(database, Clock())
        database.close()


def test_one_courier_leads_until_its_lease_is_over_or_given_back(store: Store) -> None:
    outbox, first, second = Outbox(store.database, clock=store.clock), uuid4(), uuid4()
    assert outbox.lead(first) and outbox.lead(first) and not outbox.lead(second)
    store.clock.now += LEASE_S
    assert outbox.lead(second) and not outbox.lead(first)
    outbox.resign(second)
    assert outbox.lead(first)


def test_a_position_moves_only_from_where_the_delivery_began(store: Store) -> None:
    outbox, hook = Outbox(store.database, clock=store.clock), uuid4()
    begun = outbox.spot(hook, "intake")
    assert begun == Spot()
    moved = outbox.advance(hook, "intake", begun, 5, "e1")
    assert moved == outbox.spot(hook, "intake") == Spot(5, "e1")
    assert outbox.advance(hook, "intake", begun, 9, "e1") is None
    failed = outbox.failed(hook, "intake", moved, store.clock.now + 2)
    assert failed is not None and failed.attempts == 1
    outbox.replay(hook, "intake", 2)
    assert outbox.advance(hook, "intake", failed, 6, "e1") is None
    assert outbox.spot(hook, "intake") == Spot(2, "")


def test_deliveries_are_listed_newest_first_and_swept_by_age(store: Store) -> None:
    outbox, hook = Outbox(store.database, clock=store.clock), uuid4()
    for sequence in (1, 2):
        store.clock.now += 1
        facts = {"service": "intake", "sequence": sequence, "type": "A.v1", "attempt": 1, "status": 204}
        outbox.note(hook, **facts, outcome="delivered", ms=3)
    assert [one["sequence"] for one in outbox.deliveries(hook)] == [2, 1]
    store.clock.now += 24 * 3600
    assert outbox.sweep(1) == 2 and outbox.deliveries(hook) == []


def test_a_log_in_on_its_way_serves_once(store: Store) -> None:
    visits = Visits(store.database, b"k" * 32, BlindIndex(b"i" * 32), clock=store.clock)
    begun = visits.begin("navegador", "/casos")
    assert visits.finish("otro", begun.state) is None
    assert visits.finish("navegador", begun.state) == begun
    assert visits.finish("navegador", begun.state) is None


def test_a_log_out_ends_the_sessions_that_it_names_and_serves_once(store: Store) -> None:
    sessions = Sessions(store.database, clock=store.clock)
    visits = Visits(store.database, b"k" * 32, BlindIndex(b"i" * 32), clock=store.clock)
    account, person = uuid4(), uuid4()
    opened = [sessions.start(account, person, "console") for _ in range(3)]
    for (_, session), provider in zip(opened, ("s1", "s2"), strict=False):
        visits.remember(session.name, account, provider)
    assert visits.end("t1", None, "s1") == 1 and visits.end("t1", None, "s2") is None
    assert visits.end("t2", account, "") == 1
    assert [sessions.find(token, "console") is not None for token, _ in opened] == [False, False, True]


def test_each_version_of_a_token_and_of_a_webhook_gets_one_secret(store: Store) -> None:
    day = date(2027, 1, 15)
    tokens = ServiceTokens(store.database, clock=store.clock, day=lambda: day)
    token, person = uuid4(), uuid4()
    account = {"account_id": uuid4(), "person": person, "login_index": "x", "login": "x", "display_name": "x"}
    issued = {"token_id": token, "person": person, "system": "x", "scopes": '["events:read"]', "version": 1}
    with store.database.write() as connection:
        connection.execute(views.accounts.insert().values(**account, disabled=False, institutional=False, version=1))
        connection.execute(views.service_tokens.insert().values(**issued, issued_on=day, expires_on=day))
    first = tokens.make(token, 1)
    assert first and tokens.make(token, 1) is None
    second = tokens.make(token, 2, overlap_s=60)
    assert second and tokens.find(first) and tokens.find(second)
    store.clock.now += 60
    assert tokens.find(first) is None and tokens.find(second) is not None and tokens.sweep() == 1
    secrets = WebhookSecrets(store.database, b"k" * 32, clock=store.clock)
    made = secrets.make(token, 1)
    assert secrets.make(token, 1) is None and secrets.in_force(token) == [made]


def test_a_form_that_was_sent_is_not_kept_again(store: Store, tmp_path: Path) -> None:
    keys = KeyRing(f"sqlite:///{tmp_path / 'keys.db'}", MasterKey.create(tmp_path / "master.key"), "gateway")
    keys.create_tables()
    drafts, spot, key, person = (
        Drafts(store.database, keys, clock=store.clock),
        Place(uuid4(), "intake", "OpenCall", ""),
        uuid4(),
        uuid4(),
    )
    assert drafts.keep(spot, key=key, subject=person, fields={"s": {"a": ["1"]}}) == store.clock.now
    drafts.close(spot, key)
    assert drafts.keep(spot, key=key, subject=person, fields={"s": {"a": ["2"]}}) is None
    keys.close()
