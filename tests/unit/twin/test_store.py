import stat
from pathlib import Path

from groundwork.twin.core.store import Store

SECRET = frozenset({("config", "tokens", 1)})
INPUTS = {"name": "a", "config": {"tokens": ["open", "hidden", "open too"]}}


def test_a_secret_is_kept_out_of_the_records_and_readable_by_the_owner_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("type", "id", INPUTS, ready=True, secret=SECRET)

    (kept,) = (tmp_path / "secrets").iterdir()
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path != kept]
    assert not [path for path in others if b"hidden" in path.read_bytes()]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_reading_puts_secrets_back_where_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("type", "id", INPUTS, ready=True, secret=SECRET)

    row = store.get("type", "id")
    assert row
    assert row.inputs == INPUTS
    assert list(store.all("type")) == [("id", INPUTS)]


def test_a_secret_goes_with_its_resource(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("type", "id", INPUTS, ready=True, secret=SECRET)
    store.forget("type", "id")

    assert not list((tmp_path / "secrets").iterdir())
    assert store.get("type", "id") is None


def test_a_value_that_is_no_secret_any_more_leaves_no_file_behind(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("type", "id", INPUTS, ready=True, secret=SECRET)
    store.put("type", "id", INPUTS, ready=True)

    assert not list((tmp_path / "secrets").iterdir())


def test_what_is_not_finished_is_listed_only_for_those_who_ask(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put("type", "id", {}, ready=False)

    assert list(store.all("type")) == []
    assert list(store.all("type", unfinished=True)) == [("id", {})]
