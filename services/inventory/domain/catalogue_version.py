"""Versions of the catalogue that inventory owns (its forms, units of measure, movement reasons),
and its copies of what the others published (CAT-10).
"""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from shared.catalogue import drafting


class CatalogueDraftLoaded(drafting.CatalogueDraftLoaded):
    TOPIC = "inventory.CatalogueDraftLoaded"


class CatalogueVersionApproved(drafting.CatalogueVersionApproved):
    TOPIC = "inventory.CatalogueVersionApproved"


class CatalogueVersionPublished(drafting.CatalogueVersionPublished):
    TOPIC = "inventory.CatalogueVersionPublished"


class CatalogueVersionWithdrawn(drafting.CatalogueVersionWithdrawn):
    TOPIC = "inventory.CatalogueVersionWithdrawn"


class CatalogueCopyTaken(drafting.CatalogueCopyTaken):
    TOPIC = "inventory.CatalogueCopyTaken"


class CatalogueCopyDropped(drafting.CatalogueCopyDropped):
    TOPIC = "inventory.CatalogueCopyDropped"


class CatalogueVersion(drafting.VersionActs, Aggregate):
    """A version that inventory drafts and publishes."""

    TOPIC = "inventory.CatalogueVersion"
    Event = drafting.Event
    Created = CatalogueDraftLoaded
    CatalogueVersionApproved = CatalogueVersionApproved
    CatalogueVersionPublished = CatalogueVersionPublished
    CatalogueVersionWithdrawn = CatalogueVersionWithdrawn


class CatalogueCopy(drafting.CopyActs, Aggregate):
    """A version that another service published."""

    TOPIC = "inventory.CatalogueCopy"
    Event = drafting.Event
    Created = CatalogueCopyTaken
    CatalogueCopyDropped = CatalogueCopyDropped
