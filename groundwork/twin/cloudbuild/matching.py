"""Decides which triggers a push fires, and gives the reason for each other one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOT_IN_RE2 = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:[=!(]|<[=!]|P=)|\\[1-9])")


@dataclass(frozen=True, kw_only=True)
class PullRequestEvent:
    """A pull request that was opened, or commented on."""

    number: int
    base: str
    asked: bool
    """Whether a person with write access to the repository asked for its builds."""


@dataclass(frozen=True, kw_only=True)
class Push:
    """One branch that was pushed, or proposed."""

    branch: str
    before: str | None
    """The commit that the branch stood at; None when it is new."""
    commit: str
    files: tuple[str, ...]
    """Paths that the push changed, added or removed, relative to the repository's root."""
    pull: PullRequestEvent | None = None
    """Set where the branch was not pushed but proposed."""


def reason_against(trigger: Mapping[str, Any], push: Push) -> str:
    """Return why a trigger does not fire for a push, or "" when it does."""
    if trigger.get("disabled"):
        return "it is disabled"
    if trigger.get("filter"):
        return "it has a `filter`, which the twin does not know"
    if (trigger.get("approvalConfig") or {}).get("approvalRequired"):
        return "its builds wait for approval, which the twin does not know"
    rule = (trigger.get("repositoryEventConfig") or {}).get("pullRequest" if push.pull else "push") or {}
    if not rule.get("branch"):
        return "it is not for pull requests" if push.pull else "it is not for pushes to branches"
    return _pushed_against(trigger, rule, push)


def _pushed_against(trigger: Mapping[str, Any], rule: Mapping[str, Any], push: Push) -> str:
    branch = push.pull.base if push.pull else push.branch
    if reason := _branch_against(rule["branch"], invert=bool(rule.get("invertRegex")), branch=branch):
        return reason
    if push.pull and rule.get("commentControl") == "COMMENTS_ENABLED" and not push.pull.asked:
        return "no person with write access to the repository has commented `/gcbrun` in it"
    return _files_against(trigger.get("includedFiles") or (), trigger.get("ignoredFiles") or (), push.files)


def _branch_against(pattern: str, *, invert: bool, branch: str) -> str:
    """Cloud Build searches with RE2 (https://github.com/google/re2/wiki/Syntax): a pattern without anchors matches a part."""
    if _NOT_IN_RE2.search(pattern):
        return f"its branch pattern `{pattern}` uses a construction that RE2 lacks: look-around or a reference back"
    try:
        found = re.search(pattern, branch) is not None
    except re.error as error:
        return f"its branch pattern `{pattern}` is not a regular expression: {error}"
    if found != invert:
        return ""
    return f"its branch pattern is `{pattern}`" + (", inverted" if invert else "")


def _files_against(included: Sequence[str], ignored: Sequence[str], files: Sequence[str]) -> str:
    """As `BuildTrigger` says it: ignored files go first, then one of those left must be included."""
    for pattern in (*included, *ignored):
        try:
            _compiled(pattern)
        except re.error:
            return f"its file pattern `{pattern}` is not a glob"
    left = [file for file in files if not any(matches(pattern, file) for pattern in ignored)]
    if ignored and not left:
        return f"every changed file is one of its ignored files ({', '.join(ignored)})"
    if included and not any(matches(pattern, file) for file in left for pattern in included):
        return f"no changed file is one of its included files ({', '.join(included)})"
    return ""


def matches(pattern: str, path: str) -> bool:
    """Return whether a path matches a glob of Go's `filepath.Match`, extended by `**` for any number of folders."""
    return _compiled(pattern).fullmatch(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    tokens = re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|\[\^?\]?[^\]]*\]|\\.|.", pattern, re.DOTALL)
    return re.compile("".join(map(_regular, tokens)), re.DOTALL)


_PARTS = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _regular(token: str) -> str:
    if token in _PARTS:
        return _PARTS[token]
    if not token.startswith("[") or len(token) == 1:
        return re.escape(token[1:] or token if token.startswith("\\") else token)
    negated = token.startswith("[^")
    body = re.sub(r"([\[\]&~|\\^])", r"\\\1", token[1 + negated : -1])
    return f"(?!/)[{'^' if negated else ''}{body}]"
