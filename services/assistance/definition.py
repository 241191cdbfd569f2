"""Assistance, as both hosts load it."""

from __future__ import annotations

from services.assistance.application import AssistanceApplication
from services.assistance.figures import fold
from services.assistance.policy import REACTIONS
from services.assistance.queries import QUERIES
from services.assistance.terms import contracts_ended, ended
from shared.runtime.deadlines import deadlines, together
from shared.runtime.definition import ServiceDefinition

SERVICE = ServiceDefinition(
    name="assistance",
    application=AssistanceApplication,
    reactions=REACTIONS,
    follows=("intake", "profiling", "inventory"),
    queries=QUERIES,
    fold=fold,
    work=together(deadlines(ended), deadlines(contracts_ended)),
)
