"""The verifying half of the 60-second token: who asks, under which grants, through which channel.

The gateway signs one token a call with its private key; a service needs the public key alone, so no service can
speak for a person.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHM = "Ed25519"
"""EdDSA over Ed25519, by the name of RFC 9864."""
ISSUER = "impulso-gateway"
LIFETIME_S = 60
LEEWAY_S = 5
"""Seconds that the clocks of two hosts may differ."""


class TokenInvalid(Exception):
    """Not a token of this system's gateway, altered, for another service, or past its time."""


PROGRAMME = "PR-156"
"""The programme whose cases this installation keeps."""
EVERY_PROGRAMME = "*"
"""The programme of a grant that counts in each of them: that of the first administrator."""


@dataclass(frozen=True, slots=True)
class GrantInForce:
    """One grant that was in force when the token was made. ``contract`` confines it to an operator contract."""

    id: str
    role: str
    organisation: str = ""
    programme: str = PROGRAMME
    contract: str | None = None

    def counts_in(self, programme: str) -> bool:
        """Whether it gives any right in ``programme`` (X-16). Administrators write its code by hand, in any case."""
        return self.programme == EVERY_PROGRAMME or self.programme.strip().casefold() == programme.casefold()


@dataclass(frozen=True, slots=True)
class Who:
    """The natural person behind a call and what the grants in force give.

    ``person`` is what separation of duties compares. ``contracts`` are the operator contracts that confine the
    person (ROL-02), empty for staff of the entity. ``session`` names the log-in, never its secret.
    ``purpose`` is what the person looks at data for, a code of the list of purposes; "" where nobody said.
    """

    person: UUID
    roles: frozenset[str]
    contracts: frozenset[str] = frozenset()
    channel: str = "api"
    grants: tuple[GrantInForce, ...] = ()
    session: str = ""
    purpose: str = ""

    @classmethod
    def of(
        cls, person: UUID, grants: tuple[GrantInForce, ...], channel: str = "api", session: str = "", purpose: str = ""
    ) -> Who:
        """Roles and contracts read off ``grants``."""
        return cls(
            person=person,
            roles=frozenset(grant.role for grant in grants),
            contracts=frozenset(grant.contract for grant in grants if grant.contract),
            channel=channel,
            grants=grants,
            session=session,
            purpose=purpose,
        )

    def within(self, programme: str) -> Who:
        """The same person with the grants that count in ``programme``, and what those alone give (X-16)."""
        if all(grant.counts_in(programme) for grant in self.grants):
            return self
        grants = tuple(grant for grant in self.grants if grant.counts_in(programme))
        return Who.of(self.person, grants, self.channel, self.session, self.purpose)

    def grant_for(self, roles: Sequence[str]) -> GrantInForce | None:
        """The grant under which the person acts: of the first of ``roles`` that they hold.

        The order is the command's, so that who holds several roles acts in the same one every time.
        """
        return next((grant for role in roles for grant in self.grants if grant.role == role), None)


class TokenVerifier:
    """Checks tokens against the gateway's public keys (a JWK set, so that keys can be changed without a stop).

    ``audience`` is the service that checks; None accepts a token for any service of the system.
    """

    def __init__(
        self, public_keys: Mapping[str, Any], audience: str | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        if any("d" in key for key in public_keys.get("keys", ())):
            raise ValueError("a verifier holds public keys only: this set has a private one")
        self._keys = KeySet.import_key_set(dict(public_keys))  # type: ignore[arg-type]
        self._audience = audience
        self._clock = clock

    @classmethod
    def from_file(cls, path: Path, audience: str | None = None) -> TokenVerifier:
        """The verifier for the JWK set that the gateway wrote at ``path``."""
        return cls(json.loads(path.read_text("utf-8")), audience)

    def verify(self, token: str) -> Who:
        """Who makes the call. Raises `TokenInvalid`."""
        try:
            claims = jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise TokenInvalid("signature") from error
        now = self._clock()
        if claims.get("iss") != ISSUER:
            raise TokenInvalid("issuer")
        if self._audience is not None and claims.get("aud") != self._audience:
            raise TokenInvalid("audience")
        try:
            issued, expires = float(claims["iat"]), float(claims["exp"])
            # A long life would be a signed mistake: the bound belongs to the one who relies on it, too.
            if not (issued - LEEWAY_S <= now < expires + LEEWAY_S and expires - issued <= LIFETIME_S):
                raise TokenInvalid("time")
            grants = tuple(
                GrantInForce(str(one["id"]), str(one["role"]), str(one["org"]), str(one["prg"]), one.get("ctr"))
                for one in claims["grants"]
            )
            # A gateway of an earlier release says no purpose.
            said = (str(claims["chn"]), str(claims["sid"]), str(claims.get("pur", "")))
            return Who.of(UUID(claims["sub"]), grants, *said)
        except (KeyError, ValueError, TypeError) as error:
            raise TokenInvalid("claims") from error
