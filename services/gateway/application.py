"""The gateway's own use cases: accounts and grants."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.gateway.credentials import Credentials
from services.gateway.domain.account import Account
from services.gateway.domain.catalogue_version import CatalogueCopy
from services.gateway.domain.key_destruction import KeyDestruction
from services.gateway.domain.refusals import (
    AlreadyInstalled,
    EventTypeUnknown,
    IdentityTaken,
    InstitutionNotConfigured,
    IntegratorRequired,
    LoginTaken,
    WebhookUrlInvalid,
)
from services.gateway.domain.service_token import ServiceToken
from services.gateway.domain.staff_member import StaffMember
from services.gateway.domain.webhook import Webhook
from services.gateway.drafts import Drafts
from services.gateway.service_tokens import ROLE as INTEGRATOR
from services.gateway.service_tokens import ServiceTokens
from services.gateway.views import VIEWS, identity_index, login_index, normal_login
from services.gateway.webhooks.addresses import is_lawful
from services.gateway.webhooks.outbox import Outbox
from services.gateway.webhooks.signing import WebhookSecrets
from shared.casework.destroying import DestroyingActs
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.contracts import all_contracts
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Kind, Personal, assign
from shared.runtime.clock import today

LOGIN = "login"
IDENTITY = "identity"
OVERLAP_HOURS = 24
"""How long a service token's former secret serves when nobody says otherwise."""


