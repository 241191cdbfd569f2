"""A token speaks for one person, to one service, for one minute."""

import os
from uuid import uuid4

import pytest
from joserfc.jwk import OKPKey

from services.gateway.tokens import KeyFileExposed, TokenIssuer
from shared.runtime.tokens import GrantInForce, TokenInvalid, TokenVerifier

CASEWORKER = GrantInForce(str(uuid4()), "caseworker", "IPES")
OPERATOR = GrantInForce(str(uuid4()), "operator_staff", "Operador Uno", contract="C-7")


def test_a_token_carries_the_person_the_grants_and_the_channel() -> None:
    issuer, person = TokenIssuer.generate(), uuid4()
    token = issuer.issue("profiling", person, (CASEWORKER, OPERATOR), channel="console", session="s1")
    who = TokenVerifier(issuer.public_keys(), "profiling").verify(token)
    assert (who.person, who.channel, who.session) == (person, "console", "s1")
    assert who.roles == {"caseworker", "operator_staff"} and who.contracts == {"C-7"}
    assert who.grant_for(("operator_staff",)) == OPERATOR


def test_a_token_is_worth_nothing_after_its_minute() -> None:
    issuer = TokenIssuer(OKPKey.generate_key("Ed25519"), clock=lambda: 1_000.0)
    token = issuer.issue("intake", uuid4(), (), channel="api")
    keys = issuer.public_keys()
    assert TokenVerifier(keys, clock=lambda: 1_060.0).verify(token)
    with pytest.raises(TokenInvalid):
        TokenVerifier(keys, clock=lambda: 1_065.0).verify(token)


def test_a_token_for_one_service_is_refused_by_another() -> None:
    issuer = TokenIssuer.generate()
    token = issuer.issue("intake", uuid4(), (), channel="api")
    with pytest.raises(TokenInvalid):
        TokenVerifier(issuer.public_keys(), "inventory").verify(token)


def test_another_key_or_an_altered_token_is_refused() -> None:
    issuer, other = TokenIssuer.generate(), TokenIssuer.generate()
    token = issuer.issue("intake", uuid4(), (CASEWORKER,), channel="api")
    head, body, signature = token.split(".")
    for bad in (f"{head}.{body[:-2]}xx.{signature}", token[:-6] + "AAAAAA", "", "a.b.c", head):
        with pytest.raises(TokenInvalid):
            TokenVerifier(issuer.public_keys()).verify(bad)
    with pytest.raises(TokenInvalid):
        TokenVerifier(other.public_keys()).verify(token)


def test_a_verifier_refuses_to_hold_a_private_key() -> None:
    key = OKPKey.generate_key("Ed25519")
    with pytest.raises(ValueError, match="public"):
        TokenVerifier({"keys": [key.as_dict(private=True)]})


def test_the_key_file_is_made_once_for_its_owner_only_and_refused_when_others_read_it(tmp_path) -> None:
    path = tmp_path / "keys" / "token.pem"
    first = TokenIssuer.from_file(path)
    assert path.stat().st_mode & 0o077 == 0
    assert TokenIssuer.from_file(path).public_keys() == first.public_keys()
    first.write_public_keys(tmp_path / "token.jwks")
    token = first.issue("intake", uuid4(), (), channel="api")
    assert TokenVerifier.from_file(tmp_path / "token.jwks").verify(token)
    os.chmod(path, 0o644)
    with pytest.raises(KeyFileExposed):
        TokenIssuer.from_file(path)
