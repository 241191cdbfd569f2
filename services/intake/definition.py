"""Intake, as both hosts load it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from services.intake import FOLLOWS
from services.intake.application import IntakeApplication
from services.intake.application.imports import Interrupted
from services.intake.figures import FOLDS
from services.intake.policy import REACTIONS
from services.intake.queries import QUERIES, may_read
from services.intake.queries.erasures import destruction_orders
from services.intake.terms import ended
from shared.editing.queries import CATALOGUE_QUERIES
from shared.runtime.deadlines import deadlines, together
from shared.runtime.definition import ServiceDefinition

log = structlog.get_logger("impulso.intake")


def work(application: Any, stopping: Callable[[], bool]) -> bool:
    """Go on with the imports that have work left, the oldest first; True when there was one."""
    found = False
    for import_id in application.open_imports():
        found = True
        try:
            application.run_import(import_id, stopping=stopping)
        except Interrupted:
            break
    return found


def trials(application: Any, stopping: Callable[[], bool]) -> bool:
    """Go on with the trials of versions that have cases left."""
    found: bool = application.go_on_with_what_ifs(stopping)
    return found


def erasures(application: Any, _stopping: Callable[[], bool]) -> bool:
    """Carry out in intake what its own erasures order; after the imports, which could still bring the person."""
    done: bool = application.execute_destructions()
    return done


def prepare(application: Any) -> None:
    """Read every name into the index, so that the first search does not wait for it; who was erased is not found, even
    if an old log came back."""
    application.release_erased()
    application.names.catch_up()
    log.info("names ready", people=len(application.names))


SERVICE = ServiceDefinition(
    name="intake",
    application=IntakeApplication,
    reactions=REACTIONS,
    follows=FOLLOWS,
    queries={**QUERIES, **CATALOGUE_QUERIES},
    exports=frozenset({"candidates_file", "case_pack", "document"}),
    folds=FOLDS,
    work=together(work, trials, erasures, deadlines(ended)),
    orders=destruction_orders,
    may_read=may_read,
    prepare=prepare,
)
