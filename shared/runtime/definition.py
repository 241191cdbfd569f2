"""What a host needs to know of a service: its description, found through the entry-point group ``impulso.services``.

Whom it follows stands under ``impulso.follows`` as well, to be asked without loading the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

from shared.contracts.envelope import Envelope
from shared.eventstore.application import ServiceApplication
from shared.eventstore.unit_of_work import UnitOfWork
from shared.runtime.folds import Fold
from shared.runtime.tokens import Who

ENTRY_POINTS = "impulso.services"
FOLLOWS = "impulso.follows"

Reaction = Callable[[Any, UnitOfWork, Envelope], None]
"""``reaction(application, unit_of_work, event)``: what a service does when another service's event arrives."""
Query = Callable[[Any, Mapping[str, Any], Who], dict[str, Any]]
"""``query(application, params, who)``: an answer from the read models, JSON-like. Raises refusals."""
BackgroundWork = Callable[[Any, Callable[[], bool]], bool]
"""``work(application, stopping)``: one piece of background work; True when it did something. It returns soon after
``stopping()`` turns true, and goes on from there at the next call."""
FileAccess = Callable[[Any, Who, str], bool]
"""``may_read(application, who, file_id)``: whether ``who`` may fetch a stored file."""


@dataclass(frozen=True)
class ServiceDefinition:
    """One service, as both hosts run it."""

    name: str
    application: type[ServiceApplication]
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    """By topic: ``"profiling.ProfileApproved"``; ``"*"`` is for every event without one of its own."""
    follows: tuple[str, ...] = ()
    queries: Mapping[str, Query] = field(default_factory=dict)
    work: BackgroundWork | None = None
    may_read: FileAccess | None = None
    folds: Mapping[str, Fold] = field(default_factory=dict)
    """What this service counts from its own log for the reports and the board, by name."""
    asks: tuple[str, ...] = ()
    """The services whose counts this one asks for; the host puts the way to each into the application's ``owners``."""
    only_reads: bool = False
    """True when everything the service keeps comes from the events it follows: a rebuild may start from nothing."""
    witnesses: bool = False
    """True for the service that cosigns the checkpoints of the logs, where its host has a key for it."""
    orders: Callable[[Any, Mapping[str, Any]], dict[str, Any]] | None = None
    """``orders(application, payload)``: the destructions of keys that ``payload["service"]``, which follows nobody, has
    still to carry out; what it says in ``payload["executed"]`` that it has, is recorded first."""
    exports: frozenset[str] = frozenset()
    """The queries whose answer is taken away: a file, a document, what is evidence."""
    prepare: Callable[[Any], None] | None = None
    """Called once when the application is made, before it serves (in-memory indexes)."""


def installed_services() -> dict[str, ServiceDefinition]:
    """Every service that is installed, by name, in the order of the procedure (as the entry points stand)."""
    found = [point.load() for point in entry_points(group=ENTRY_POINTS)]
    order = ("intake", "profiling", "assistance", "inventory", "reporting")
    found.sort(key=lambda service: order.index(service.name) if service.name in order else len(order))
    return {service.name: service for service in found}


def installed(name: str) -> tuple[ServiceDefinition, list[str]] | None:
    """The installed service ``name`` and the services that follow it; None when there is none of that name.

    Loads that one alone: a process that serves one service has no use for the code of the others.
    """
    point = next(iter(entry_points(group=ENTRY_POINTS, name=name)), None)
    if point is None:
        return None
    return point.load(), [each.name for each in entry_points(group=FOLLOWS) if name in each.load()]
