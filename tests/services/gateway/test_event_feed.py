"""The feed for integrators over HTTP: filters, waiting for the next event, and the stream of server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jsonschema_rs
import pytest
import uvicorn

from services.gateway.hosting import EdgeServer, listen
from services.gateway.waiting import Waiting
from shared.contracts import contract
from shared.contracts.event_schema import public_event_schema
from tests.services.gateway.conftest import Api, Gateway
from tests.services.gateway.town import Town, said
from tests.services.intake.counter import Counter
from tests.waiting import until

pytestmark = pytest.mark.anyio
FEED = "/api/events/intake"


@pytest.fixture
async def town(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(gateway, tmp_path)
    yield made
    await made.close()


@pytest.fixture
def counter(town: Town) -> Counter:
    return Counter(town.offices["intake"], Path())


@pytest.fixture
async def reader(town: Town) -> Api:
    return await town.staff("integration_client")


def somebody(counter: Counter, call: str) -> str:
    """Identify one more person; the case."""
    number = str(uuid4().int)[:9]
    return counter.identify(call, doc_no=f"1{number}", source_ref=f"SOL-{number}")


async def page(reader: Api, **params: Any) -> Any:
    answer = await reader.send("GET", FEED, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_everything_that_the_feed_gives_is_what_the_exported_schemas_say(reader: Api, counter: Counter) -> None:
    """EVT-1, EVT-2."""
    call = counter.open_call()
    somebody(counter, call)
    found = (await page(reader))["events"]
    assert {"CallOpened.v1", "CandidateIdentified.v1"} <= {one["type"] for one in found}
    for event in found:
        about = contract(f"intake.{event['type'].partition('.')[0]}")
        jsonschema_rs.Draft202012Validator(public_event_schema(about), validate_formats=True).validate(event)


async def test_a_filter_by_type_and_subject_leaves_the_rest_out_and_keeps_what_previous_says(
    reader: Api, counter: Counter
) -> None:
    call = counter.open_call()
    cases = [somebody(counter, call), somebody(counter, call)]
    whole = {one["id"]: one for one in (await page(reader))["events"]}
    asked = await page(reader, type="CandidateIdentified.v1,CallClosed")
    assert [one["subject"] for one in asked["events"]] == cases and asked["next"] == asked["head"]
    assert all(whole[one["id"]] == one for one in asked["events"])
    [one] = (await page(reader, subject=cases[1]))["events"]
    assert (one["subject"], one["previous"]) == (cases[1], whole[one["id"]]["previous"])
    assert (await page(reader, subject=str(uuid4())))["events"] == []


@pytest.mark.parametrize("wrong", ["CallOpen", "CallOpened.v2", "ProfileApproved", "CriteriaEvaluated", "x y", "a,,b"])
async def test_a_type_that_the_service_does_not_publish_is_refused_by_name(reader: Api, wrong: str) -> None:
    answer = await reader.send("GET", FEED, params={"type": wrong})
    assert said(answer) == (422, "PARAMETER_INVALID") and answer.json()["field"] == "type"


async def test_who_waits_is_answered_by_the_next_event(reader: Api, counter: Counter) -> None:
    """No longer than it takes to happen; a look at the head is enough where nothing prompts."""
    call = counter.open_call()
    head = (await page(reader))["head"]
    waiting = asyncio.create_task(page(reader, after=head, wait=30))
    await settled(reader)
    case = await asyncio.to_thread(somebody, counter, call)
    found = await asyncio.wait_for(waiting, 20)
    assert [one["subject"] for one in found["events"]] == [case]


async def test_an_event_that_was_not_asked_for_wakes_nobody(reader: Api, counter: Counter) -> None:
    call = counter.open_call()
    room_of(reader).longest_s = 1.5
    head = (await page(reader))["head"]
    waiting = asyncio.create_task(page(reader, after=head, wait=30, type="CallClosed"))
    await settled(reader)
    await asyncio.to_thread(somebody, counter, call)
    found = await waiting
    assert found["events"] == [] and found["next"] > head


async def test_who_waits_in_vain_gets_an_empty_page(reader: Api) -> None:
    room_of(reader).longest_s = 0.2
    head = (await page(reader))["head"]
    found = await page(reader, after=head, wait=1)
    assert (found["events"], found["next"]) == ([], head)


async def test_no_more_wait_than_there_is_room_for_and_the_others_are_told_when_to_come_again(
    reader: Api, town: Town
) -> None:
    room = Waiting(room_of(reader)._port, most=3, most_each=2)
    town.gateway.app.state.waiting = room
    head = (await page(reader))["head"]
    waiting = [asyncio.create_task(page(reader, after=head, wait=30)) for _ in range(2)]
    await settled(reader, 2)
    full = await reader.send("GET", FEED, params={"after": head, "wait": 5})
    assert said(full) == (503, "TOO_MANY_WAITING") and full.headers["retry-after"] == "5"
    assert (await page(reader, after=head))["events"] == []
    other = await town.staff("integration_client")
    waiting.append(asyncio.create_task(page(other, after=head, wait=30)))
    await settled(reader, 3)
    third = await town.staff("integration_client")
    assert said(await third.send("GET", FEED, params={"after": head, "wait": 5})) == (503, "TOO_MANY_WAITING")
    room.close()
    await asyncio.wait_for(asyncio.gather(*waiting), 10)
    assert not room._places and not room._lines


def room_of(reader: Api) -> Waiting:
    room: Waiting = reader.client._transport.app.state.waiting  # type: ignore[attr-defined]
    return room


async def settled(reader: Api, many: int = 1) -> None:
    """Until that many wait and the head was looked at."""
    room = room_of(reader)
    for _ in range(2000):
        if room._places.total() >= many and all(one.head is not None for one in room._lines.values()) and room._lines:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


class Served:
    """The town over a real socket: what a stream does cannot be seen in process."""

    def __init__(self, town: Town) -> None:
        listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings = uvicorn.Config(town.gateway.app, log_config=None, access_log=False, timeout_graceful_shutdown=8)
        self.server = EdgeServer(settings)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()
        until(lambda: self.server.started, "the gateway serves")

    def stop(self) -> float:
        """Seconds that the stop took."""
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(60)
        assert not self.thread.is_alive()
        return time.monotonic() - began


@pytest.fixture
def served(town: Town) -> Iterator[Served]:
    made = Served(town)
    yield made
    made.stop()


class Told:
    """What came over a stream, message by message."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def message(self) -> dict[str, str]:
        """The next message with data; heartbeats are passed over."""
        found: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self._lines:
                if line:
                    name, _, value = line.partition(": ")
                    found[name] = value
                elif "data" in found:
                    return found
                else:
                    found = {}
        raise AssertionError("the stream ended")


