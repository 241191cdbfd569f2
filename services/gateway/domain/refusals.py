"""What the gateway refuses about accounts and grants."""

from __future__ import annotations

from shared.catalogue.refusals import Refusal


class LoginTaken(Refusal):
    code = "LOGIN_TAKEN"
    message = "Ya existe una cuenta con ese usuario. Elija otro usuario."


class AccountDisabled(Refusal):
    code = "ACCOUNT_DISABLED"
    message = "La cuenta está desactivada. Cree una cuenta nueva si la persona vuelve."


class GrantNotFound(Refusal):
    code = "GRANT_NOT_FOUND"
    status = 404
    message = "Esta persona no tiene ese permiso. Verifique el identificador del permiso."


class GrantEnded(Refusal):
    code = "GRANT_ENDED"
    message = "Ese permiso ya terminó."


class ContractRequired(Refusal):
    code = "CONTRACT_REQUIRED"
    status = 422
    message = "El rol «{role}» necesita el contrato u orden al que se limita. Indique el contrato."


class PeriodInvalid(Refusal):
    code = "FIELD_INVALID"
    status = 422
    message = "La fecha final no puede ser anterior a la inicial. Revise las fechas."


class AlreadyInstalled(Refusal):
    code = "ALREADY_INSTALLED"
    message = "El sistema ya tiene administrador. Pida a esa persona que cree la cuenta."