class GatewayApplication(DestroyingActs):
    """Who may log in, and what each person's grants give."""

    name = "gateway"
    views = VIEWS
    copy_class = CatalogueCopy
    destruction_class = KeyDestruction
    private_webhooks = False
    """Whether webhooks may go to http and to private addresses (see `WebhookSettings`)."""
    issuer = ""
    """The identity provider of this installation (see `InstitutionSettings`); empty: there is none."""

    def create_account(
        self, uow: UnitOfWork, act: Act, *, login: Personal, display_name: Personal, person: UUID | None
    ) -> dict[str, Any]:
        """A log-in for ``person``, or for a person new to the system. Raises `LoginTaken`, `NotFound`."""
        if person is not None and uow.find(StaffMember, person) is None:
            raise NotFound(what="la persona", field="person")
        account = self._create(uow, act.today, login, display_name, person)
        return {"id": str(account.id), "person": str(account.person)}

    def reset_password(self, uow: UnitOfWork, act: Act, account_id: UUID) -> dict[str, Any]:
        """The old password opens nothing from this commit on. Raises `AccountDisabled`."""
        account = uow.get(Account, account_id)
        account.reset_password(act.today)
        uow.write(lambda connection: Credentials.forget(connection, account_id))
        return {"id": str(account_id), "person": str(account.person)}

    def disable_account(self, uow: UnitOfWork, act: Act, account_id: UUID, *, reason: str) -> dict[str, Any]:
        """No log-in from this commit on. Raises `AccountDisabled`."""
        account = uow.get(Account, account_id)
        account.disable(act.today, reason)
        uow.write(lambda connection: Credentials.forget(connection, account_id))
        return {"id": str(account_id), "person": str(account.person)}

    def allow_institutional_login(
        self, uow: UnitOfWork, act: Act, account_id: UUID, *, identity: Personal | None
    ) -> dict[str, Any]:
        """The person may enter with the institution's account: ``identity``, else the one of the same login that comes
        first. Raises `InstitutionNotConfigured`, `InstitutionalLoginAlready`, `IdentityTaken`, `AccountDisabled`."""
        if not self.issuer:
            raise InstitutionNotConfigured
        account = uow.get(Account, account_id)
        account.allow_institutional_login(act.today)
        if identity is not None:
            self._link(uow, account, str(identity.value), act.today)
        return {"id": str(account_id), "person": str(account.person)}

    def end_institutional_login(self, uow: UnitOfWork, act: Act, account_id: UUID, *, reason: str) -> dict[str, Any]:
        """Only the password opens the account from this commit on. Raises `InstitutionalLoginNone`."""
        account = uow.get(Account, account_id)
        link = account.link
        account.end_institutional_login(act.today, reason)
        if link is not None and not link[1].erased:
            uow.release(IDENTITY, identity_index(self, link[0], str(link[1].value)), account.id)
        return {"id": str(account_id), "person": str(account.person)}

    def link_at_first_login(self, account_id: UUID, identity: str) -> None:
        """Tie an account that waits for it to the identity that entered (channel system). Raises like
        `Account.link_to`, and `IdentityTaken`."""
        on = today()

        def decide(uow: UnitOfWork) -> dict[str, Any]:
            self._link(uow, uow.get(Account, account_id), identity, on)
            return {"id": str(account_id)}

        self.transact(Meta(happened_on=on, channel="system", command="LinkAccount"), decide)

    def grant_role(
        self,
        uow: UnitOfWork,
        act: Act,
        person: UUID,
        *,
        role: str,
        organisation: str,
        programme: str,
        contract: str | None,
        starts: date | None,
        ends: date | None,
    ) -> dict[str, Any]:
        """Grant a role of the catalogue (SOD-7). Raises what `StaffMember.grant_role` raises."""
        grant_id = uow.get(StaffMember, person).grant_role(
            by=act.person,
            role=role,
            organisation=organisation,
            programme=programme,
            contract=contract,
            starts=starts or act.today,
            ends=ends,
            today=act.today,
        )
        uow.note("role_granted", subject=person, about=grant_id, code=role)
        return {"id": str(person), "grant": str(grant_id)}

    def end_role(self, uow: UnitOfWork, act: Act, person: UUID, *, grant: UUID, reason: str) -> dict[str, Any]:
        """End a grant at once (ROL-04)."""
        member = uow.get(StaffMember, person)
        member.end_role(by=act.person, grant_id=UUID(str(grant)), on=act.today, reason=reason)
        uow.note("role_ended", subject=person, about=grant)
        return {"id": str(person), "grant": str(grant)}

    def issue_service_token(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        person: UUID,
        system: str,
        scopes: list[str],
        expires_on: date,
    ) -> dict[str, Any]:
        """A token for an integrator. Raises `NotFound`, `IntegratorRequired`, `TokenPeriodInvalid`."""
        member = uow.find(StaffMember, UUID(str(person)))
        if member is None:
            raise NotFound(what="la persona", field="person")
        if not member.holds(INTEGRATOR, act.today):
            raise IntegratorRequired(field="person")
        token = ServiceToken.issue(person=member.id, system=system, scopes=scopes, on=act.today, expires_on=expires_on)
        uow.add(token)
        return {"id": str(token.id), "person": str(member.id)}

    def rotate_service_token(
        self, uow: UnitOfWork, act: Act, token_id: UUID, *, expires_on: date, overlap_hours: int | None
    ) -> dict[str, Any]:
        """A new secret, and a new last day. Raises `TokenRevoked`, `TokenPeriodInvalid`."""
        overlap = OVERLAP_HOURS if overlap_hours is None else overlap_hours
        uow.get(ServiceToken, token_id).rotate(act.today, expires_on, overlap)
        return {"id": str(token_id), "overlap_hours": overlap}

    def revoke_service_token(self, uow: UnitOfWork, act: Act, token_id: UUID, *, reason: str) -> dict[str, Any]:
        """It opens nothing from this commit on. Raises `TokenRevoked`."""
        uow.get(ServiceToken, token_id).revoke(act.today, reason)
        uow.write(lambda connection: ServiceTokens.forget(connection, token_id))
        return {"id": str(token_id)}

    def register_webhook(
        self,
        uow: UnitOfWork,
        act: Act,
        *,
        url: str,
        services: list[str],
        types: list[str] | None,
        from_start: bool | None,
        person: UUID | None,
    ) -> dict[str, Any]:
        """Deliveries to an integrator: to ``person``, whom an administrator names, else to who asks. Raises
        `WebhookUrlInvalid`, `EventTypeUnknown`, `IntegratorRequired`, `NotFound`."""
        if not is_lawful(url, private=self.private_webhooks):
            raise WebhookUrlInvalid(field="url")
        holder = UUID(str(person)) if person is not None and "administrator" in act.roles else act.person
        member = uow.find(StaffMember, holder)
        if member is None:
            raise NotFound(what="la persona", field="person")
        if not member.holds(INTEGRATOR, act.today):
            raise IntegratorRequired(field="person")
        if unknown := sorted(set(types or ()) - public_types()):
            raise EventTypeUnknown(field="types", type=unknown[0])
        webhook = Webhook.register(
            person=holder,
            url=url,
            services=services,
            types=types or [],
            from_start=bool(from_start),
            on=act.today,
        )
        uow.add(webhook)
        return {"id": str(webhook.id), "person": str(holder)}

    def rotate_webhook_secret(
        self, uow: UnitOfWork, act: Act, webhook_id: UUID, *, overlap_hours: int | None
    ) -> dict[str, Any]:
        """A new secret. Raises `WebhookRemoved`, `NotFound`."""
        overlap = OVERLAP_HOURS if overlap_hours is None else overlap_hours
        self._webhook(uow, act, webhook_id).rotate_secret(act.today, overlap)
        return {"id": str(webhook_id), "overlap_hours": overlap}

    def pause_webhook(self, uow: UnitOfWork, act: Act, webhook_id: UUID) -> dict[str, Any]:
        """Nothing is delivered from now on. Raises `WebhookPausedAlready`, `WebhookRemoved`, `NotFound`."""
        self._webhook(uow, act, webhook_id).pause(act.today, "person")
        return {"id": str(webhook_id)}

    def resume_webhook(self, uow: UnitOfWork, act: Act, webhook_id: UUID) -> dict[str, Any]:
        """Deliveries go on. Raises `WebhookRemoved`, `NotFound`."""
        self._webhook(uow, act, webhook_id).resume(act.today)
        uow.write(lambda connection: Outbox.hurry(connection, webhook_id))
        return {"id": str(webhook_id)}

    def remove_webhook(self, uow: UnitOfWork, act: Act, webhook_id: UUID, *, reason: str) -> dict[str, Any]:
        """Nothing is delivered any more. Raises `WebhookRemoved`, `NotFound`."""
        self._webhook(uow, act, webhook_id).remove(act.today, reason)
        uow.write(lambda connection: WebhookSecrets.forget(connection, webhook_id))
        return {"id": str(webhook_id)}

    def pause_for(self, webhook_id: UUID, cause: str) -> None:
        """The courier pauses a webhook (channel system). Raises like `Webhook.pause`."""
        on = today()

        def decide(uow: UnitOfWork) -> dict[str, Any]:
            uow.get(Webhook, webhook_id).pause(on, cause)
            return {"id": str(webhook_id)}

        self.transact(Meta(happened_on=on, channel="system", command="PauseWebhook"), decide)

    def forget(self, uow: UnitOfWork, subject: UUID, kind: Kind, case_id: UUID) -> None:
        """Besides: the drafts about the person. They could not be opened any more; now they are not there either."""
        super().forget(uow, subject, kind, case_id)
        uow.write(lambda connection: Drafts.drop_about(connection, subject))

    def install(self, login: str, display_name: str, organisation: str = "IPES") -> UUID:
        """Make the first administrator (SOD-7, channel system); returns the account.

        Raises `AlreadyInstalled`: one installation has one first administrator, also when two hosts start at once.
        """
        on = today()

        def decide(uow: UnitOfWork) -> dict[str, Any]:
            if uow.claimed("installation", "administrator") is not None:
                raise AlreadyInstalled
            account = self._create(uow, on, Personal(None, "i", login), Personal(None, "i", display_name), None)
            uow.claim("installation", "administrator", account.person)
            uow.get(StaffMember, account.person).grant_role(
                by=None,
                role="administrator",
                organisation=organisation,
                programme="*",
                contract=None,
                starts=on,
                ends=None,
                today=on,
            )
            return {"id": str(account.id)}

        meta = Meta(happened_on=on, channel="system", command="InstallAdministrator")
        return UUID(self.transact(meta, decide).result["id"])

    def _webhook(self, uow: UnitOfWork, act: Act, webhook_id: UUID) -> Webhook:
        webhook = uow.get(Webhook, webhook_id)
        # An integrator is not told that somebody else's exists.
        if webhook.person != act.person and "administrator" not in act.roles:
            raise NotFound(what="el registro solicitado", field="id")
        return webhook

    def _link(self, uow: UnitOfWork, account: Account, identity: str, on: date) -> None:
        index = identity_index(self, self.issuer, identity)
        if uow.claimed(IDENTITY, index) is not None:
            raise IdentityTaken(field="identity")
        account.link_to(self.issuer, Personal(account.person, "i", identity), on)
        uow.claim(IDENTITY, index, account.id)

    def _create(
        self, uow: UnitOfWork, on: date, login: Personal, display_name: Personal, person: UUID | None
    ) -> Account:
        written = normal_login(str(login.value))
        index = login_index(self, written)
        if uow.claimed(LOGIN, index) is not None:
            raise LoginTaken(field="login")
        subject = person or uuid4()
        account = Account.create(
            person=subject,
            login=Personal(subject, login.kind, written),
            display_name=assign(display_name, subject),
            on=on,
        )
        uow.claim(LOGIN, index, account.id)
        uow.add(account)
        if person is None:
            uow.add(StaffMember.register(subject, on))
        return account


def public_types() -> set[str]:
    """How the public events may be named: with their version, or without it for every version."""
    return {name for one in all_contracts() if one.public for name in (one.type, one.routing_key)}
