"""The use cases of profiling: one method a command, named as the command (acts 3 to 10)."""

from __future__ import annotations

from services.profiling.application.alternatives import Alternatives
from services.profiling.application.exits import Exits
from services.profiling.application.offers import Offers
from services.profiling.application.profiles import Profiles
from services.profiling.domain.catalogue_version import CatalogueCopy, CatalogueVersion
from services.profiling.domain.key_destruction import KeyDestruction
from services.profiling.views import VIEWS
from shared.casework.destroying import DestroyingActs
from shared.editing.acts import CatalogueActs


class ProfilingApplication(Profiles, Alternatives, Offers, Exits, DestroyingActs, CatalogueActs):
    """Profiling over its own store."""

    name = "profiling"
    views = VIEWS
    version_class = CatalogueVersion
    copy_class = CatalogueCopy
    destruction_class = KeyDestruction


__all__ = ["ProfilingApplication"]
