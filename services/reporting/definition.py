"""Reporting, as the hosts run it."""

from __future__ import annotations

from services.reporting import FOLLOWS
from services.reporting.application import ReportingApplication
from services.reporting.policy import REACTIONS
from services.reporting.queries import QUERIES, may_read
from services.reporting.sending import outbox
from shared.editing.queries import CATALOGUE_QUERIES
from shared.runtime.definition import ServiceDefinition

SERVICE = ServiceDefinition(
    name="reporting",
    application=ReportingApplication,
    reactions=REACTIONS,
    follows=FOLLOWS,
    queries={**QUERIES, **CATALOGUE_QUERIES},
    exports=frozenset({"case_pack", "document"}),
    asks=("intake", "profiling", "assistance", "inventory"),
    work=outbox(),
    may_read=may_read,
    # A rebuild pulls the others' events anew; an entry of the HEMI outbox that they asked for is found, not made twice.
    only_reads=True,
    witnesses=True,
)
