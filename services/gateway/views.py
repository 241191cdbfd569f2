"""Read models of the gateway: accounts and grants, made from its own events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.gateway.domain.account import Account
from services.gateway.domain.service_token import ServiceToken
from services.gateway.domain.staff_member import StaffMember
from services.gateway.domain.webhook import Webhook
from shared.editing.shelf import with_shelf
from shared.eventstore.metadata import Meta
from shared.eventstore.read_model import ReadModel
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
    sa.Column("institutional", sa.Boolean, nullable=False, comment="may enter with the institution's account"),
    sa.Column("identity_index", sa.String(64), unique=True, comment="which identity of the provider enters"),
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

service_tokens = sa.Table(
    "service_tokens",
    metadata,
    sa.Column("token_id", sa.Uuid, primary_key=True),
    sa.Column("person", sa.Uuid, nullable=False, index=True),
    sa.Column("system", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False, comment="JSON list"),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("expires_on", sa.Date, nullable=False, comment="last day"),
    sa.Column("revoked_on", sa.Date),
    sa.Column("version", sa.Integer, nullable=False),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("webhook_id", sa.Uuid, primary_key=True),
    sa.Column("person", sa.Uuid, nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("services", sa.Text, nullable=False, comment="JSON list"),
    sa.Column("types", sa.Text, nullable=False, comment="JSON list; empty: all"),
    sa.Column("from_start", sa.Boolean, nullable=False),
    sa.Column("registered_on", sa.Date, nullable=False),
    sa.Column("paused_on", sa.Date),
    sa.Column("cause", sa.String(20), comment="why it is paused"),
    sa.Column("removed_on", sa.Date),
    sa.Column("version", sa.Integer, nullable=False),
)


def project(model: ReadModel, event: Any, _meta: Meta, application: ServiceApplication) -> None:
    """Apply one event of the gateway's own log."""
    match event:
        case Account.AccountCreated():
            sealed = {
                name: seal(application.keys, getattr(event, name), _place(event.originator_id, name))
                for name in ("login", "display_name")
            }
            model.insert(
                accounts,
                {
                    "account_id": event.originator_id,
                    "person": event.person,
                    "login_index": login_index(application, str(event.login.value)),
                    "disabled": False,
                    "institutional": False,
                    "version": event.originator_version,
                    **sealed,
                },
            )
        case Account.Event():
            change = {"version": event.originator_version, **_changed(event, application)}
            model.update(accounts, event.originator_id, change)
        case Webhook.Event():
            _project_webhook(model, event)
        case ServiceToken.Event():
            _project_token(model, event)
        case StaffMember.StaffMemberRegistered():
            model.insert(staff, {"person": event.originator_id, "version": event.originator_version})
        case StaffMember.Event():
            _project_grant(model, event)
            model.update(staff, event.originator_id, {"version": event.originator_version})


def _changed(event: Account.Event, application: ServiceApplication) -> dict[str, Any]:
    """The columns of the account that the event changes."""
    match event:
        case Account.AccountDisabled():
            return {"disabled": True}
        case Account.InstitutionalLoginAllowed():
            return {"institutional": True}
        case Account.AccountLinked() if not event.subject.erased:
            return {"identity_index": identity_index(application, event.issuer, str(event.subject.value))}
        case Account.InstitutionalLoginEnded():
            return {"institutional": False, "identity_index": None}
    return {}


def _project_grant(model: ReadModel, event: Any) -> None:
    if isinstance(event, StaffMember.RoleGranted):
        names = ("grant_id", "role", "organisation", "programme", "contract", "starts", "ends")
        row = {name: getattr(event, name) for name in names}
        model.insert(grants, {"person": event.originator_id, **row})
    elif isinstance(event, StaffMember.RoleEnded):
        model.update(grants, event.grant_id, {"ended_on": event.ended_on})


def _project_token(model: ReadModel, event: ServiceToken.Event) -> None:
    row: dict[str, Any] = {"version": event.originator_version}
    match event:
        case ServiceToken.ServiceTokenIssued():
            names = ("person", "system", "issued_on", "expires_on")
            row |= {name: getattr(event, name) for name in names}
            row |= {"token_id": event.originator_id, "scopes": json.dumps(event.scopes)}
            model.insert(service_tokens, row)
            return
        case ServiceToken.ServiceTokenRotated():
            row["expires_on"] = event.expires_on
        case ServiceToken.ServiceTokenRevoked():
            row["revoked_on"] = event.revoked_on
    model.update(service_tokens, event.originator_id, row)


def _project_webhook(model: ReadModel, event: Webhook.Event) -> None:
    row: dict[str, Any] = {"version": event.originator_version}
    match event:
        case Webhook.WebhookRegistered():
            names = ("person", "url", "from_start", "registered_on")
            row |= {name: getattr(event, name) for name in names}
            row |= {"services": json.dumps(event.services), "types": json.dumps(event.types)}
            model.insert(webhooks, {"webhook_id": event.originator_id, **row})
            return
        case Webhook.WebhookPaused():
            row |= {"paused_on": event.paused_on, "cause": event.cause}
        case Webhook.WebhookResumed():
            row |= {"paused_on": None, "cause": None}
        case Webhook.WebhookRemoved():
            row["removed_on"] = event.removed_on
    model.update(webhooks, event.originator_id, row)


def _opened(application: ServiceApplication, table: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    if table != accounts.name:
        return row
    place_of = {name: _place(row["account_id"], name) for name in ("login", "display_name")}
    return {**row, **{name: open_sealed(application.keys, row[name], at).value for name, at in place_of.items()}}


VIEWS = with_shelf(Views(metadata, project, opened=_opened))


def normal_login(login: str) -> str:
    """The form in which two spellings of a login are the same."""
    return login.strip().casefold()


def login_index(application: ServiceApplication, login: str) -> str:
    """The blind index under which a login is found."""
    return BlindIndex(application.keys.service_key("blind-index")).of("login", normal_login(login))


def identity_index(application: ServiceApplication, issuer: str, subject: str) -> str:
    """The blind index of an identity of a provider. ``subject`` is compared to the letter (OpenID Connect Core 2)."""
    return BlindIndex(application.keys.service_key("blind-index")).of("identity", issuer, subject)


def account_by_identity(connection: Connection, index: str) -> Any:
    """The account's row that this identity opens, or None."""
    return connection.execute(sa.select(accounts).where(accounts.c.identity_index == index)).first()


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
                "institutional": _institutional(account),
                "grants": held.get(account.person, []),
                **opened,
            }
        )
    return sorted(found, key=lambda one: str(one["display_name"]).casefold())


def _institutional(account: Any) -> str:
    """``none``, ``allowed`` (nobody has entered yet) or ``linked``."""
    if not account.institutional:
        return "none"
    return "allowed" if account.identity_index is None else "linked"


def _place(account_id: UUID, column: str) -> bytes:
    return place("gateway.accounts", account_id, column)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
