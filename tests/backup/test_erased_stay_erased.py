"""Whoever was erased stays erased, whatever copy comes back; keys and data come from the same time."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from shared.backup.problems import KeysOlder
from shared.backup.renewing import renew
from shared.backup.restoring import restore
from shared.privacy.key_store import subject_key
from shared.privacy.shred_list import ShredList
from tests.backup.copying import taken
from tests.backup.pair import CASES, Pair, empty_sites
from tests.counting import case


@pytest.mark.parametrize(
    "later", ["another copy was taken", "only the present database knows", "only the list knows, of older keys"]
)
def test_who_was_erased_stays_erased_whatever_copy_is_restored(living: Pair, tmp_path: Path, later: str) -> None:
    """X-12: an old copy brings nobody's data back."""
    living.decide(CASES * 7)
    dialect = living.counter.database.dialect
    point = taken(living, tmp_path)
    gone = case(3)
    assert living.services["counter"].keys.key(gone, "s") is not None
    shutil.copytree(tmp_path / "claves", tmp_path / "older")
    living.services["counter"].keys.destroy(gone, "s")
    if later == "another copy was taken":
        taken(living, tmp_path)
        living.close()
        with empty_sites(dialect, tmp_path / "new") as new:
            restore([*new.values()], tmp_path / "datos", tmp_path / "claves", point)
            _erased(Pair(new, living.master).open(), gone)
    elif later == "only the list knows, of older keys":
        living.close()
        with empty_sites(dialect, tmp_path / "new") as new:
            listed = ShredList.of("counter", living.sites["counter"].files).pairs()
            ShredList.of("counter", new["counter"].files).add(listed)
            done = restore([*new.values()], tmp_path / "datos", tmp_path / "older", point)
            assert (done.stayed_erased, listed) == (1, {(gone, "s")})
            _erased(Pair(new, living.master).open(), gone)
    else:
        living.close()
        done = restore([*living.sites.values()], tmp_path / "datos", tmp_path / "claves", point, replace=True)
        assert done.stayed_erased == 1
        _erased(living.open(), gone)


def test_keys_that_were_put_back_by_hand_open_nobody_on_the_list(living: Pair, tmp_path: Path) -> None:
    """X-12: no command of ours need have been told; a service replays the list before it opens."""
    living.decide(CASES * 7)
    gone = case(3)
    keys = living.services["counter"].keys
    keys.destroy(gone, "s")
    with keys._vault.store.write() as connection:
        connection.execute(subject_key.delete().where(subject_key.c.destroyed_at.is_not(None)))
    living.close()
    _erased(living.open(), gone)


def test_a_new_epoch_replays_the_list_also_without_a_copy_of_the_keys(living: Pair, tmp_path: Path) -> None:
    """X-12: the databases were put back by other means, the files were not."""
    living.decide(CASES * 7)
    gone = case(3)
    keys = living.services["counter"].keys
    with keys._vault.store.read() as connection:
        row = connection.execute(sa.select(subject_key).where(subject_key.c.subject == gone)).one()._asdict()
    keys.destroy(gone, "s")
    with keys._vault.store.write() as connection:
        connection.execute(subject_key.update().where(subject_key.c.subject == gone).values(row))
    living.close()
    assert renew([*living.sites.values()])["erased_again"] == 1
    _erased(living.open(), gone)


def _erased(restored: Pair, gone: UUID) -> None:
    keys = restored.services["counter"].keys
    assert keys.key(gone, "s") is None
    assert keys.key(case(4), "s") is not None
    restored.close()


def test_a_copy_of_keys_from_before_somebody_came_is_refused(living: Pair, tmp_path: Path) -> None:
    taken(living, tmp_path)
    (tmp_path / "claves").rename(tmp_path / "old")
    living.decide(CASES * 7)
    taken(living, tmp_path)
    with empty_sites(living.counter.database.dialect, tmp_path / "again") as sites, pytest.raises(KeysOlder):
        restore([*sites.values()], tmp_path / "datos", tmp_path / "old")
