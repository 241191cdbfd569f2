"""Profiling, as both hosts load it."""

from __future__ import annotations

from services.profiling import FOLLOWS
from services.profiling.application import ProfilingApplication
from services.profiling.figures import FOLDS
from services.profiling.policy import REACTIONS
from services.profiling.queries import ATTACHMENTS, QUERIES
from services.profiling.terms import ended
from shared.editing.queries import CATALOGUE_QUERIES
from shared.runtime.deadlines import deadlines
from shared.runtime.definition import ServiceDefinition

SERVICE = ServiceDefinition(
    name="profiling",
    application=ProfilingApplication,
    reactions=REACTIONS,
    follows=FOLLOWS,
    queries={**QUERIES, **CATALOGUE_QUERIES},
    exports=frozenset({"case_pack", "document"}),
    folds=FOLDS,
    may_read=ATTACHMENTS.may_read,
    work=deadlines(ended),
)
