"""Look for constructions that `style.md` of plain English bans, and for words that a term of the glossary has replaced.

`python tools/prose.py` prints the rates per 1,000 words and the number of findings in each file; `python tools/prose.py PATH…`
prints the findings of these files and folders. It exits with 1 if there are findings.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tools.prose_texts import Group, Text, help_texts, read, texts

CHECKED: frozenset[Group] = frozenset({"docs", "help", "messages"})
"""Groups in which a banned construction is a finding; docstrings and comments are measured."""

_SENTENCE = r"(?:\A|(?<=[.!?:;|] ))"
_QUESTION = r"(?:\A|(?<=[.!?:;] ))[^.!?:;]*\?"
_ASKS = (
    r"\b(?:ask|check|choose|clear|decide|define|describe|determine|explain|find out|guess|know|learn|note|predict|remember"
    r"|say|see|show|specify|state|test|understand|verify|wonder)(?:s|n|d|ed|ing)?"
)
_PREPOSITION = r"(?:about|at|behind|below|beside|besides|between|but|by|for|from|in|into|of|on|over|than|to|under|with|without)"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A pattern that must not occur, and the cases of it that are good English."""

    name: str
    instead: str
    """An action for the writer."""
    stems: tuple[str, ...]
    """One of these, in lower case, is in every match: looking for them first is ten times faster."""
    pattern: str
    fine: str = r"(?!)"
    """A match that lies inside a match of this is not counted."""
    case: bool = False
    """Whether upper and lower case differ."""
    headings: bool = False
    """Whether only headings are looked at."""
    within: str = ""
    """Only paths in which this is found; all by default."""
    outside: str = r"(?!)"
    """No paths in which this is found."""

    @cached_property
    def _wrong(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)

    @cached_property
    def _fine(self) -> re.Pattern[str]:
        return re.compile(self.fine, self._flags)

    @property
    def _flags(self) -> re.RegexFlag:
        return re.MULTILINE | (re.NOFLAG if self.case else re.IGNORECASE)

    def matches(self, text: str, lowered: str | None = None) -> Iterator[re.Match[str]]:
        """Yield each occurrence that is not one of the good cases; `lowered` is the text in lower case, where it is at hand."""
        lowered = text.lower() if lowered is None else lowered
        if not any(stem in lowered for stem in self.stems):
            return
        spans: list[tuple[int, int]] | None = None
        for match in self._wrong.finditer(text):
            if spans is None:
                spans = [good.span() for good in self._fine.finditer(text)]
            if not any(start <= match.start() and match.end() <= end for start, end in spans):
                yield match

    def concerns(self, path: str) -> bool:
        """Return whether files at this path are looked at."""
        return bool(re.search(self.within, path)) and not re.search(self.outside, path)


