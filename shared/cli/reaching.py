"""Commands that ask a system: how one names the system and who one is, alike in all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, get_type_hints

from shared.cli.api import Api
from shared.cli.output import Data, Password, Url, User, guarded

Opened = Callable[[Any, str | None, str | None, str | None], AbstractContextManager[Api]]
WHERE = {"data": Data, "url": Url, "user": User, "password": Password}
"""The options that name the system and who asks it."""
LAST = "as_json"
"""They stand before this one in the help."""


def reaching(opened: Opened) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a command of a function whose first parameter is a logged-in client.

    The command has the options of `WHERE` in its place, and the client is there until it returns. Of a group's own
    command nothing runs when one of the group is called. ``opened``: `system.operating` or `system.administering`.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @guarded
        @wraps(function)
        def command(**given: Any) -> None:
            where = [given.pop(name) for name in WHERE]
            # Of a group's command, which one of the group is called.
            if getattr(given.get("context"), "invoked_subcommand", None) is not None:
                return
            with opened(*where) as api:
                function(api, **given)

        hints = get_type_hints(function, include_extras=True)
        _client, *own = inspect.signature(function).parameters.values()
        own = [each.replace(annotation=hints[each.name]) for each in own]
        options = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in WHERE.items()
        ]
        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
        at = next((n for n, each in enumerate(parameters) if each.name == LAST), len(parameters))
        parameters[at:at] = options
        command.__signature__ = inspect.Signature(parameters, return_annotation=None)  # type: ignore[attr-defined]
        command.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": None}
        return command

    return decorate
