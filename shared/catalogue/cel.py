"""CEL for the criteria: typed at load, three-valued when asked. The one module that knows the CEL library.

An unknown fact stays unbound. The library then answers an error "UNKNOWN: No value with name …", and ``&&``,
``||`` and ``?:`` absorb it as Kleene's logic does: that is CRI-1. Every other error is raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]

from shared.catalogue.age import completed_months, completed_years

_UNBOUND = re.compile(r'UNKNOWN: No value with name "\w+" found in Activation')
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")

TYPES = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "text": cel.Type.STRING,
    "date": cel.Type.TIMESTAMP,
    "list": cel.Type.List(cel.Type.STRING),
}

Bound = bool | int | str | datetime | list[str]


class ExpressionError(Exception):
    """An expression that does not compile, or that fails on known facts."""


class Expression:
    """A compiled condition. `ask` it with the facts bound by the environment that compiled it."""

    __slots__ = ("_compiled", "source")

    def __init__(self, source: str, compiled: Any) -> None:
        self.source = source
        self._compiled = compiled

    def ask(self, bound: Any) -> bool | None:
        """True, False, or None when the known facts do not decide; raises `ExpressionError` otherwise."""
        answer = self._compiled.eval(bound).value()
        if answer is True or answer is False:
            return answer
        if isinstance(answer, str) and _UNBOUND.fullmatch(answer):
            return None
        raise ExpressionError(f"«{self.source}» falló: {answer}")

    def names(self) -> frozenset[str]:
        """The names it mentions: facts, parameters and functions."""
        return frozenset(_NAME.findall(_STRING.sub("''", self.source)))


class Environment:
    """Variables by name and type (a key of `TYPES`), with ``edad(birth, as_of)`` and ``meses(start, as_of)``."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._env = cel.NewEnv(
            variables={name: TYPES[kind] for name, kind in variables.items()},
            functions=[
                _between_dates("edad", completed_years),
                _between_dates("meses", completed_months),
            ],
        )

    def compile(self, source: str) -> Expression:
        """Compile a condition; `ExpressionError` if it names something unknown or is no yes-or-no question."""
        try:
            compiled = self._env.compile(source)
        except RuntimeError as error:
            raise ExpressionError(f"«{source}» no compila: {error}") from error
        if compiled.return_type() != cel.Type.BOOL:
            raise ExpressionError(f"«{source}» no da sí o no, da {compiled.return_type().name()}")
        return Expression(source, compiled)

    def bind(self, values: Mapping[str, Bound]) -> Any:
        """Values for several expressions; conversion is paid once."""
        return self._env.Activation(values)


def moment(day: date) -> datetime:
    """A date as CEL's timestamp: midnight UTC, so that a date never shifts with a time zone."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _between_dates(name: str, impl: Any) -> cel.FunctionDecl:
    dates = [cel.Type.TIMESTAMP, cel.Type.TIMESTAMP]
    return cel.FunctionDecl(name, [cel.Overload(f"{name}_dates", cel.Type.INT, dates, False, impl)])


def names_in(sources: Iterable[Expression]) -> frozenset[str]:
    return frozenset().union(*(each.names() for each in sources))
