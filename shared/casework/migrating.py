"""How a case passes to another version of its procedure (CAT-07): the same in every service that can own its state.

A case runs under the version that was effective when it opened (CAT-05), and under another one only from the day on
which a coordinator says so. The service that owns the state decides; the others hear of it. Each service declares the
two events under its own topics.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import FieldInvalid, Refusal, StateNotAllowed
from shared.catalogue.types import Act

if TYPE_CHECKING:
    _Base = Aggregate
else:
    # A plain class at run time: the library would turn the annotations of an aggregate into constructor arguments.
    _Base = object


class MigrationStateUnmapped(Refusal):
    code = "MIGRATION_STATE_UNMAPPED"
    message = (
        "El estado «{state}» no existe en la versión {version} del procedimiento. Lleve antes el caso a un estado que "
        "exista en las dos."
    )


class CaseMigrated(Aggregate.Event):
    """From now on the case runs under ``to_version``; its state and what was decided stay."""

    from_version: str
    to_version: str
    reason: str
    migrated_on: date
    migrated_by: UUID

    def apply(self, aggregate: Any) -> None:
        aggregate.moved_to = self.to_version


class MigrationNoted(Aggregate.Event):
    """The service that owns the state of the case moved it to ``to_version``."""

    to_version: str
    noted_on: date

    def apply(self, aggregate: Any) -> None:
        aggregate.moved_to = self.to_version


class Migrations(_Base):
    """``moved_to`` is the version to which the case was moved, empty while it runs under that of its opening."""

    CaseMigrated: ClassVar[type[Any]]
    MigrationNoted: ClassVar[type[Any]]

    state: str
    moved_to = ""

    def migrate(self, act: Act, *, to_version: str, states: Collection[str], reason: str) -> None:
        """Move the case to a version of which ``states`` are the states.

        Raises `MigrationStateUnmapped`, `FieldInvalid` for the version under which it runs, and state errors.
        """
        if not self.state:
            raise StateNotAllowed(
                command=act.procedure.label(act.command),
                state="atención por otro servicio",
                allowed="migrarlo en el servicio donde está",
            )
        act.check_state(self.state)
        if to_version == act.procedure.version:
            raise FieldInvalid(field="version", explanation=f"el caso ya corre por la versión {to_version}.")
        if self.state not in states:
            raise MigrationStateUnmapped(field="version", state=act.procedure.label(self.state), version=to_version)
        self.trigger_event(
            self.CaseMigrated,
            from_version=act.procedure.version,
            to_version=to_version,
            reason=reason,
            migrated_on=act.on,
            migrated_by=act.person,
        )

    def note_migration(self, to_version: str, day: date) -> None:
        """Another service moved the case; saying it twice changes nothing."""
        if to_version and to_version != self.moved_to:
            self.trigger_event(self.MigrationNoted, to_version=to_version, noted_on=day)
