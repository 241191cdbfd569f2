"""Domain of assistance: the case from the accepted offer on, talks, operator contracts, cohorts (acts 11 to 18)."""

from services.assistance.domain.case import AssistanceCase
from services.assistance.domain.cohort import CallCohort
from services.assistance.domain.contract import OperatorContract
from services.assistance.domain.improvement import ImprovementAction
from services.assistance.domain.numbering import NumberSeries
from services.assistance.domain.talk import AwarenessTalk
from services.assistance.domain.work_programme import WorkProgramme

__all__ = [
    "AssistanceCase",
    "AwarenessTalk",
    "CallCohort",
    "ImprovementAction",
    "NumberSeries",
    "OperatorContract",
    "WorkProgramme",
]
