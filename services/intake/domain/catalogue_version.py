"""Versions of the catalogue that intake owns (procedures, parameters, criteria, the calendar, former names, shared
forms and lists), and its copies of what the others published (CAT-10).
"""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from shared.catalogue import drafting


class CatalogueDraftLoaded(drafting.CatalogueDraftLoaded):
    TOPIC = "intake.CatalogueDraftLoaded"


class CatalogueVersionApproved(drafting.CatalogueVersionApproved):
    TOPIC = "intake.CatalogueVersionApproved"


class CatalogueVersionPublished(drafting.CatalogueVersionPublished):
    TOPIC = "intake.CatalogueVersionPublished"


class CatalogueVersionWithdrawn(drafting.CatalogueVersionWithdrawn):
    TOPIC = "intake.CatalogueVersionWithdrawn"


class CatalogueCopyTaken(drafting.CatalogueCopyTaken):
    TOPIC = "intake.CatalogueCopyTaken"


class CatalogueCopyDropped(drafting.CatalogueCopyDropped):
    TOPIC = "intake.CatalogueCopyDropped"


class CatalogueVersion(drafting.VersionActs, Aggregate):
    """A version that intake drafts and publishes."""

    TOPIC = "intake.CatalogueVersion"
    Event = drafting.Event
    Created = CatalogueDraftLoaded
    CatalogueVersionApproved = CatalogueVersionApproved
    CatalogueVersionPublished = CatalogueVersionPublished
    CatalogueVersionWithdrawn = CatalogueVersionWithdrawn


class CatalogueCopy(drafting.CopyActs, Aggregate):
    """A version that another service published."""

    TOPIC = "intake.CatalogueCopy"
    Event = drafting.Event
    Created = CatalogueCopyTaken
    CatalogueCopyDropped = CatalogueCopyDropped