CONSTRUCTIONS = (
    Rule(
        name="clause as a noun",
        instead="name the thing: not `what it made` but `its resources`",
        stems=("what", "who", "where", "that which"),
        pattern=(
            rf"\bwhat(?= ?\w| …)|\bwhat's\b|{_SENTENCE}who(?= \w)|\b{_PREPOSITION} who\b"
            r"|\b(?:to|of|by) where\b|\bthat which\b"
        ),
        fine=(
            rf"{_QUESTION}|{_ASKS} (?:(?!{_PREPOSITION}\b)\w+ ){{0,3}}what\b|{_ASKS} [^.:;!?]{{0,80}}(?:and|or|,) what\b"
            r"|\bwhat to [a-z]+|\bwhat if\b|\bno matter what\b|\bwhat-if\b"
        ),
    ),
    Rule(
        name="nobody, somebody",
        instead="name the role: reviewer, owner, caller, process",
        stems=("body", "one"),
        pattern=r"\b(?:no|some|any|every)body(?:'s)?\b|\b(?:some|any|every)one(?:'s)?\b|\bno one(?:'s)?\b(?!-)",
    ),
    Rule(
        name="whoever, whose",
        instead="name the role, or say `with` or `of which`",
        stems=("who", "what", "which"),
        pattern=r"\b(?:whoever|whomever|whom|whose|whosoever|whatever|whatsoever|whichever)\b",
    ),
    Rule(
        name="likewise, besides, alone, apart",
        instead="say `also`, `only`, `except`, `separate`, `at the same time`",
        stems=("likewise", "besides", "meanwhile", "alone", "apart"),
        pattern=r"\b(?:likewise|besides|meanwhile|alone|apart)\b",
        fine=(
            r"\bapart from\b|\b(?:tell|tells|telling|told|take|takes|taken|taking|set|sets|far|move|moved) (?:\w+ ){0,4}?apart\b"
            r"|\b(?:stand|stands|standing|leave|leaves|leaving|left|let|lets|works?|runs?) (?:\w+ ){0,4}?alone\b|\bstand-alone\b"
            r"|\b(?:seconds|minutes|hours|days|weeks|months|years) apart\b"
        ),
    ),
    Rule(
        name="tell, told",
        instead="say `notify`, `list`, `describe`, `report`, `print`, `configure`",
        stems=("tell", "told"),
        pattern=r"\b(?:tell|tells|told|telling)\b",
        fine=r"\b(?:tell|tells|told|telling) (?:\w+ ){0,4}?(?:apart|from)\b",
    ),
    Rule(
        name="is no X",
        instead="say `is not a`",
        stems=(" no ",),
        pattern=r"\b(?:is|are|was|were|be|been|being|isn't) no\b(?= \w)",
        fine=(
            r"\bthere (?:\w+ ){0,2}?(?:is|are|was|were|be|been) no\b|\b(?:is|are) there no\b"
            r"|\b(?:is|are|was|were|be|been) no (?:longer|more|less|fewer|later|earlier|[a-z]+er than)\b"
        ),
    ),
    Rule(
        name="riddle as a heading",
        instead="use a noun or a task: `Reconciliation`, `Roll back a release`",
        stems=("",),
        pattern=r"\A(?:what|who|whom|whose|where|when|which|why|how(?! to\b)|that|if)\b(?!.*\?\Z)",
        headings=True,
    ),
)
"""What style.md bans. The names are the columns of the table, in the order of the review that asked for them."""


def _part(words: str) -> str:
    """Return a pattern of words that stand by themselves or as a part of an identifier: `tick`, `TICK`, `tick_all`, `runTick`."""
    titled = "|".join(word.capitalize() for word in words.split("|"))
    return rf"(?<![A-Za-z])(?:(?i:{words})(?![A-Za-z])|(?:{words}|{titled})(?![a-z]))|(?<=[a-z0-9])(?:{titled})(?![a-z])"


TWIN = r"(?:^|/)twin/"
CHARTS = r"factory/report/(?:chart|numbers)\.py$|report/templates/|unit/factory/test_report\.py$"
SAMPLE_MODEL = (
    r"^pipelines/|^docs/decisions/0006|^docs/tutorial/pictures/|^tests/(?:.*/)?pipelines/|^tests/.*forecasting"
    r"|^tests/e2e/test_(?:factory_kills|hostile)\.py$|^groundwork/cli/demo/lifecycle\.py$"
)

