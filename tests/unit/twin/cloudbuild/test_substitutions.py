"""Substitutions are filled as Cloud Build fills them."""

from __future__ import annotations

import pytest

from groundwork.errors import GroundworkError
from groundwork.twin.cloudbuild.substitutions import Substitutions

BUILTIN = {"BRANCH_NAME": "feature/$(x)${_USER}$$", "BUILD_ID": "b1", "TAG_NAME": ""}


def values(*, allow_loose: bool = True, **user: str) -> Substitutions:
    return Substitutions(builtin=BUILTIN, user=user, allow_loose=allow_loose)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$BUILD_ID", "b1"),
        ("${BUILD_ID}", "b1"),
        ("a${BUILD_ID}_c", "ab1_c"),
        ("$BUILD_ID.x-$_USER", "b1.x-ada"),
        ("$$BUILD_ID", "$BUILD_ID"),
        ("$$$BUILD_ID", "$b1"),
        ("$$$$", "$$"),
        ("<$TAG_NAME>", "<>"),
        ("$BRANCH_NAME", "feature/$(x)${_USER}$$"),
        ("$(date) $1 $? 5$ $lower", "$(date) $1 $? 5$ $lower"),
        ("", ""),
    ],
)
def test_a_text_is_filled_once(text: str, filled: str) -> None:
    assert values(_USER="ada").fill(text) == filled


@pytest.mark.parametrize("text", ["$HORIZON", "${HORIZON}", "$PROJECT_NUMBER"])
@pytest.mark.parametrize("allow_loose", [True, False])
def test_a_name_that_is_not_cloud_builds_is_an_error_always(text: str, *, allow_loose: bool) -> None:
    with pytest.raises(GroundworkError) as error:
        values(allow_loose=allow_loose).fill(text)
    assert error.value.code == "substitution-not-found"


@pytest.mark.parametrize(
    "text",
    ["${lower}", "${}", "${1}", "${files[@]}", "${#files[@]}", "${name%.csv}", "${_USER:-x}", "${_USER^^}", "${HOME:-/root}"],
)
def test_what_is_no_substitution_is_the_shells(text: str) -> None:
    assert values(_USER="ada").fill(f"{text} $_USER $$x") == f"{text} ada $x"


@pytest.mark.parametrize("text", ["${_USER:-x}", "${_USER^^}", "${_OTHER:0:7}", "${BUILD_ID:0:4}"])
def test_bash_operations_that_google_does_are_refused_with_that_reason(text: str) -> None:
    given = Substitutions(builtin=BUILTIN, user={"_USER": "ada"}, allow_loose=True, operations=True)
    with pytest.raises(GroundworkError, match="is an operation on a substitution, which only Google can evaluate") as error:
        given.fill(text)
    assert f"write `${text}`" in error.value.hint
    assert given.fill("${name%.csv}") == "${name%.csv}"


def test_a_build_may_set_some_of_cloud_builds_own_names() -> None:
    assert values(TAG_NAME="v1").fill("<$TAG_NAME $BUILD_ID>") == "<v1 b1>"
    with pytest.raises(GroundworkError, match="is not a name of a substitution"):
        values(BUILD_ID="mine")


def test_a_missing_user_value_is_empty_when_loose_and_noted() -> None:
    given = values()
    assert given.fill("<$_MISSING>") == "<>"
    assert given.missing == {"_MISSING"}


def test_a_missing_user_value_is_an_error_when_it_must_match() -> None:
    with pytest.raises(GroundworkError, match="uses the substitution `_MISSING`, which has no value"):
        values(allow_loose=False).fill("$_MISSING")


def test_a_user_value_that_nothing_uses_is_an_error_when_it_must_match() -> None:
    given = values(allow_loose=False, _USER="ada", _OTHER="x")
    given.fill("$_USER")
    with pytest.raises(GroundworkError, match="nothing in the build uses the substitution `_OTHER`"):
        given.require_all_used()


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("USER", "x", "substitution-name-invalid"), ("_A", "$BUILD_ID", "nested-substitution-unsupported")],
)
def test_names_and_values_are_checked(name: str, value: str, code: str) -> None:
    with pytest.raises(GroundworkError) as error:
        Substitutions(builtin=BUILTIN, user={name: value}, allow_loose=True)
    assert error.value.code == code
