"""The gateway's own use cases: accounts and grants."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.gateway.credentials import Credentials
from services.gateway.domain.account import Account
from services.gateway.domain.catalogue_version import CatalogueCopy
from services.gateway.domain.refusals import AlreadyInstalled, LoginTaken
from services.gateway.domain.staff_member import StaffMember
from services.gateway.views import VIEWS, login_index, normal_login
from shared.catalogue.refusals import NotFound
from shared.catalogue.types import Act
from shared.eventstore.application import ServiceApplication
from shared.eventstore.metadata import Meta
from shared.eventstore.unit_of_work import UnitOfWork
from shared.privacy.personal import Personal, assign
from shared.runtime.clock import today

LOGIN = "login"


class GatewayApplication(ServiceApplication):
    """Who may log in, and what each person's grants give."""

    name = "gateway"
    views = VIEWS
    copy_class = CatalogueCopy

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
        return {"id": str(person), "grant": str(grant_id)}

    def end_role(self, uow: UnitOfWork, act: Act, person: UUID, *, grant: UUID, reason: str) -> dict[str, Any]:
        """End a grant at once (ROL-04)."""
        member = uow.get(StaffMember, person)
        member.end_role(by=act.person, grant_id=UUID(str(grant)), on=act.today, reason=reason)
        return {"id": str(person), "grant": str(grant)}

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
