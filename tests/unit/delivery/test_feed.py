"""The feed: any stretch of a log, to whoever can show that its past is the same."""

from __future__ import annotations

import pytest

from shared.delivery.errors import Diverged
from shared.delivery.feed import Feed, FeedPage, PublicFeed, Verdict
from shared.runtime.assembly import Assembled
from tests.counting import count


@pytest.fixture
def feed(counter: Assembled) -> Feed:
    return Feed(counter.application.log, counter.publication)


def test_a_page_follows_the_position_without_a_hole(counter: Assembled, feed: Feed) -> None:
    count(counter.application, [1, 2, 3] * 5)
    first = feed.page(0, 4)
    second = feed.page(4, 100, first.messages[-1].entry_hash, first.epoch)
    assert [message.sequence for message in first.messages] == [1, 2, 3, 4]
    assert [message.sequence for message in second.messages] == list(range(5, second.head + 1))
    assert second.messages[0].prior_hash == first.messages[-1].entry_hash
    assert first.messages[0].prior_hash == ""


def test_a_page_travels_as_json(counter: Assembled, feed: Feed) -> None:
    count(counter.application, [1] * 7)
    page = feed.page(0, 100)
    assert FeedPage.from_dict(page.to_dict()) == page


def test_a_caller_with_another_entry_at_its_position_is_told_so(counter: Assembled, feed: Feed) -> None:
    count(counter.application, [1, 2])
    page = feed.page(2, 10, "0" * 64)
    assert page.verdict is Verdict.DIVERGED
    assert page.messages == []
    assert "no es la que se aplicó aquí" in page.reason


def test_a_caller_beyond_the_head_is_told_so(counter: Assembled, feed: Feed) -> None:
    count(counter.application, [1])
    page = feed.page(99, 10, "0" * 64)
    assert page.verdict is Verdict.DIVERGED
    assert "termina en 2" in page.reason


def test_a_caller_of_another_epoch_is_told_so(counter: Assembled, feed: Feed) -> None:
    count(counter.application, [1])
    old = feed.page(0, 10)
    counter.application.log.begin_epoch()
    page = feed.page(2, 10, old.messages[-1].entry_hash, old.epoch)
    assert page.verdict is Verdict.DIVERGED
    assert "restaurado" in page.reason


def test_kinds_that_stay_inside_keep_their_place_and_show_nothing(counter: Assembled, feed: Feed) -> None:
    count(counter.application, [1] * 7)
    remarked = [one.envelope for one in feed.page(0, 100).messages if one.envelope.type == "Remarked"]
    assert [(envelope.data, envelope.audience) for envelope in remarked] == [({}, "-")]
    assert "Quintero" not in repr(feed.page(0, 100).to_dict())


def test_integrators_get_audience_i_alone_and_see_their_own_holes(counter: Assembled) -> None:
    count(counter.application, [1, 2] * 20)
    public = PublicFeed(counter.application.log, counter.publication)
    events = []
    after = 0
    while (page := public.page(after, 2)).events:
        events += page.events
        after = page.next
    assert {event.type for event in events} == {"TallyStarted", "Totalled"}
    assert [event.previous for event in events] == [0, *[event.sequence for event in events[:-1]]]
    assert page.next == page.head


def test_the_previous_public_event_is_found_from_any_position(counter: Assembled) -> None:
    count(counter.application, [1] * 200)
    public = PublicFeed(counter.application.log, counter.publication)
    everything = {event.sequence: event.previous for event in public.page(0, 1000).events}
    for after in range(0, counter.application.log.head(), 7):
        page = public.page(after, 1)
        assert all(everything[event.sequence] == event.previous for event in page.events)


def test_an_integrator_of_another_epoch_is_refused(counter: Assembled) -> None:
    public = PublicFeed(counter.application.log, counter.publication)
    with pytest.raises(Diverged):
        public.page(0, known_epoch="another")
