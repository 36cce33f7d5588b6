"""Names in a build's text, and the values that no caller can change."""

from __future__ import annotations

import pytest

from groundwork.google.substitutions import fill, map_texts, require_whole, user_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$_A and ${_B}", {"_A", "_B"}),
        ("${_A:-none}", {"_A"}),
        ("${_A:-$_B}", {"_A", "_B"}),
        ("$$_A and $$$_B", {"_B"}),
        ("$PROJECT_ID, $HOME, ${_a}", set()),
    ],
)
def test_user_defined_names_are_found_as_by_cloud_build(text: str, names: set[str]) -> None:
    assert user_names({"steps": [{"args": ["echo", text]}]}) == names


def test_a_value_is_filled_in_with_its_dollars_doubled_and_nothing_else_changes() -> None:
    assert fill("$_A ${_A} $$_A ${_A:-x} $_B $PROJECT_ID", {"_A": "1$"}) == "1$$ 1$$ $$_A ${_A:-x} $_B $PROJECT_ID"


def test_every_text_of_a_build_is_changed_without_changing_its_structure() -> None:
    assert map_texts({"steps": [{"args": ("a", "b"), "n": 1}]}, str.upper) == {"steps": [{"args": ["A", "B"], "n": 1}]}


@pytest.mark.parametrize("name", ["_B", "_PART"])
def test_a_missing_or_partly_used_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"does not contain {name} as a whole"):
        require_whole(["$_A", "${_PART%/*}"], ["_A", name])
