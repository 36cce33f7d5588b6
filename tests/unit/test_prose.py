"""Documentation, help and messages are in plain English, with one word for each term."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import typer
import typer.main

from groundwork.cli.app import app
from tools.prose import (
    CHECKED,
    CONSTRUCTIONS,
    TERMS,
    Rule,
    all_texts,
    constructions,
    measured,
    rates,
    replaced_terms,
    table,
)
from tools.prose_texts import Text, help_texts, markdown, python, read, texts

PER_1000_WORDS = 0.5

EXAMPLES: Mapping[str, tuple[list[str], list[str]]] = {
    "clause as a noun": (
        [
            "What is rejected is rolled back.",
            "The bucket outlives it. What it holds stays.",
            "delete what it made",
            "It depends on what was pushed.",
            "its resources, and what they cost",
            "lists what it made",
            "Who proposed it cannot approve it.",
            "who changes it",
            "a list of who has access",
            "a note of where it was",
            "that which was pushed",
        ],
        [
            "Rejected changes are rolled back.",
            "What does a reviewer see?",
            "The report shows what changes.",
            "Decide what to delete.",
            "shows the reviewer what the release will change",
            "The preview shows which resources it deletes and what they hold.",
            "people who may approve it",
            "Who may approve a pull request?",
            "what to do",
            "what",
            "the folder where it is stored",
        ],
    ),
    "nobody, somebody": (
        ["Nobody may delete it.", "until somebody approves it", "everybody's commit", "Ask someone.", "no one can read it"],
        [
            "No principal may delete it.",
            "until a reviewer approves it",
            "one of the reviewers",
            "every member",
            "no one-off jobs",
        ],
    ),
    "whoever, whose": (
        [
            "whoever pushes",
            "the bucket whose name it has",
            "to whom it belongs",
            "in whatever it is nested",
            "whichever is newer",
        ],
        ["the person who pushes", "the bucket with this name", "at any depth", "the newer one, which is kept"],
    ),
    "likewise, besides, alone, apart": (
        [
            "Besides, it is slow.",
            "on its disk alone",
            "the newest 20 apart",
            "keyed likewise",
            "Meanwhile it waits.",
            "laid apart",
        ],
        [
            "It is also slow.",
            "apart from the newest 20",
            "leave the other resources alone",
            "a check that tells the two apart",
            "takes the list apart",
            "a stand-alone program",
            "retries five minutes apart",
        ],
    ),
    "tell, told": (
        ["Owners are told.", "It tells the cost.", "no error to tell", "unless told otherwise"],
        ["Owners are notified.", "It prints the cost.", "tell a tag from a branch", "Told apart by their names."],
    ),
    "is no X": (
        ["`x` is no branch", "Names are no labels.", "that was no merge"],
        [
            "`x` is not a branch",
            "There is no branch.",
            "If there was no merge, stop.",
            "There can be no second one.",
            "is no longer open",
        ],
    ),
    "riddle as a heading": (
        ["What ticks", "Who types what", "How it ends", "Where the state is", "When something does not move", "That it is safe"],
        ["Reconciliation", "How to add a component", "What does a reviewer see?", "Whole releases", "Roll back a release"],
    ),
    "judge": (["judge", "a judgement", "judge_all", "JudgeCase", "JUDGE", "the judged commit"], ["evaluate", "adjudged"]),
    "evidence": (["Evidence", "the evidence", "evidence_for"], ["evident", "evaluation"]),
    "figure": (
        ["Figure", "the figures", "figures_part", "overallFigures"],
        ["configure", "<Figure 2x2>", "<figure class=x>", "figure.block { }", "figure out", "metric"],
    ),
    "bounds": (
        ["Bounds", "gate_bounds", "the bounds", "a bound that is None", "each bound"],
        ["bound to the commit", "out of bounds", "bounded(text)", "FilteringBoundLogger", "the upper bound", "rebound"],
    ),
    "bound": (["for bound in limits:"], ["a decision bound to a commit", "bounded"]),
    "naive": (["naive", "of_naive", "SeasonalNaive"], ["baseline", "a naive datetime", "tz-naive"]),
    "verdict": (["Verdict", "verdicts", "a_verdict", "nextVerdict"], ["review decision"]),
    "unmake, undo": (["unmade", "Unmake", "undo by hand", "undone", "has_undone"], ["rolled back", "unmanned", "found one"]),
    "take back": (
        ["take back", "taken_back", "--take-back", "takes its rows back", "took back"],
        ["take the back door", "roll back", "takes place", "take a backup", "goes back"],
    ),
    "tick, knock, doorbell": (
        ["tick", "TICKS", "tick_all", "Ticking", "a doorbell", "knock", "tickAll"],
        ["ticket", "backticks", "yardstick", "tick marks", "between_its_ticks", "clock ticks", "reconcile"],
    ),
    "lane": (["lane", "platform_lane", "Lane", "PlatformLane", "two-lanes"], ["plane", "planes", "platform changes"]),
    "forge": (["forge", "Forge", "TwinForge", "forge_secret", "forges"], ["forget", "forged", "FORGED", "Git provider"]),
    "seal": (["seal", "seals", "_unsealed", "SEAL"], ["reseal_not", "commit marker", "Sealand"]),
    "journal": (["journal", "Journal", "journals"], ["PRAGMA journal_mode", "journalctl", "journalist"]),
    "remains": (
        ["effect.remains(intent)", "def remains(self)", "docs/reference/remains.md", "the remains"],
        ["the bucket remains", "test_nothing_remains", "leftovers"],
    ),
    "known": (
        ['dataset="known"', "`known`", "names.KNOWN", "known.sales", "settings.known", 'f"{PROJECT}.known"', "    known: str"],
        ["it is known", "UNKNOWN", "known = set()", "known.get(name)", "unknown-type", "self.promotions.known", "a known issue"],
    ),
    "home": (
        ["home.root", "class Home:", "self._home", "twin/home.py", "twinHome"],
        ["home directory", "Path.home()", "PULUMI_HOME", "$HOME", "/builder/home", "homepage", "home: /root", "Homer"],
    ),
    "door": (["doors", "Door", "git_door", "the door"], ["front door", "backdoor", "indoors", "doorbell"]),
    "kind": (
        ["Kind", "KINDS", "kind.rules()", "for kind in rules", "kind_of", "ResourceKind", "_kind(x)"],
        ["a kind of lock", "metricKind", "another kind", "mankind", "kindly", "kinds of metric"],
    ),
}
"""For each rule: sentences in which it finds something, and sentences in which it does not."""


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return read()


@pytest.fixture(scope="module")
def found(files: dict[str, str]) -> list[Text]:
    return all_texts(files, typer.main.get_command(app))


def test_documentation_help_and_messages_have_no_banned_construction(found: list[Text]) -> None:
    findings = [str(each) for each in constructions(text for text in found if text.group in CHECKED)]

    assert not findings, "\n".join(findings)


def test_no_file_has_a_word_that_a_term_has_replaced(files: dict[str, str]) -> None:
    findings = [str(each) for each in replaced_terms(files)]

    assert not findings, "\n".join(findings)


def test_banned_constructions_are_at_most_one_in_2000_words(found: list[Text]) -> None:
    groups = measured(found)
    too_often = {
        (name, construction): rate
        for name in groups
        for construction, rate in rates(groups[name]).items()
        if rate > PER_1000_WORDS
    }

    assert not too_often, table(found)


@pytest.mark.parametrize("rule", [*CONSTRUCTIONS, *TERMS], ids=lambda rule: rule.name)
def test_a_rule_finds_the_wrong_sentences_and_lets_the_right_ones_pass(rule: Rule) -> None:
    wrong, right = EXAMPLES[rule.name]

    assert wrong == [sentence for sentence in wrong if any(rule.matches(sentence))]
    assert [] == [sentence for sentence in right if any(rule.matches(sentence))]


def test_every_example_belongs_to_a_rule() -> None:
    assert set(EXAMPLES) == {rule.name for rule in (*CONSTRUCTIONS, *TERMS)}


def test_a_planted_construction_is_found_in_each_group_with_its_place() -> None:
    page = (
        "# 3. What ticks\n\nFine `what it is` text.\n\n```\nwhat is in code\n```\n\n"
        "| a | whoever |\n|---|---|\n- one\n- more\n  nobody\n"
    )
    code = (
        'def f(x):\n    """Return it.\n\n    Delete what is left.\n    """\n    # told\n'
        '    raise ValueError(f"{x} is" + " no branch")\n'
    )
    group = typer.Typer(help="Fine.")
    group.command("load", help="Load for whoever asks.")(lambda: None)
    group.command("stop", help="Stop.")(lambda: None)
    planted = [*texts({"docs/a.md": page, "groundwork/a.py": code}), *help_texts(typer.main.get_command(group), "g")]

    assert [
        ("docs/a.md", 1, "clause as a noun"),
        ("docs/a.md", 1, "riddle as a heading"),
        ("docs/a.md", 9, "whoever, whose"),
        ("docs/a.md", 13, "nobody, somebody"),
        ("groundwork/a.py", 7, "is no X"),
        ("groundwork/a.py", 4, "clause as a noun"),
        ("groundwork/a.py", 6, "tell, told"),
        ("g load", 0, "whoever, whose"),
    ] == [(each.path, each.line, each.rule.name) for each in constructions(planted)]


def test_a_planted_word_is_found_in_contents_and_paths_and_not_in_the_changelog() -> None:
    planted = {
        "groundwork/tick.py": "one\ndef judge(): ...\n",
        "groundwork/twin/a.py": "kind = 1\n",
        "groundwork/cli/a.py": "kind = 1\n",
        "pipelines/forecasting/models.py": "naive = 1\n",
        "CHANGELOG.md": "tick and judge",
    }

    assert [
        ("groundwork/tick.py", 1, "tick, knock, doorbell"),
        ("groundwork/tick.py", 2, "judge"),
        ("groundwork/twin/a.py", 1, "kind"),
    ] == sorted((each.path, each.line, each.rule.name) for each in replaced_terms(planted))


def test_a_rate_is_per_thousand_words() -> None:
    text = Text(group="docs", path="docs/a.md", line=1, text="Nobody " + "word " * 499)

    assert rates([text])["nobody, somebody"] == 2


def test_the_texts_of_the_repository_are_found(files: dict[str, str], found: list[Text]) -> None:
    sizes = {group: sum(text.words for text in found if text.group == group) for group in ("docs", "help", "messages", "code")}
    least = {"docs": 20_000, "help": 800, "messages": 8_000, "code": 30_000}

    assert {} == {group: sizes[group] for group, words in least.items() if sizes[group] < words}
    assert {"README.md", "pyproject.toml", "tests/unit/test_prose.py"} <= set(files)


def test_markdown_is_read_by_paragraph_cell_and_item() -> None:
    page = "# Head\ntext [with a](link) and\n`code`\n* item\n1. second\n\n| a | b |\n|---|:-:|\n| **c** | |\n"

    assert [(1, "Head"), (2, "text with a and\nX"), (4, "item"), (5, "second"), (7, "a"), (7, "b"), (9, "c")] == [
        (text.line, text.text) for text in markdown("docs/a.md", page)
    ]


def test_messages_are_whole_strings_and_docstrings_are_none() -> None:
    code = (
        '"""Module text."""\nX = 1\n"""Field text."""\nraise E("c", f"a {X} b" "c" + d, hint if y else "do that")\nkey = "word"\n'
    )

    read_ = list(python("groundwork/a.py", code))

    assert ["a X bcX", "do that"] == [text.text for text in read_ if text.group == "messages"]
    assert {"Module text.", "Field text."} == {text.text for text in read_ if text.group == "code"}
