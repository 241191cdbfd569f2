"""Assistance, as both hosts load it."""

from __future__ import annotations

from services.assistance import FOLLOWS
from services.assistance.application import AssistanceApplication
from services.assistance.figures import FOLDS
from services.assistance.policy import REACTIONS
from services.assistance.queries import ATTACHMENTS, QUERIES
from services.assistance.terms import contracts_ended, ended
from shared.editing.queries import CATALOGUE_QUERIES
from shared.runtime.deadlines import deadlines, together
from shared.runtime.definition import ServiceDefinition

SERVICE = ServiceDefinition(
    name="assistance",
    application=AssistanceApplication,
    reactions=REACTIONS,
    follows=FOLLOWS,
    queries={**QUERIES, **CATALOGUE_QUERIES},
    exports=frozenset({"case_pack", "document"}),
    folds=FOLDS,
    may_read=ATTACHMENTS.may_read,
    work=together(deadlines(ended), deadlines(contracts_ended)),
)
