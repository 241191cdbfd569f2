"""The use cases of profiling: one method a command, named as the command (acts 3 to 10)."""

from __future__ import annotations

from services.profiling.application.alternatives import Alternatives
from services.profiling.application.exits import Exits
from services.profiling.application.offers import Offers
from services.profiling.application.profiles import Profiles
from services.profiling.domain.catalogue_version import CatalogueCopy, CatalogueVersion
from services.profiling.views import VIEWS
from shared.editing.acts import CatalogueActs


class ProfilingApplication(Profiles, Alternatives, Offers, Exits, CatalogueActs):
    """Profiling over its own store."""

    name = "profiling"
    views = VIEWS
    version_class = CatalogueVersion
    copy_class = CatalogueCopy


__all__ = ["ProfilingApplication"]
