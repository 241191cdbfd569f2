"""The use cases of intake: one method a command, named as the command."""

from __future__ import annotations

from services.intake.application.calls import Calls
from services.intake.application.imports import Imports
from services.intake.application.merging import Merging
from services.intake.application.reconsiderations import Reconsiderations
from services.intake.application.restrictions import Restrictions
from services.intake.application.what_ifs import WhatIfs
from services.intake.domain.catalogue_version import CatalogueCopy, CatalogueVersion
from services.intake.domain.key_destruction import KeyDestruction
from services.intake.views.projection import VIEWS
from shared.editing.acts import CatalogueActs


class IntakeApplication(Calls, Imports, Reconsiderations, Merging, WhatIfs, Restrictions, CatalogueActs):
    """Intake over its own store."""

    name = "intake"
    views = VIEWS
    version_class = CatalogueVersion
    copy_class = CatalogueCopy
    destruction_class = KeyDestruction


__all__ = ["IntakeApplication"]
