"""The use cases of assistance: one method a command, named as the command."""

from __future__ import annotations

from services.assistance.application.assistance import Assistance
from services.assistance.application.conduct import ConductUseCases
from services.assistance.application.contracts import ContractUseCases
from services.assistance.application.talks_and_training import TalksAndTraining
from services.assistance.application.valuations import Valuations
from services.assistance.application.work_programmes import WorkProgrammeUseCases
from services.assistance.domain.catalogue_version import CatalogueCopy, CatalogueVersion
from services.assistance.domain.key_destruction import KeyDestruction
from services.assistance.views import VIEWS
from shared.casework.destroying import DestroyingActs
from shared.editing.acts import CatalogueActs


class AssistanceApplication(
    TalksAndTraining,
    Valuations,
    Assistance,
    ConductUseCases,
    ContractUseCases,
    WorkProgrammeUseCases,
    DestroyingActs,
    CatalogueActs,
):
    """Assistance over its own store."""

    name = "assistance"
    views = VIEWS
    version_class = CatalogueVersion
    copy_class = CatalogueCopy
    destruction_class = KeyDestruction
