"""The people who do the work in a demonstration: one account a natural person, with the roles that its duties need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from shared.cli.api import Api
from shared.cli.exits import CommandError, Exit

ORGANISATION = "IPES"
PROGRAMME = "PR-156"


@dataclass(frozen=True)
class Duty:
    """An account of the demonstration. ``same_as`` names the account of the same natural person, if there is one;
    ``contract`` the contract that the person works under."""

    name: str
    display_name: str
    roles: tuple[str, ...]
    same_as: str | None = None
    contract: str | None = None


OFFICE = (
    Duty("coordinadora", "Hermelinda Zabquiroga", ("coordinator",)),
    Duty("subdirectora", "Eudoxia Farragüíl", ("subdirector",)),
    Duty("profesional", "Policarpo Ñustalbañez", ("caseworker",)),
    Duty("colega", "Teodosia Quermolinares", ("caseworker",)),
    Duty("psicosocial", "Obdulia Vigmontaña", ("psychosocial",)),
    # A second account of the same person: separation of duties looks at the person.
    Duty("psicosocial-dos", "Obdulia Vigmontaña (segunda cuenta)", ("psychosocial",), same_as="psicosocial"),
    Duty("validadora", "Anatolia Brampedraza", ("psychosocial",)),
    Duty("formacion", "Crisanto Torquebrada", ("training_officer",)),
    Duty("asesora", "Rosaura Guazpinilla", ("business_adviser",)),
    Duty("supervision", "Genoveva Xamarbeláez", ("contract_supervisor",)),
    Duty("registro", "Abelardo Churmendieta", ("warehouse_registrar",)),
    Duty("almacen", "Domitila Querestupiñán", ("warehouse_keeper",)),
    # Holds both roles, so that it is the separation of duties, not the role, that refuses.
    Duty("doble", "Saturnino Zabalcárcamo", ("caseworker", "warehouse_keeper")),
    Duty("control", "Nepomuceno Guazedón", ("stock_controller",)),
    Duty("informes", "Clodovea Torqinzón", ("report_author",)),
    Duty("dependencia", "Leovigilda Chiquebrachó", ("receiving_office",)),
    Duty("datos", "Melquisedec Zarparrondo", ("privacy_officer",)),
    Duty("plataforma", "Eulogio Vigcastiblanco", ("operations",)),
    Duty("auditora", "Ildefonsa Torqvillate", ("auditor",)),
)
OPERATORS = (
    Duty("operador", "Fulgencio Bramarrieta", ("operator_staff",), contract="main"),
    Duty("otro-operador", "Casimira Yarquiñones", ("operator_staff",), contract="other"),
)


class Staff:
    """Logged-in clients by the name of the duty, and the ids of the people behind them."""

    def __init__(self, url: str, seed: int, *, timeout: float = 60.0) -> None:
        self._url = url
        self._seed = seed
        self._timeout = timeout
        self._clients: dict[str, Api] = {}
        self._people: dict[str, str] = {}

    def __getitem__(self, name: str) -> Api:
        return self._clients[name]

    def person(self, name: str) -> str:
        """The id of the natural person behind an account."""
        return self._people[name]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def install(self, administrator: Api, duties: Iterable[Duty], contracts: Mapping[str, str] | None = None) -> None:
        """Make the accounts and grants that are missing, as administrator, and log in to each."""
        known = {account["login"]: account for account in administrator.pages("/api/accounts")}
        for duty in duties:
            login = f"demo-{self._seed}-{duty.name}"
            account = known.get(login)
            if account is None:
                password = self._create(administrator, duty, login)
            else:
                if account["disabled"]:
                    raise CommandError(f"La cuenta «{login}» está desactivada.", Exit.REFUSED, "ACCOUNT_DISABLED")
                self._people[duty.name] = account["person"]
                # Nobody keeps a password of an earlier run: the administrator gives out a new one.
                made = administrator.act(f"/api/accounts/{account['id']}/reset-password", key=uuid4())
                password = made["password"]
            held = {grant["role"] for grant in (account or {}).get("grants", ()) if grant["ended_on"] is None}
            self._grant(administrator, duty, held, contracts or {})
            self._clients[duty.name] = Api(self._url, timeout=self._timeout).log_in(login, password)

    def _create(self, administrator: Api, duty: Duty, login: str) -> str:
        body: dict[str, Any] = {"login": login, "display_name": duty.display_name}
        if duty.same_as is not None:
            body["person"] = self._people[duty.same_as]
        made = administrator.act("/api/accounts/create-account", body, key=uuid4())
        self._people[duty.name] = made["person"]
        return str(made["password"])

    def _grant(self, administrator: Api, duty: Duty, held: set[str], contracts: Mapping[str, str]) -> None:
        for role in duty.roles:
            if role in held or duty.same_as is not None:
                continue
            grant = {"role": role, "organisation": ORGANISATION, "programme": PROGRAMME}
            if duty.contract is not None:
                grant["contract"] = contracts[duty.contract]
            administrator.act(f"/api/staff-members/{self._people[duty.name]}/grant-role", grant, key=uuid4())


def display_name(name: str) -> str:
    """The name of the person behind an account."""
    return next(duty.display_name for duty in (*OFFICE, *OPERATORS) if duty.name == name)


def names_of_staff() -> list[str]:
    """Every name that the demonstration gives to staff."""
    return [duty.display_name for duty in (*OFFICE, *OPERATORS) if duty.same_as is None]
