"""What a host needs to know of a service: its description, found through the entry-point group ``impulso.services``."""

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
    prepare: Callable[[Any], None] | None = None
    """Called once when the application is made, before it serves (in-memory indexes)."""


def installed_services() -> dict[str, ServiceDefinition]:
    """Every service that is installed, by name, in the order of the procedure (as the entry points stand)."""
    found = [point.load() for point in entry_points(group=ENTRY_POINTS)]
    order = ("intake", "profiling", "assistance", "inventory", "reporting")
    found.sort(key=lambda service: order.index(service.name) if service.name in order else len(order))
    return {service.name: service for service in found}