TERMS = (
    Rule(
        name="judge",
        instead="evaluate, evaluation",
        stems=("judg",),
        pattern=_part("judge|judges|judged|judging|judgement|judgements|judgment|judgments"),
        case=True,
    ),
    Rule(
        name="evidence",
        instead="evaluation, evaluation result",
        stems=("evidence",),
        pattern=_part("evidence|evidences"),
        case=True,
    ),
    Rule(
        name="figure",
        instead="metric",
        stems=("figure",),
        pattern=_part("figure|figures"),
        fine=r"<Figure|</?figure\b|\"figure\", \"figcaption\"|^figure\b(?=.*\{)|figures? out\b|\bgo\.Figure|figure \d",
        case=True,
    ),
    Rule(
        name="bounds",
        instead="thresholds; limits where it is not about the gate",
        stems=("bound",),
        pattern=_part("bounds") + r"|\b(?i:a|an|the|this|each|every|no|one|any|that|another) bound\b(?! (?:to|by|in)\b)",
        fine=r"\b(?:out of|within|out_of|within_|in)[ _]?bounds\b|\b(?:upper|lower) bounds?\b",
        case=True,
    ),
    Rule(
        name="bound",
        instead="threshold",
        stems=("bound",),
        pattern=r"\bbound\b(?! (?:to|by)\b)",
        within=r"factory/(?:gate|evaluation)\.py$|factory/steps/gate\.py$|factory_settings\.py$|test_gate",
    ),
    Rule(
        name="naive",
        instead="baseline",
        stems=("naive",),
        pattern=_part("naive"),
        fine=r"(?:time|tz|timezone)[- ]naive|naive (?:datetimes?|timestamps?|dates?|times?)\b",
        case=True,
        outside=SAMPLE_MODEL,
    ),
    Rule(
        name="verdict",
        instead="review decision, approval, rejection",
        stems=("verdict",),
        pattern=_part("verdict|verdicts"),
        case=True,
    ),
    Rule(
        name="unmake, undo",
        instead="roll back; revert for one effect",
        stems=("unma", "undo", "undid"),
        pattern=_part("unmake|unmakes|unmade|unmaking|undo|undoes|undid|undone|undoing"),
        case=True,
    ),
    Rule(
        name="take back",
        instead="retract rows, roll back resources",
        stems=("back",),
        pattern=r"(?<![A-Za-z])(?:take|takes|taken|took|taking)[\s_-](?:(?!place)[a-z]+[\s_-]){0,3}?(?<!the )back(?![a-z])",
    ),
    Rule(
        name="tick, knock, doorbell",
        instead="reconcile",
        stems=("tick", "knock", "doorbell"),
        pattern=_part("tick|ticks|ticked|ticking|knock|knocks|knocked|knocking|doorbell|doorbells"),
        fine=r"\btick (?:marks?|labels?)\b|(?:its|axis'?|clock)[ _]ticks\b|\bticks since\b",
        case=True,
        outside=CHARTS,
    ),
    Rule(
        name="lane",
        instead="pipeline changes, platform changes, platform CD",
        stems=("lane",),
        pattern=_part("lane|lanes"),
        case=True,
    ),
    Rule(name="forge", instead="Git provider", stems=("forge",), pattern=_part("forge|forges"), case=True),
    Rule(name="seal", instead="commit marker", stems=("seal",), pattern=_part("seal|seals|sealed|unsealed|sealing"), case=True),
    Rule(
        name="journal",
        instead="promotion log, ledger; step log in pipelines",
        stems=("journal",),
        pattern=_part("journal|journals"),
        fine=r"\bjournal_mode\b|\bjournalctl\b|\brollback journal\b",
        case=True,
    ),
    Rule(
        name="remains",
        instead="leftovers",
        stems=("remains",),
        pattern=r"\bremains\(|\.remains\b|\bremains\.md|\bthe remains\b|\bwhat remains\b|`remains`|\bremains:|\bremains =",
    ),
    Rule(
        name="known",
        instead="training views",
        stems=("known",),
        pattern=(
            r"[`\"']known[`\"']|\bKNOWN\b|\bknown\.sales\b|\}\.known\b|>\.known\b|\bof_known_data\b|\bstacks[./]known\b"
            r"|\b(?:settings|factory|evaluation|parts|judges)\.known\b|\bknown=(?:f?\"|factory|Dataset|str)|^ +known: str\b"
        ),
        case=True,
    ),
    Rule(
        name="home",
        instead="store",
        stems=("home",),
        pattern=r"(?<![A-Za-z])(?:home|homes|Home|Homes)(?![a-z])|(?<=[a-z])Homes?(?![a-z])",
        fine=(
            r"\bPath\.home\b|/home\b(?!\.)|\bHOME\b|_HOME\b|\bhome(?: |-)?(?:directory|directories|folder|page)\b|\bhome office\b"
            r"|\bhomepage\b|\bhome: /"
        ),
        case=True,
        outside=r"\.(?:json|csv|lock)$",
    ),
    Rule(
        name="door",
        instead="interface",
        stems=("door",),
        pattern=_part("door|doors"),
        fine=r"\b(?:front|next)[\s_-]doors?\b",
        case=True,
    ),
    Rule(
        name="kind",
        instead="resource type",
        stems=("kind",),
        pattern=r"\b(?:Kind|Kinds|KINDS|kind|kinds)\b|\b[a-z_]*_kinds?\b|\bkinds?_[a-z_]+\b|\b(?:[A-Z][a-z]+)+Kinds?\b",
        fine=(
            r"\bmetric_?kind\b|\bkinds? of\b"
            r"|\b(?:a|an|any|another|each|every|of|no|one|other|same|some|that|this|two|which) kinds?\b"
        ),
        case=True,
        within=TWIN,
    ),
)
"""The right column of the glossary's table, in its order, each with the places where the word means something else."""

