"""Invented people, always the same for a seed. Every personal value is rare enough to be searched for as a canary.

Nobody is meant: names are made of syllables, documents and telephones lie in ranges that are not assigned in Colombia,
and e-mail addresses are under example.org (RFC 2606).
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import date
from zlib import crc32

_NAMES = ("Zulmirena", "Orfelinda", "Eudoraida", "Wenceslina", "Xiomarinda", "Filadelmo", "Abundancio", "Evelardo")
_START = ("Quer", "Zab", "Vig", "Torq", "Yar", "Xam", "Bram", "Ñust", "Guaz", "Chur")
_MIDDLE = ("edón", "uluc", "aqui", "ompé", "irzú", "enzal", "ovec", "audir")
_END = ("alba", "orena", "íbar", "ugacho", "inzón", "equirá", "atoque", "ondaño")
_TRADES = ("bolsos tejidos", "correas repujadas", "collares de tagua", "tapetes de retal", "zapatos cosidos a mano")

NUMBERS_FROM = 9_940_000_000
"""Document numbers are given out far below this one."""


@dataclass(frozen=True)
class Person:
    """A candidate. ``secret`` is a word that appears only in what is written about this person."""

    index: int
    names: str
    surnames: str
    document: str
    birth_date: date
    phone: str
    e_mail: str
    home_address: str
    activity_address: str
    neighbourhood: str
    rvi: str
    secret: str
    products: str

    @property
    def full_name(self) -> str:
        return f"{self.names} {self.surnames}"

    def remark(self, about: str) -> str:
        """A note about this person, to be found again if it were ever stored in the clear."""
        return f"{about}. Reserva: {self.secret}."

    def canaries(self) -> dict[str, str]:
        """Every value that may stand nowhere in the clear, by what it is."""
        first, second = self.surnames.split(" ")
        return {
            "names": self.names,
            "full name": self.full_name,
            "first surname": first,
            "second surname": second,
            "document": self.document,
            "phone": self.phone,
            "e-mail": self.e_mail,
            "home address": self.home_address,
            "activity address": self.activity_address,
            "neighbourhood": self.neighbourhood,
            "RVI": self.rvi,
            "remark": self.secret,
        }


def person(seed: int, index: int) -> Person:
    """The candidate ``index`` of a demonstration."""
    draw = random.Random(f"impulso-demo:{seed}:{index}")
    first, second = _surname(draw), _surname(draw)
    names = f"{draw.choice(_NAMES)} {_surname(draw)}"
    # Steps of 97 keep numbers of one demonstration further apart than the one digit that makes two people look alike.
    number = NUMBERS_FROM + crc32(f"demo:{seed}".encode()) % 40_000 * 1000 + index * 97
    local = f"39{draw.randrange(10**8):08d}"
    street, house = draw.randrange(300, 999), f"{draw.randrange(10, 99)}-{draw.randrange(10, 99)}"
    quarter = _surname(draw)
    return Person(
        index=index,
        names=names,
        surnames=f"{first} {second}",
        document=str(number),
        birth_date=date(draw.randrange(1972, 2000), draw.randrange(1, 13), draw.randrange(1, 29)),
        phone=local,
        e_mail=f"{_plain(first)}.{_plain(second)}{index}@example.org",
        home_address=f"Carrera {street} Bis Sur # {house}",
        activity_address=f"Diagonal {street + 7} Bis Este # {house}",
        neighbourhood=f"Villa {quarter}",
        rvi=f"RVI-{draw.randrange(10**9, 10**10)}",
        secret=f"{_surname(draw)}{_surname(draw)}".lower(),
        products=draw.choice(_TRADES),
    )


def lookalike(other: Person, one: Person) -> Person:
    """``other`` with the names and birth date of ``one`` and a document that differs from it in a single digit."""
    last = one.document[-1]
    document = one.document[:-1] + ("0" if last != "0" else "1")
    changes = {"names": one.names, "surnames": one.surnames, "birth_date": one.birth_date, "document": document}
    return Person(**{**vars(other), **changes})


def _surname(draw: random.Random) -> str:
    return draw.choice(_START) + draw.choice(_MIDDLE) + draw.choice(_END)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in folded if letter.isascii() and letter.isalpha())
