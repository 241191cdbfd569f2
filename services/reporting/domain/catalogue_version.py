"""Versions of the catalogue that reporting owns (report templates, figures, the mapping to HEMI, its forms),
and its copies of what the others published (CAT-10).
"""

from __future__ import annotations

from eventsourcing.domain import Aggregate

from shared.catalogue import drafting


class CatalogueDraftLoaded(drafting.CatalogueDraftLoaded):
    TOPIC = "reporting.CatalogueDraftLoaded"


class CatalogueVersionApproved(drafting.CatalogueVersionApproved):
    TOPIC = "reporting.CatalogueVersionApproved"


class CatalogueVersionPublished(drafting.CatalogueVersionPublished):
    TOPIC = "reporting.CatalogueVersionPublished"


class CatalogueVersionWithdrawn(drafting.CatalogueVersionWithdrawn):
    TOPIC = "reporting.CatalogueVersionWithdrawn"


class CatalogueCopyTaken(drafting.CatalogueCopyTaken):
    TOPIC = "reporting.CatalogueCopyTaken"


class CatalogueCopyDropped(drafting.CatalogueCopyDropped):
    TOPIC = "reporting.CatalogueCopyDropped"


class CatalogueVersion(drafting.VersionActs, Aggregate):
    """A version that reporting drafts and publishes."""

    TOPIC = "reporting.CatalogueVersion"
    Event = drafting.Event
    Created = CatalogueDraftLoaded
    CatalogueVersionApproved = CatalogueVersionApproved
    CatalogueVersionPublished = CatalogueVersionPublished
    CatalogueVersionWithdrawn = CatalogueVersionWithdrawn


class CatalogueCopy(drafting.CopyActs, Aggregate):
    """A version that another service published."""

    TOPIC = "reporting.CatalogueCopy"
    Event = drafting.Event
    Created = CatalogueCopyTaken
    CatalogueCopyDropped = CatalogueCopyDropped
