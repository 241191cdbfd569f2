"""Reporting, as the hosts run it."""

from __future__ import annotations

from services.reporting.application import ReportingApplication
from services.reporting.policy import REACTIONS
from services.reporting.queries import QUERIES
from shared.runtime.definition import ServiceDefinition

SERVICE = ServiceDefinition(
    name="reporting",
    application=ReportingApplication,
    reactions=REACTIONS,
    follows=("intake", "profiling", "assistance", "inventory"),
    queries=QUERIES,
    only_reads=True,
)
