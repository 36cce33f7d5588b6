"""The reference of errors is complete, and each error says what to do."""

from __future__ import annotations

import functools
import re
from textwrap import dedent

import pytest

from tools.error_codes import SETUP, Raised, raised, read
from tools.error_style import ENDINGS, VERBS, faults
from tools.errors_page import page, sections

ERRORS = "class GroundworkError(Exception):\n    def __init__(self, code: str, message: str, hint: str) -> None: ...\n"
IMPORT = "from groundwork.errors import GroundworkError\n"

WRITTEN = (
    r"\bGroundworkError\(\s*\"([\w-]+)\"",
    r"\bfinding\(\s*\"([\w-]+)\"",
    r"\b_missing\(\s*\"([\w-]+)\"",
    r"\bcode=\"([\w-]+)\",",
    r"super\(\).__init__\(\s*\"([\w-]+)\",",
    r"^    kind = \"([\w-]+)\"$",
    r"\bcode = .*\"([\w-]+)\"$",
    r"\bfail \".*\(([\w-]+)\)\" ",
)
"""How product code writes a code: for a search that does not use the syntax trees from which the page is made."""


@functools.cache
def errors() -> list[Raised]:
    return raised(read())


@functools.cache
def listed() -> frozenset[str]:
    """Return the codes on the page, which are its anchors."""
    return frozenset(re.findall(r"^### (.+)$", page(), re.MULTILINE))


