"""Strict reading of the catalogue's YAML: every error names the file and the place in it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from shared.catalogue.errors import CatalogueError


class _Loader(yaml.CSafeLoader):
    """YAML 1.2 scalars: ``yes``, ``no``, ``on`` and ``01`` are text, and a repeated key is an error.

    With YAML 1.1 an option ``no: No`` would silently become the boolean False and version 01 the number 1.
    """


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("timestamp", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    loaded: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in loaded:
            raise yaml.constructor.ConstructorError(None, None, f"clave repetida: {key}", key_node.start_mark)
        loaded[key] = loader.construct_object(value_node, deep=True)
    return loaded


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


class Node:
    """A mapping of a catalogue file that is read key by key; `done` refuses the keys that nobody read."""

    def __init__(self, value: Any, file: str, place: str = "") -> None:
        self.file = file
        self.place = place
        if not isinstance(value, dict):
            raise self.error("debe ser un mapa de claves y valores")
        self.value: dict[str, Any] = value
        self._read: set[str] = set()

    def error(self, problem: str, key: str = "", code: str = "CATALOGUE_INVALID") -> CatalogueError:
        return CatalogueError(code, self.file, self._at(key), problem)

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place and key else self.place or key

    def _get(self, key: str, kinds: tuple[type, ...], kind: str, default: Any, required: bool) -> Any:
        self._read.add(key)
        value = self.value.get(key)
        if value is None:
            if required:
                raise self.error("falta esta clave", key)
            return default
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.error(f"debe ser {kind}, no {value!r}", key)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty text; without ``default`` it is required."""
        value: str = self._get(key, (str,), "texto (entre comillas si parece número)", default, default is None)
        if default is None and not value.strip():
            raise self.error("no puede estar vacío", key)
        return value

    def maybe_text(self, key: str) -> str | None:
        value: str | None = self._get(key, (str,), "texto", None, False)
        return value

    def identifier(self, key: str, default: str | None = None) -> str:
        value = self.text(key, default)
        if value != default and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
            raise self.error(f"{value!r} no sirve de nombre: use letras sin tilde, dígitos y guion bajo", key)
        return value

    def integer(self, key: str, default: int | None = None) -> int:
        value: int = self._get(key, (int,), "un número entero", default, default is None)
        return value

    def maybe_integer(self, key: str) -> int | None:
        value: int | None = self._get(key, (int,), "un número entero", None, False)
        return value

    def maybe_number(self, key: str) -> int | float | None:
        value: int | float | None = self._get(key, (int, float), "un número", None, False)
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value: bool = self._get(key, (bool,), "true o false", default, False)
        return value

    def day(self, key: str) -> date:
        value: date = self._get(key, (date,), "una fecha AAAA-MM-DD", None, True)
        return value

    def maybe_day(self, key: str) -> date | None:
        value: date | None = self._get(key, (date,), "una fecha AAAA-MM-DD", None, False)
        return value

    def anything(self, key: str) -> Any:
        self._read.add(key)
        return self.value.get(key)

    def texts(self, key: str, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        values = self._get(key, (list,), "una lista de textos", [], required)
        for value in values:
            if not isinstance(value, str):
                raise self.error(f"debe ser una lista de textos, y trae {value!r}", key)
        return tuple(values)

    def integers(self, key: str) -> tuple[int, ...]:
        values = self._get(key, (list,), "una lista de números enteros", [], False)
        for value in values:
            if not isinstance(value, int) or isinstance(value, bool):
                raise self.error(f"debe ser una lista de números enteros, y trae {value!r}", key)
        return tuple(values)

    def labels(self, key: str, required: bool = False) -> dict[str, str]:
        """A mapping of text to text."""
        values = self._get(key, (dict,), "un mapa de textos", {}, required)
        for name, label in values.items():
            if not isinstance(name, str) or not isinstance(label, str):
                raise self.error(f"debe ser un mapa de textos, y trae {name!r}: {label!r}", key)
        return dict(values)

    def node(self, key: str) -> Node:
        return Node(self._get(key, (dict,), "un mapa", None, True), self.file, self._at(key))

    def maybe_node(self, key: str) -> Node | None:
        value = self._get(key, (dict,), "un mapa", None, False)
        return None if value is None else Node(value, self.file, self._at(key))

    def nodes(self, key: str, required: bool = False) -> Iterator[Node]:
        """The mappings of a list."""
        values = self._get(key, (list,), "una lista", [], required)
        for index, value in enumerate(values):
            yield Node(value, self.file, f"{self._at(key)}[{index}]")

    def done(self) -> None:
        """Refuse keys that were not asked for."""
        unknown = [str(key) for key in self.value if key not in self._read]
        if unknown:
            raise self.error(f"clave desconocida: {', '.join(unknown)}")


def read(root: Path, file: Path) -> Any:
    """The content of one YAML file of the catalogue at ``root``."""
    return parse(file.read_bytes(), file.relative_to(root).as_posix())


def parse(text: bytes | str, name: str) -> Any:
    """The content of YAML; ``name`` is what an error calls it."""
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise CatalogueError("CATALOGUE_INVALID", name, "", f"no es YAML legible: {error}") from error
