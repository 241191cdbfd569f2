"""Signed notes, checkpoints and proof files: written in one way, and a changed byte anywhere is found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit.checkpoints import Checkpoint
from shared.audit.errors import (
    AuditProblem,
    CheckpointMalformed,
    KeyMalformed,
    NoteMalformed,
    ProofMalformed,
    ProofWrong,
    SignatureMissing,
    SignatureWrong,
)
from shared.audit.keys import Kind, Signer, Verifier
from shared.audit.merkle import leaf_hash, prove_inclusion
from shared.audit.notes import Note
from shared.audit.proof_file import ProofFile
from tests.unit.audit.trees import leaves, mth, nodes_of

LOG = Signer("impulso/intake", bytes(range(32)))
OTHER = Signer("impulso/intake", bytes(range(1, 33)))
WITNESS = Signer("impulso/testigo", bytes(range(2, 34)), Kind.WITNESS)
SEEN = 1_790_000_000
SIZE, INDEX = 11, 6
LEAVES = leaves(SIZE)
CHECKPOINT = Checkpoint("impulso/intake/5f0c", SIZE, mth(LEAVES))
NOTE = CHECKPOINT.note.signed(LOG).signed(WITNESS, SEEN)
PROOF = ProofFile(INDEX, tuple(prove_inclusion(INDEX, SIZE, nodes_of(LEAVES))), NOTE)
KEYS = [LOG.verifier, WITNESS.verifier]


def test_the_example_of_the_specification_verifies() -> None:
    """The key and note of golang.org/x/mod/sumdb/note, which the specification grew out of."""
    key = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = Note.parse(
        (
            "If you think cryptography is the answer to your problem,\n"
            "then you don't know what your problem is.\n"
            "\n"
            "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ryy"
            "BwJnAM=\n"
        ).encode()
    )
    assert [each.key for each in note.verify([key])] == [key]


def test_log_and_witness_are_told_apart_below_one_note() -> None:
    found = Note.parse(NOTE.encode()).verify(KEYS)
    assert [(each.key.name, each.time) for each in found] == [("impulso/intake", None), ("impulso/testigo", SEEN)]
    assert Checkpoint.parse(NOTE.text) == CHECKPOINT


def test_a_signature_of_an_unknown_key_says_nothing() -> None:
    note = NOTE.signed(OTHER)
    assert [each.key for each in note.verify([LOG.verifier])] == [LOG.verifier]
    with pytest.raises(SignatureMissing):
        NOTE.verify([OTHER.verifier])


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    taken = Note(NOTE.text.replace("11", "12"), NOTE.signatures)
    with pytest.raises(SignatureWrong, match="impulso/intake"):
        taken.verify(KEYS)


def test_a_witness_vouches_for_the_time_that_it_says() -> None:
    line = NOTE.signatures[1]
    later = (SEEN + 60).to_bytes(8, "big") + line.signature[8:]
    with pytest.raises(SignatureWrong, match="testigo"):
        Note(NOTE.text, (type(line)(line.name, line.key_id, later),)).verify(KEYS)
    with pytest.raises(ValueError, match="a witness says when"):
        WITNESS.sign(NOTE.text)
    with pytest.raises(ValueError, match="only a witness"):
        LOG.sign(NOTE.text, SEEN)


@pytest.mark.parametrize("signer", [LOG, WITNESS], ids=["log", "witness"])
def test_a_public_key_reads_back_as_it_was_published(signer: Signer) -> None:
    assert Verifier.parse(signer.verifier.text) == signer.verifier
    assert "impulso" in repr(signer)
    with pytest.raises(KeyMalformed):
        Verifier.parse(signer.verifier.text.replace("+", "+0", 1))


@pytest.mark.parametrize("text", ["", "a", "a+b", "a b+00000000+AQ==", "a+00000000+", "a+00000000+CQ=="])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(KeyMalformed):
        Verifier.parse(text)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\xff\n",
        b"te\txt\n\n" + "— a AAAAAAAA\n".encode(),
        b"text\n\n" + "— a AAAAAAAA".encode(),
        b"text\n\n" + b"- a AAAAAAAA\n",
        b"text\n\n" + "— a b AAAAAAAA\n".encode(),
        b"text\n\n" + "— a AAAAAB==\n".encode(),
        b"text\n\n" + "— a AAAA\n".encode(),
        b"text\n\n" + "— a AAAAAAAA\n".encode() * 65,
        b"a" * 70_000 + b"\n\n" + "— a AAAAAAAA\n".encode(),
    ],
)
def test_what_is_no_note_is_refused(content: bytes) -> None:
    with pytest.raises(NoteMalformed):
        Note.parse(content)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        CHECKPOINT.text[:-1],
        CHECKPOINT.text.replace("11", "011"),
        CHECKPOINT.text.replace("11", "-11"),
        CHECKPOINT.text.replace("11", "0"),
        CHECKPOINT.text + "\n",
        "origin\n1\nAAAA\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointMalformed):
        Checkpoint.parse(text)


def test_a_proof_file_proves_its_leaf_and_no_other() -> None:
    found = ProofFile.parse(PROOF.encode())
    assert found == PROOF
    checkpoint, signatures = found.verify(b"leaf 6", KEYS)
    assert checkpoint == CHECKPOINT
    assert len(signatures) == 2
    with pytest.raises(ProofWrong):
        found.verify(b"leaf 7", KEYS)
    assert leaf_hash(b"leaf 6") == LEAVES[INDEX]


def test_what_a_proof_file_carries_along_comes_back() -> None:
    found = ProofFile(PROOF.index, PROOF.proof, PROOF.note, b"FO-128")
    assert ProofFile.parse(found.encode()) == found


def test_a_witness_alone_does_not_speak_for_the_log() -> None:
    seen = ProofFile(PROOF.index, PROOF.proof, CHECKPOINT.note.signed(WITNESS, SEEN))
    with pytest.raises(SignatureMissing):
        seen.verify(b"leaf 6", KEYS)


def test_a_signed_text_that_is_no_checkpoint_proves_nothing() -> None:
    with pytest.raises(ProofMalformed):
        ProofFile(0, (), Note("hola\n").signed(LOG)).verify(b"leaf 0", KEYS)


@settings(max_examples=1_000, deadline=None)
@given(st.integers(0, len(PROOF.encode()) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_in_a_proof_file_is_found(at: int, change: int) -> None:
    content = bytearray(PROOF.encode())
    content[at] ^= change
    try:
        _checkpoint, signatures = ProofFile.parse(bytes(content)).verify(b"leaf 6", KEYS)
    except AuditProblem:
        return
    # Whose line names somebody unknown is passed over: then that one's signature is missing.
    assert len(signatures) < len(KEYS)


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused_and_nothing_breaks(content: bytes) -> None:
    for parse in (Note.parse, ProofFile.parse):
        with pytest.raises(AuditProblem):
            parse(content)
