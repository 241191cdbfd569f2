"""The settings that each process declares, so that what deploys it is compared with them."""

from __future__ import annotations

from docs.generate import variables
from services.gateway.hosting import serve
from services.gateway.institution.settings import InstitutionSettings
from services.gateway.rate_limit import Limits
from services.gateway.webhooks.settings import WebhookSettings
from shared.runtime.config import ServiceConfig

NOT_GIVEN = {"IMPULSO_CREATE_TABLES", "IMPULSO_SHRED_LIST", "IMPULSO_FORMER_MASTER_KEY_FILE"}
"""Set by no deployment: the tables are made by `impulso migrate`, as their owner; the list of what was destroyed lies
in the volume of the files; a former master key is there while keys are rotated, and given by who does that."""
GATEWAY = (serve, InstitutionSettings, WebhookSettings, Limits)


def declared(process: str) -> set[str]:
    """Names of the variables that ``process`` (a service or ``gateway``) reads; ``…_FILE`` for what is secret."""
    found = _names(ServiceConfig) | {"IMPULSO_LOG_LEVEL"}
    if process != "reporting":
        own = ("IMPULSO_HEMI", "IMPULSO_WITNESS_KEY")
        found = {name for name in found if not name.startswith(own)}
    if process == "gateway":
        for each in GATEWAY:
            found |= _names(each)
        # It holds the other half, which stands in the page under the name of the key itself.
        found -= {"IMPULSO_TOKEN_KEYS_FILE", "IMPULSO_SIGNING_KEY", "IMPULSO_ADMIN_PASSWORD"}
        found |= {"IMPULSO_SIGNING_KEY_FILE", "IMPULSO_ADMIN_PASSWORD_FILE"}
    return found - NOT_GIVEN


def _names(settings: object) -> set[str]:
    return {name.strip("`") for name, _meaning in variables(settings.__doc__)}