def found(**modules: str) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Return code, file, messages and hints of modules, besides that of the base class."""
    files = {f"groundwork/{name}.py": IMPORT + dedent(text) for name, text in modules.items()}
    every = raised({"groundwork/errors.py": ERRORS, **files})
    return [(each.code, each.path.split("/")[1], each.messages, each.hints) for each in every]


def test_every_code_that_product_code_writes_stands_on_the_page() -> None:
    texts = [(path, text) for path, text in read().items() if path != "groundwork/sdk/step_log.py"]  # its `bug` is not an error
    written = {code for _, text in texts for pattern in WRITTEN for code in re.findall(pattern, text, re.MULTILINE)}

    assert len(written) > 150
    assert set() == written - listed()


def test_the_page_has_no_code_that_product_code_does_not_write() -> None:
    """Also a code that is put together while the program runs fails: a search of the source would not find it."""
    content = "\n".join(read().values())

    assert [] == [code for code in sorted(listed()) if f'"{code}"' not in content and f"({code})" not in content]


def test_each_code_has_one_section_with_its_texts_and_modules() -> None:
    two = [
        Raised(code="table-taken", path="groundwork/b.py", line=1, messages=("`<table>` is taken",), hints=("choose another",)),
        Raised(code="table-taken", path="groundwork/a.py", line=9, messages=("`<table>` is taken",), hints=("choose another",)),
        Raised(code="file-invalid", path="groundwork/a.py", line=5, messages=("bad",), hints=("correct it", "remove it")),
    ]

    assert list(sections(two)) == [
        "### file-invalid\n\n`groundwork/a.py`\n\n```text\nbad\nhint: correct it\nhint: remove it\n```\n",
        "### table-taken\n\n`groundwork/a.py`, `groundwork/b.py`\n\n```text\n`<table>` is taken\nhint: choose another\n```\n",
    ]


def test_every_error_has_a_code_a_message_and_a_hint() -> None:
    assert [] == [each for each in errors() if not each.code or not all(each.messages) or not all(each.hints)]
    assert [] == [each for each in errors() if not each.messages or not each.hints]


def test_each_code_is_a_phrase_and_each_hint_an_action() -> None:
    """`python tools/error_style.py PATH…` prints the same."""
    assert [] == [f"{path}:{line}: {problem}" for path, line, problem in sorted(set(faults(errors())))]


def test_every_ending_is_used() -> None:
    codes = {each.code for each in errors()}

    assert [] == [ending for ending in ENDINGS if not any(code.endswith(f"-{ending}") for code in codes)]


@pytest.mark.parametrize(
    ("code", "hint", "problem"),
    [
        ("conflict", "try again", "code `conflict` is not at least two words"),
        ("bad-<what>", "try again", "code `bad-<what>` is not at least two words"),
        ("Table-Taken", "try again", "code `Table-Taken` is not at least two words"),
        ("no-table", "try again", "code `no-table` does not end with"),
        ("table-taken", "", "hint does not begin with an action"),
        ("table-taken", "a table has one owner", "hint does not begin with an action"),
        ("table-taken", "see the message above", "hint does not begin with an action"),
        ("table-taken", "<problems>", "hint does not begin with an action"),
        ("table-taken", "`tables` is the key", "hint does not begin with an action"),
        ("table-taken", "read what it said above", "hint refers to another text"),
        ("table-taken", "read the log below", "hint refers to another text"),
    ],
)
def test_a_fault_is_found(code: str, hint: str, problem: str) -> None:
    error = Raised(code=code, path="groundwork/a.py", line=3, messages=("a message",), hints=(hint,))

    assert problem in " ".join(described for _, _, described in faults([error]))


@pytest.mark.parametrize(
    "hint", ["run `make setup`", "Choose another name: it is taken", "`groundwork history` lists them", "<hint of the cause>"]
)
def test_an_action_is_no_fault(hint: str) -> None:
    error = Raised(code="table-taken", path="groundwork/a.py", line=3, messages=("a message",), hints=(hint,))

    assert [] == list(faults([error]))


def test_the_name_of_a_rule_of_policy_needs_no_ending() -> None:
    rule = Raised(code="public-member", path="groundwork/policy/grants.py", line=3, messages=("m",), hints=("name the reader",))

    assert [] == list(faults([rule]))


def test_a_verb_is_one_word_in_lower_case() -> None:
    assert [] == [verb for verb in VERBS if not re.fullmatch("[a-z]+", verb)]
    assert "see" not in VERBS


def test_an_error_is_read_with_placeholders_for_values_and_its_constants_filled_in() -> None:
    assert found(
        a="""
        MOST = 16
        def load(file_name, rows, owners):
            raise GroundworkError("file-too-large", f"{file_name} has {len(rows)} rows of {', '.join(owners)}", f"keep {MOST}")
        """
    ) == [("file-too-large", "a.py", ("<file name> has <rows> rows of <owners>",), ("keep 16",))]


def test_each_branch_has_the_hint_that_was_assigned_in_it() -> None:
    assert found(
        a="""
        def one(error):
            hint = "retry"
            match error:
                case KeyError():
                    hint = "add the key"
                    return GroundworkError("key-missing", "no key", hint)
                case OSError():
                    return GroundworkError("disk-failed", "no disk", hint)
        def two(known):
            if known:
                hint = "choose one"
            else:
                hint = "create one"
            raise GroundworkError("file-not-found", "no file", hint)
        """
    ) == [
        ("disk-failed", "a.py", ("no disk",), ("retry",)),
        ("file-not-found", "a.py", ("no file",), ("choose one", "create one")),
        ("key-missing", "a.py", ("no key",), ("add the key",)),
    ]


def test_a_subclass_and_an_attribute_of_it_give_the_code() -> None:
    assert found(
        a="""
        class PortError(GroundworkError):
            def __init__(self, message, hint):
                super().__init__(self.kind, message, hint)
        class Absent(PortError):
            kind = "thing-not-found"
        """,
        b="""
        from groundwork.a import Absent as Missing
        def get(name):
            raise Missing(f"there is no {name}", "create it")
        """,
    ) == [("thing-not-found", "b.py", ("there is no <name>",), ("create it",))]


def test_a_function_that_hands_arguments_on_stands_for_each_of_its_calls() -> None:
    assert found(
        a="""
        def failed(code, what):
            return GroundworkError(code, f"{what} failed", "retry it")
        """,
        b="""
        from groundwork.a import failed
        def run():
            raise failed("run-failed", "the run")
        def stop(thing):
            raise failed(code="stop-failed", what=thing)
        """,
    ) == [
        ("run-failed", "b.py", ("<what> failed",), ("retry it",)),
        ("stop-failed", "b.py", ("<what> failed",), ("retry it",)),
    ]


def test_a_finding_counts_and_another_class_with_a_code_does_not() -> None:
    assert found(
        a="""
        class Finding:
            code: str
            reason: str
            way_out: str
        class Done:
            code: int
        def look(error):
            yield Finding(code="table-taken", reason="two", way_out="rename one" if error else "remove one")
            yield Finding(code=error.code, reason=error.message, way_out=error.hint)
            yield Done(code=1)
        """
    ) == [("table-taken", "a.py", ("two",), ("rename one", "remove one"))]


def test_the_texts_of_a_cause_are_named_as_such() -> None:
    assert found(a='def f(error):\n    raise GroundworkError("run-failed", f"run: {error.message}", error.hint)\n') == [
        ("run-failed", "a.py", ("run: <message of the cause>",), ("<hint of the cause>",))
    ]


def test_the_errors_of_the_setup_script_are_read() -> None:
    script = 'official="install it"\ncheck || fail "no tool in $PWD (tool-missing)" "$official, ${LC_ALL-} is set"\n'

    (only,) = raised({SETUP: script})

    assert (only.code, only.line) == ("tool-missing", 2)
    assert (only.messages, only.hints) == (("no tool in <pwd>",), ("install it, <lc all> is set",))