@asynccontextmanager
async def stream(
    served: Served, reader: Api, headers: dict[str, str] | None = None, **params: Any
) -> AsyncIterator[Told]:
    sent = {"Authorization": f"Bearer {reader.token}", "Accept": "text/event-stream", **(headers or {})}
    async with (
        httpx.AsyncClient(base_url=served.url, timeout=30) as client,
        client.stream("GET", FEED, headers=sent, params=params) as response,
    ):
        yield Told(response)


async def test_a_stream_tells_what_was_then_what_happens_and_goes_on_where_it_broke(
    served: Served, reader: Api, counter: Counter
) -> None:
    """EVT-4: Last-Event-ID names the log's identity and the place in it."""
    call = counter.open_call()
    first = somebody(counter, call)
    async with stream(served, reader) as told:
        assert told.response.headers["content-type"].startswith("text/event-stream")
        assert told.response.headers["cache-control"] == "no-store"
        seen = [await told.message(), await told.message()]
        assert [one["event"] for one in seen] == ["CallOpened.v1", "CandidateIdentified.v1"]
        assert json.loads(seen[1]["data"])["subject"] == first
        second = await asyncio.to_thread(somebody, counter, call)
        third = await told.message()
        assert json.loads(third["data"])["subject"] == second
    missed = await asyncio.to_thread(somebody, counter, call)
    async with stream(served, reader, {"Last-Event-ID": third["id"]}) as told:
        again = await told.message()
    assert json.loads(again["data"])["subject"] == missed
    assert json.loads(again["data"])["previous"] == json.loads(third["data"])["sequence"]


async def test_a_stream_of_another_log_is_refused_before_it_begins(served: Served, reader: Api) -> None:
    async with stream(served, reader, {"Last-Event-ID": "otra:3"}) as told:
        assert told.response.status_code == 409
        assert json.loads(await told.response.aread())["code"] == "HISTORY_DIVERGED"
    async with stream(served, reader, {"Last-Event-ID": "no such place"}) as told:
        assert told.response.status_code == 422


async def test_a_stream_ends_with_its_session(served: Served, reader: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.gateway.api.events.HEARTBEAT_S", 0.2)
    async with stream(served, reader) as told:
        assert (await reader.send("DELETE", "/api/session")).status_code == 204
        last = await told.message()
        assert last["event"] == "problem" and json.loads(last["data"])["status"] == 401


async def test_a_stop_does_not_wait_for_who_waits_and_places_are_given_back(
    served: Served, reader: Api, town: Town
) -> None:
    room: Waiting = town.gateway.app.state.waiting
    async with stream(served, reader), stream(served, reader):
        await settled(reader, 2)
        seconds = await asyncio.to_thread(served.stop)
    assert seconds < 8 and not room._places
