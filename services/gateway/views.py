"""Read models of the gateway: accounts and grants, made from its own events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.gateway.domain.account import Account
from services.gateway.domain.staff_member import StaffMember
from shared.editing.shelf import with_shelf
from shared.eventstore.metadata import Meta
from shared.eventstore.views import Views
from shared.privacy.blind_index import BlindIndex
from shared.privacy.sealing import open_sealed, place, seal
from shared.runtime.tokens import GrantInForce

if TYPE_CHECKING:
    from shared.eventstore.application import ServiceApplication

metadata = sa.MetaData()

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("account_id", sa.Uuid, primary_key=True),
    sa.Column("person", sa.Uuid, nullable=False, index=True),
    sa.Column("login_index", sa.String(64), nullable=False, unique=True),
    sa.Column("login", sa.Text, nullable=False, comment="sealed"),
    sa.Column("display_name", sa.Text, nullable=False, comment="sealed"),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

staff = sa.Table(
    "staff",
    metadata,
    sa.Column("person", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("grant_id", sa.Uuid, primary_key=True),
    sa.Column("person", sa.Uuid, nullable=False, index=True),
    sa.Column("role", sa.String(40), nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("programme", sa.Text, nullable=False),
    sa.Column("contract", sa.Text),
    sa.Column("starts", sa.Date, nullable=False),
    sa.Column("ends", sa.Date),
    sa.Column("ended_on", sa.Date),
)


def project(connection: Connection, event: Any, _meta: Meta, application: ServiceApplication) -> None:
    """Apply one event of the gateway's own log."""
    match event:
        case Account.AccountCreated():
            sealed = {
                name: seal(application.keys, getattr(event, name), _place(event.originator_id, name))
                for name in ("login", "display_name")
            }
            connection.execute(
                accounts.insert().values(
                    account_id=event.originator_id,
                    person=event.person,
                    login_index=login_index(application, str(event.login.value)),
                    disabled=False,
                    version=event.originator_version,
                    **sealed,
                )
            )
        case Account.Event():
            change = accounts.update().where(accounts.c.account_id == event.originator_id)
            disabled = {"disabled": True} if isinstance(event, Account.AccountDisabled) else {}
            connection.execute(change.values(version=event.originator_version, **disabled))
        case StaffMember.StaffMemberRegistered():
            connection.execute(staff.insert().values(person=event.originator_id, version=event.originator_version))
        case StaffMember.Event():
            _project_grant(connection, event)
            change = staff.update().where(staff.c.person == event.originator_id)
            connection.execute(change.values(version=event.originator_version))


def _project_grant(connection: Connection, event: Any) -> None:
    if isinstance(event, StaffMember.RoleGranted):
        names = ("grant_id", "role", "organisation", "programme", "contract", "starts", "ends")
        row = {name: getattr(event, name) for name in names}
        connection.execute(grants.insert().values(person=event.originator_id, **row))
    elif isinstance(event, StaffMember.RoleEnded):
        change = grants.update().where(grants.c.grant_id == event.grant_id)
        connection.execute(change.values(ended_on=event.ended_on))


VIEWS = with_shelf(Views(metadata, project))


def normal_login(login: str) -> str:
    """The form in which two spellings of a login are the same."""
    return login.strip().casefold()


def login_index(application: ServiceApplication, login: str) -> str:
    """The blind index under which a login is found."""
    return BlindIndex(application.keys.service_key("blind-index")).of("login", normal_login(login))


def account_by_login(connection: Connection, index: str) -> Any:
    """The account's row (id, person, disabled), or None."""
    return connection.execute(sa.select(accounts).where(accounts.c.login_index == index)).first()


def grants_in_force(connection: Connection, person: UUID, on: date) -> tuple[GrantInForce, ...]:
    """What the person may act under on that day; an ended grant is not among them from the moment it ended."""
    query = (
        sa.select(grants)
        .where(
            grants.c.person == person,
            grants.c.ended_on.is_(None),
            grants.c.starts <= on,
            sa.or_(grants.c.ends.is_(None), grants.c.ends >= on),
        )
        .order_by(grants.c.starts, grants.c.grant_id)
    )
    return tuple(
        GrantInForce(str(row.grant_id), row.role, row.organisation, row.programme, row.contract)
        for row in connection.execute(query)
    )


def open_grants(connection: Connection, person: UUID) -> list[Any]:
    """The person's grants that nobody has ended."""
    query = sa.select(grants).where(grants.c.person == person, grants.c.ended_on.is_(None))
    return list(connection.execute(query.order_by(grants.c.starts, grants.c.grant_id)))


def names_of(connection: Connection, application: ServiceApplication, people: Iterable[UUID]) -> dict[UUID, str | None]:
    """Display names of staff by person; None once erased. People without account are left out."""
    query = sa.select(accounts).where(accounts.c.person.in_(list(people))).order_by(accounts.c.account_id)
    return {
        row.person: open_sealed(application.keys, row.display_name, _place(row.account_id, "display_name")).value
        for row in connection.execute(query)
    }


def staff_names(connection: Connection, application: ServiceApplication) -> dict[UUID, str]:
    """Display names of everybody who has an account that may log in."""
    people = connection.scalars(sa.select(accounts.c.person).where(accounts.c.disabled.is_(False)).distinct()).all()
    return {person: name for person, name in names_of(connection, application, people).items() if name}


def all_accounts(connection: Connection, application: ServiceApplication) -> list[dict[str, Any]]:
    """Every account with its holder's grants, for the administrator."""
    held: dict[UUID, list[dict[str, Any]]] = {}
    for row in connection.execute(sa.select(grants).order_by(grants.c.starts, grants.c.grant_id)).mappings():
        held.setdefault(row["person"], []).append({name: _plain(row[name]) for name in row if name != "person"})
    versions = {row.person: row.version for row in connection.execute(sa.select(staff))}
    found = []
    for account in connection.execute(sa.select(accounts).order_by(accounts.c.account_id)):
        opened = {
            name: open_sealed(application.keys, getattr(account, name), _place(account.account_id, name)).value
            for name in ("login", "display_name")
        }
        found.append(
            {
                "id": str(account.account_id),
                "version": account.version,
                "person": str(account.person),
                "person_version": versions.get(account.person),
                "disabled": account.disabled,
                "grants": held.get(account.person, []),
                **opened,
            }
        )
    return sorted(found, key=lambda one: str(one["display_name"]).casefold())


def _place(account_id: UUID, column: str) -> bytes:
    return place("gateway.accounts", account_id, column)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