EXEMPT = re.compile(
    r"^CHANGELOG\.md$|^LICENSE$|^uv\.lock$|(?:^|/)go\.sum$|^\.secrets\.baseline$|\.csv$|^tools/prose(?:_texts)?\.py$"
    r"|(?:^|/)test_prose\.py$"
)
"""The changelog says how things were called; this module, and the test of it, have to say the words."""


@dataclass(frozen=True)
class Finding:
    """One occurrence."""

    path: str
    line: int
    rule: Rule
    excerpt: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else f"`{self.path} --help`"
        return f"{where}: {self.rule.name}: …{self.excerpt}… ({self.rule.instead})"


def constructions(items: Iterable[Text]) -> Iterator[Finding]:
    """Yield the banned constructions of some texts."""
    for text in items:
        line, content = text.text.replace("\n", " "), text.text
        lowered = line.lower()
        for rule in CONSTRUCTIONS:
            if text.is_heading or not rule.headings:
                for match in rule.matches(line, lowered):
                    number = text.line + content.count("\n", 0, match.start()) if text.line else 0
                    yield Finding(text.path, number, rule, _near(match))


def replaced_terms(files: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the words that a term has replaced, in the paths and contents of files."""
    for path, content in files.items():
        if not EXEMPT.search(path):
            lowered = content.lower()
            for rule in TERMS:
                if rule.concerns(path):
                    yield from (Finding(path, 1, rule, path) for _ in rule.matches(path))
                    for match in rule.matches(content, lowered):
                        yield Finding(path, content.count("\n", 0, match.start()) + 1, rule, _near(match))


def _near(match: re.Match[str]) -> str:
    return " ".join(match.string[max(0, match.start() - 30) : match.end() + 30].split())


def rates(items: Sequence[Text]) -> dict[str, float]:
    """Return how often each construction occurs in 1,000 words."""
    words = sum(text.words for text in items)
    counts = Counter(finding.rule.name for finding in constructions(items))
    return {rule.name: 1000 * counts[rule.name] / words if words else 0.0 for rule in CONSTRUCTIONS}


def measured(items: Sequence[Text]) -> dict[str, list[Text]]:
    """Return the texts in the groups of the table."""
    return {
        "README and guides": [text for text in items if re.match(r"README\.md|docs/(?:guides|tutorial|concepts)/", text.path)],
        "all documentation": [text for text in items if text.group == "docs"],
        "help and messages": [text for text in items if text.group in {"help", "messages"}],
        "docstrings and comments": [text for text in items if text.group == "code"],
    }


def table(items: Sequence[Text]) -> str:
    """Return the rates as a table."""
    columns = {name: (sum(text.words for text in group), rates(group)) for name, group in measured(items).items()}
    lines = [" " * 45 + "".join(f"{name:>24}" for name in columns)]
    lines.append(f"{'words':<45}" + "".join(f"{words:>24,}" for words, _ in columns.values()))
    lines += [
        f"{rule.name + ' per 1,000':<45}{''.join(f'{rate[rule.name]:>24.1f}' for _, rate in columns.values())}"
        for rule in CONSTRUCTIONS
    ]
    return "\n".join(lines)


def all_texts(files: Mapping[str, str], command: Any) -> list[Text]:
    """Return the texts of the files and the help of the command; a help text that is a string in the code counts once."""
    helped = list(help_texts(command, "groundwork"))
    said = {" ".join(text.text.split()) for text in helped}
    return helped + [text for text in texts(files) if text.group != "messages" or " ".join(text.text.split()) not in said]


def main(paths: Sequence[str]) -> int:
    """Print rates and counts, or the findings of the wanted files."""
    import typer.main  # noqa: PLC0415  the command is loaded for its help

    from groundwork.cli.app import app  # noqa: PLC0415  as above

    files = read()
    items = all_texts(files, typer.main.get_command(app))
    findings = [*constructions(text for text in items if text.group in CHECKED), *replaced_terms(files)]
    if paths:
        findings = [each for each in findings if each.path.startswith(tuple(paths))]
        print(*sorted(findings, key=lambda each: (each.path, each.line)), sep="\n")  # noqa: T201  a program prints
    else:
        counts = Counter(each.path for each in findings)
        print(table(items), "", *(f"{count:>5}  {path}" for path, count in sorted(counts.items())), sep="\n")  # noqa: T201
        print(f"{len(findings):>5}  findings")  # noqa: T201
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
