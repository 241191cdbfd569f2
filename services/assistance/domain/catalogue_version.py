"""Versions of the catalogue that assistance owns (its forms, components, phases, topics, exit reasons, obligations),
and its copies of what the others published (CAT-10).
"""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from shared.catalogue import drafting


class CatalogueDraftLoaded(drafting.CatalogueDraftLoaded):
    TOPIC = "assistance.CatalogueDraftLoaded"


class CatalogueVersionApproved(drafting.CatalogueVersionApproved):
    TOPIC = "assistance.CatalogueVersionApproved"


class CatalogueVersionPublished(drafting.CatalogueVersionPublished):
    TOPIC = "assistance.CatalogueVersionPublished"


class CatalogueVersionWithdrawn(drafting.CatalogueVersionWithdrawn):
    TOPIC = "assistance.CatalogueVersionWithdrawn"


class CatalogueCopyTaken(drafting.CatalogueCopyTaken):
    TOPIC = "assistance.CatalogueCopyTaken"


class CatalogueCopyDropped(drafting.CatalogueCopyDropped):
    TOPIC = "assistance.CatalogueCopyDropped"


class CatalogueVersion(drafting.VersionActs, Aggregate):
    """A version that assistance drafts and publishes."""

    TOPIC = "assistance.CatalogueVersion"
    Event = drafting.Event
    Created = CatalogueDraftLoaded
    CatalogueVersionApproved = CatalogueVersionApproved
    CatalogueVersionPublished = CatalogueVersionPublished
    CatalogueVersionWithdrawn = CatalogueVersionWithdrawn


class CatalogueCopy(drafting.CopyActs, Aggregate):
    """A version that another service published."""

    TOPIC = "assistance.CatalogueCopy"
    Event = drafting.Event
    Created = CatalogueCopyTaken
    CatalogueCopyDropped = CatalogueCopyDropped
