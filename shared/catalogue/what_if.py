"""Entry criteria as they would be under another version, whatever its dates (CAT-09)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from shared.catalogue.artefact import Dated
from shared.catalogue.criteria import CriteriaSet
from shared.catalogue.parameters import Parameter
from shared.catalogue.refusals import CatalogueNotEffective
from shared.catalogue.types import Outcome


@dataclass(frozen=True)
class Change:
    """A criterion that comes out otherwise."""

    criterion: str
    before: str
    after: str
    reason: str


class _Instead:
    """The parameters, with one version in the place of whichever is in force."""

    def __init__(self, others: Dated[Parameter], instead: Parameter) -> None:
        self._others, self._instead = others, instead

    def on(self, code: str, on: date) -> Parameter:
        return self._instead if code == self._instead.code else self._others.on(code, on)


def under(current: CriteriaSet, version: CriteriaSet | Parameter) -> CriteriaSet:
    """``current`` with ``version`` in its place, or in that of the parameter it is.

    Raises `CatalogueNotEffective` if the criteria do not use that parameter or are of another code.
    """
    if isinstance(version, CriteriaSet):
        if version.code != current.code:
            raise CatalogueNotEffective(artefact=version.code, version=version.version, date="(otro código)")
        return version
    if version.code not in current.parameters.values():
        raise CatalogueNotEffective(artefact=version.code, version=version.version, date=f"(no lo usa {current.code})")
    instead: Any = _Instead(current._parameters, version)
    return replace(current, _parameters=cast("Dated[Parameter]", instead), _settings={})


def changes(before: Mapping[str, Outcome], after: Mapping[str, Outcome]) -> list[Change]:
    """The criteria that come out otherwise, those of one side alone included; the reason is that of ``after``."""
    found = []
    for code in dict.fromkeys((*before, *after)):
        was = before[code].outcome if code in before else "absent"
        now = after[code].outcome if code in after else "absent"
        if was != now:
            found.append(Change(code, was, now, after[code].reason if code in after else ""))
    return found
