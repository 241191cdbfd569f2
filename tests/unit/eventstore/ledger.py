"""A small service for the store's own tests: ledgers of people, with amounts and a remark about the person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa
from eventsourcing.domain import Aggregate

from shared.catalogue.refusals import Refusal
from shared.eventstore.application import ServiceApplication
from shared.eventstore.database import Database
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
from shared.eventstore.schema import create_store
from shared.eventstore.unit_of_work import UnitOfWork
from shared.eventstore.views import Views
from shared.privacy.keys import KeyRing, MasterKey
from shared.privacy.personal import Personal
from tests.databases import database_url


class Overdrawn(Refusal):
    code = "OVERDRAWN"
    message = "El saldo no alcanza."


class Ledger(Aggregate):
    TOPIC = "ledger.Ledger"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "ledger.LedgerOpened"
        holder: UUID

        def apply(self, ledger: Ledger) -> None:
            ledger.holder = self.holder
            ledger.balance = 0
            ledger.remarks: list[Personal] = []

    # The library wants to know which event creates; it would define one of its own otherwise, without a topic.
    Created = Opened

    class Booked(Event):
        TOPIC = "ledger.AmountBooked"
        amount: int
        remark: Personal

        def apply(self, ledger: Ledger) -> None:
            ledger.balance += self.amount
            ledger.remarks.append(self.remark)

    @classmethod
    def open(cls, holder: UUID) -> Ledger:
        return cls._create(cls.Opened, id=uuid4(), holder=holder)

    def book(self, amount: int, remark: str = "sin nota") -> None:
        if self.balance + amount < 0:
            raise Overdrawn()
        self.trigger_event(self.Booked, amount=amount, remark=Personal(self.holder, "s", remark))


view_tables = sa.MetaData()
balances = sa.Table(
    "balances",
    view_tables,
    sa.Column("ledger", sa.Uuid, primary_key=True),
    sa.Column("balance", sa.Integer, nullable=False),
)


def project(model: ReadModel, event: object, _meta: Meta, _app: ServiceApplication) -> None:
    if isinstance(event, Ledger.Opened):
        model.insert(balances, {"ledger": event.originator_id, "balance": 0})
    elif isinstance(event, Ledger.Booked):
        model.execute(
            balances.update()
            .where(balances.c.ledger == event.originator_id)
            .values(balance=balances.c.balance + event.amount)
        )


class LedgerApplication(ServiceApplication):
    name = "ledger"
    views = Views(view_tables, project)

    def open_ledger(self, unit: UnitOfWork, holder: UUID) -> dict[str, object]:
        ledger = Ledger.open(holder)
        unit.add(ledger)
        return {"id": str(ledger.id)}

    def book(self, unit: UnitOfWork, ledger_id: UUID, amount: int, remark: str = "sin nota") -> dict[str, object]:
        unit.get(Ledger, ledger_id).book(amount, remark)
        return {"id": str(ledger_id)}

    def new_ledger(self) -> UUID:
        """A stored empty ledger, for the given of a test."""
        done = self.transact(meta(), lambda unit: self.open_ledger(unit, uuid4()))
        return UUID(str(done.result["id"]))

    def balance(self, ledger_id: UUID) -> int:
        """The read model's balance."""
        with self.database.read() as connection:
            return connection.execute(sa.select(balances.c.balance).where(balances.c.ledger == ledger_id)).scalar_one()


def meta(on: date = date(2026, 10, 15)) -> Meta:
    return Meta(happened_on=on)


@contextmanager
def ledger_application(dialect: str, folder: Path) -> Iterator[LedgerApplication]:
    """The service over an empty database of its own."""
    with database_url(dialect, folder) as url:
        database = Database(url)
        master = MasterKey.create(folder / f"master-{uuid4().hex}.key")
        keys = KeyRing(f"sqlite:///{folder / f'keys-{uuid4().hex}.db'}", master, "ledger")
        keys.create_tables()
        create_store(database)
        with database.write() as connection:
            view_tables.create_all(connection)
        application = LedgerApplication(database, keys)
        try:
            yield application
        finally:
            database.close()
            keys.close()
