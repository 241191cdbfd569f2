"""Settings that may be secret: each variable has a twin that names a file, ``NAME_FILE`` beside ``NAME``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit


class ConfigurationError(Exception):
    """A variable is missing or wrong. Its text is Spanish, names the variable and never shows a secret."""


def setting(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The value of the variable ``name``, else what the file says that ``name_FILE`` names, else nothing ("").

    Raises `ConfigurationError` for a file that cannot be read.
    """
    if value := environ.get(name, "").strip():
        return value
    if not (path := environ.get(f"{name}_FILE", "").strip()):
        return ""
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"No se puede leer el archivo «{path}» que nombra {name}_FILE ({type(error).__name__})."
        ) from error


def address(name: str, password: str, environ: Mapping[str, str] = os.environ) -> str:
    """The address in the variable ``name``, with the secret in ``password`` (a variable's name, too) if it has none.

    Raises `ConfigurationError` when there is no address.
    """
    url = setting(name, environ)
    if not url:
        raise ConfigurationError(f"Falta la variable {name}. Defínala y vuelva a iniciar el servicio.")
    parts = urlsplit(url)
    if parts.username is None or parts.password is not None or not (secret := setting(password, environ)):
        return url
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(secret, safe='')}@{place}"))
