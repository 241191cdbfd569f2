"""Versions of the catalogue that profiling owns (instruments, guides, the outcome matrix, its forms and lists),
and its copies of what the others published (CAT-10).
"""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from shared.catalogue import drafting


class CatalogueDraftLoaded(drafting.CatalogueDraftLoaded):
    TOPIC = "profiling.CatalogueDraftLoaded"


class CatalogueVersionApproved(drafting.CatalogueVersionApproved):
    TOPIC = "profiling.CatalogueVersionApproved"


class CatalogueVersionPublished(drafting.CatalogueVersionPublished):
    TOPIC = "profiling.CatalogueVersionPublished"


class CatalogueVersionWithdrawn(drafting.CatalogueVersionWithdrawn):
    TOPIC = "profiling.CatalogueVersionWithdrawn"


class CatalogueCopyTaken(drafting.CatalogueCopyTaken):
    TOPIC = "profiling.CatalogueCopyTaken"


class CatalogueCopyDropped(drafting.CatalogueCopyDropped):
    TOPIC = "profiling.CatalogueCopyDropped"


class CatalogueVersion(drafting.VersionActs, Aggregate):
    """A version that profiling drafts and publishes."""

    TOPIC = "profiling.CatalogueVersion"
    Event = drafting.Event
    Created = CatalogueDraftLoaded
    CatalogueVersionApproved = CatalogueVersionApproved
    CatalogueVersionPublished = CatalogueVersionPublished
    CatalogueVersionWithdrawn = CatalogueVersionWithdrawn


class CatalogueCopy(drafting.CopyActs, Aggregate):
    """A version that another service published."""

    TOPIC = "profiling.CatalogueCopy"
    Event = drafting.Event
    Created = CatalogueCopyTaken
    CatalogueCopyDropped = CatalogueCopyDropped
