"""What the services published, as the gateway holds it to draw screens and check what is sent (CAT-10)."""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from shared.catalogue import drafting


class CatalogueCopyTaken(drafting.CatalogueCopyTaken):
    TOPIC = "gateway.CatalogueCopyTaken"


class CatalogueCopyDropped(drafting.CatalogueCopyDropped):
    TOPIC = "gateway.CatalogueCopyDropped"


class CatalogueCopy(drafting.CopyActs, Aggregate):
    """A version that another service published."""

    TOPIC = "gateway.CatalogueCopy"
    Event = drafting.Event
    Created = CatalogueCopyTaken
    CatalogueCopyDropped = CatalogueCopyDropped
