"""Check codes and hints of errors: a code is a phrase to search for, a hint is an action of the reader.

`python tools/error_style.py` prints the faults of all files; with paths, only of files below them. It exits with 1 if there are
faults.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence

from tools.error_codes import Raised, raised, read
from tools.syntax_trees import PASSED_ON

ENDINGS = {
    "ambiguous": "Several things fit. Choose one.",
    "busy": "A process works on it. Wait until it has ended.",
    "changed": "It differs from the version that was copied, evaluated or recorded.",
    "conflict": "It does not fit the existing state, or two values exclude each other. A repetition does not help.",
    "denied": "The person or the identity lacks a right.",
    "empty": "It exists and has no content.",
    "ended": "It has ended and cannot continue.",
    "exists": "It exists already.",
    "failed": "A process ended with an error.",
    "invalid": "The value does not have the required form.",
    "missing": "A required program, value or part is not there.",
    "not-found": "The named thing does not exist.",
    "not-ready": "It exists, and is not yet in the state that the command needs.",
    "outdated": "A later version exists.",
    "outside": "It is not inside of the folder, branch or list in which it must be.",
    "refused": "A rule refuses it. Nothing was changed.",
    "taken": "Another environment, deployment or process owns it.",
    "timeout": "It took longer than its time limit.",
    "too-large": "It exceeds a limit.",
    "unavailable": "A service or a person could not be reached. A repetition can help.",
    "unreadable": "Its content cannot be read.",
    "unsupported": "Groundwork or the twin does not support it.",
    "unused": "Nothing uses it.",
    "unwritable": "It cannot be written.",
}
"""The last words of a code, and their meaning."""

RULES = "groundwork/policy/"
"""Codes of policy are names of rules, which an environment file repeats in `exceptions`: they name the refused thing."""

VERBS = frozenset({
    "add", "adopt", "allow", "amend", "append", "approve", "ask", "authorise", "begin", "bring", "call", "change", "check",
    "choose", "clear", "close", "commit", "compare", "compile", "configure", "connect", "copy", "correct", "create", "decide",
    "declare", "delete", "deploy", "disable", "drop", "edit", "empty", "enable", "end", "exempt", "export", "fill", "find",
    "fix", "follow", "free", "give", "grant", "have", "import", "increase", "inform", "install", "keep", "leave", "let", "list",
    "load", "log", "look", "make", "mark", "merge", "move", "name", "open", "pass", "pipe", "propose", "pull", "push", "put",
    "read", "reduce", "register", "release", "remove", "rename", "repair", "repeat", "replace", "request", "reserve", "reset",
    "restart", "restore", "retract", "retry", "revert", "review", "roll", "run", "save", "schedule", "select", "send", "set",
    "shorten", "show", "sign", "specify", "split", "start", "stop", "store", "submit", "switch", "take", "try", "turn", "unset",
    "update", "upgrade", "use", "verify", "wait", "withdraw", "write",
})  # fmt: skip
"""A hint begins with one of these. A verb that asks for nothing, such as `see` or `note`, is not one of them."""

COMMANDS = ("git", "groundwork", "make", "pulumi", "uv")

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_ENDING = re.compile(rf".+-(?:{'|'.join(ENDINGS)})")
_VAGUE = re.compile(r"\b(?:see|read) (?:\w+ ){0,3}(?:above|below)\b|\bas above\b|\bas said\b", re.IGNORECASE)


def faults(errors: Iterable[Raised]) -> Iterator[tuple[str, int, str]]:
    """Yield path, line and description of each fault."""
    for error in errors:
        problems = [*_code_faults(error), *(problem for hint in error.hints for problem in _hint_faults(hint))]
        yield from ((error.path, error.line, problem) for problem in problems)


def _code_faults(error: Raised) -> Iterator[str]:
    if not _CODE.fullmatch(error.code):
        yield f"code `{error.code}` is not at least two words in lower case with dashes, written out in the source"
    elif not error.path.startswith(RULES) and not _ENDING.fullmatch(error.code):
        yield f"code `{error.code}` does not end with one of the words of ENDINGS"


def _hint_faults(hint: str) -> Iterator[str]:
    if hint.startswith(PASSED_ON["hint"]):
        return
    first = re.match(r"[A-Za-z]+", hint)
    is_command = hint.startswith(tuple(f"`{command} " for command in COMMANDS))
    if not is_command and (first is None or first[0].lower() not in VERBS):
        yield f"hint does not begin with an action: {hint}"
    if _VAGUE.search(hint):
        yield f"hint refers to another text: {hint}"


def main(paths: Sequence[str]) -> int:
    """Print the faults of files below the paths; return 1 if there are faults."""
    listed = [each for each in sorted(set(faults(raised(read())))) if not paths or each[0].startswith(tuple(paths))]
    print(*(f"{path}:{line}: {problem}" for path, line, problem in listed), f"{len(listed)} faults", sep="\n")  # noqa: T201
    return 1 if listed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
