"""A copy says whether it is whole: what was changed, cut or taken away in it is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.backup.problems import MasterKeyOther, PieceBroken
from shared.backup.restoring import restore
from shared.backup.verifying import verify
from tests.backup.copying import taken
from tests.backup.pair import empty_sites, pair
from tests.counting import case


class TestVerifying:
    """What is not as it was is found, and says where."""

    @pytest.fixture
    def copy(self, tmp_path: Path, small: None) -> Iterator[Path]:
        with pair("sqlite", tmp_path / "living") as living:
            living.decide(100)
            living.settle()
            keys = living.services["counter"].keys
            files = living.services["counter"].application.files
            with open(tmp_path / "scan", "wb+") as scan:
                scan.write(b"%PDF-1.4 cedula")
                scan.seek(0)
                files.put(scan, subject=case(1), kind="i", media_type="application/pdf", name="cedula.pdf")
            assert keys.key(case(1), "i")
            taken(living, tmp_path)
        assert verify(tmp_path / "datos", tmp_path / "claves").sound
        return tmp_path

    def defects(self, copy: Path) -> str:
        return " ".join(verify(copy / "datos", copy / "claves").defects)

    def test_a_piece_that_changed(self, copy: Path) -> None:
        for piece in (copy / "datos" / "pieces").glob("*/*"):
            was = piece.read_bytes()
            piece.write_bytes(was[:-1] + bytes([was[-1] ^ 1]))
            assert "alterada" in self.defects(copy), piece
            piece.write_bytes(was)

    def test_a_file_that_is_gone(self, copy: Path) -> None:
        next(path for path in (copy / "datos" / "files").glob("*/*/*")).unlink()
        assert "1 archivos de counter faltan" in self.defects(copy)

    def test_keys_that_are_older_than_the_events(self, copy: Path, tmp_path: Path) -> None:
        (copy / "claves" / "counter.json").write_bytes((copy / "claves" / "watcher.json").read_bytes())
        assert "counter (claves)" in self.defects(copy)
        (copy / "claves" / "counter.json").unlink()
        assert "claves/counter.json" in self.defects(copy)

    def test_a_broken_copy_is_not_restored(self, copy: Path) -> None:
        for piece in (copy / "datos" / "pieces").glob("*/*"):
            piece.write_bytes(piece.read_bytes()[:-1] + b"!")
        with empty_sites("sqlite", copy / "again") as sites, pytest.raises(PieceBroken):
            restore([*sites.values()], copy / "datos", copy / "claves")

    def test_another_master_key_is_refused_before_anything_is_written(self, copy: Path) -> None:
        with empty_sites("sqlite", copy / "again") as sites, pytest.raises(MasterKeyOther):
            restore([*sites.values()], copy / "datos", copy / "claves", masters={"counter": "0" * 16})
