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


class InstitutionalLoginAlready(Refusal):
    code = "INSTITUTIONAL_LOGIN_ALREADY"
    message = "La cuenta ya tiene ingreso institucional. Termínelo primero si debe vincularse con otra identidad."


class InstitutionalLoginNone(Refusal):
    code = "INSTITUTIONAL_LOGIN_NONE"
    message = "La cuenta no tiene ingreso institucional. Permítalo primero."


class InstitutionNotConfigured(Refusal):
    code = "INSTITUTION_NOT_CONFIGURED"
    message = (
        "Esta instalación no tiene ingreso institucional. Pida a quien la opera que configure el proveedor "
        "(IMPULSO_OIDC_ISSUER)."
    )


class IdentityTaken(Refusal):
    code = "IDENTITY_TAKEN"
    message = "Esa identidad de la institución ya entra con otra cuenta. Termine primero ese ingreso institucional."


class TokenPeriodInvalid(Refusal):
    code = "TOKEN_PERIOD_INVALID"
    status = 422
    message = "El último día del token va de hoy a un año. Revise la fecha."


class TokenRevoked(Refusal):
    code = "TOKEN_REVOKED"
    message = "El token ya fue revocado. Emita uno nuevo si el sistema lo necesita."


class IntegratorRequired(Refusal):
    code = "INTEGRATOR_REQUIRED"
    message = "Un token se emite a quien tiene vigente el rol «Sistema integrado». Otórguelo primero."


class WebhookUrlInvalid(Refusal):
    code = "WEBHOOK_URL_INVALID"
    status = 422
    message = "La dirección debe ser https, con el nombre público de un servidor y sin usuario ni contraseña."


class WebhookPausedAlready(Refusal):
    code = "WEBHOOK_PAUSED"
    message = "Las entregas ya están detenidas. Reanúdelas cuando el receptor esté listo."


class WebhookRemoved(Refusal):
    code = "WEBHOOK_REMOVED"
    message = "El webhook ya fue retirado. Registre uno nuevo si el sistema lo necesita."


class EventTypeUnknown(Refusal):
    code = "EVENT_TYPE_UNKNOWN"
    status = 422
    message = "No hay un evento público «{type}». Vea los nombres en el contrato de integración."
