"""The input of a report, and the rendered report."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundwork.factory.change import Change as Changed
from groundwork.sdk.evaluation import Evaluation

_CANDIDATE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A value before and after the candidate's release."""

    before: str
    """Empty if there is none yet."""
    after: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The candidate's changes to the infrastructure."""

    made: tuple[tuple[str, str], ...] = ()
    """Type and name of every resource of the candidate's stack."""
    champion: Change | None = None
    """The model version that serves; None if this promotion's release does not change it."""
    schedule: Change | None = None
    """The pipeline's digest that the schedule runs; None as above."""
    lines: tuple[str, ...] = ()
    """Other changes of the release, one sentence each."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """The pipeline that the schedule will run after the release."""

    now: bytes
    before: bytes | None
    """The one that it runs now; None if it runs none, or not the pinned one."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """All input of a report. Untrusted strings are unchanged: rendering makes them harmless."""

    candidate: str
    """Its id, `<deployment>-<first 12 of the commit>`."""
    branch: str
    next_branch: str
    """The branch after an approval; empty on the last branch."""
    commit: str
    """In full."""
    author: str
    subject: str
    environment: str
    deployment: str
    build: str
    run: str
    identity: str
    """E-mail address of the leased identity that the candidate ran under."""
    address: str
    """Address of the page, `gs://…`."""
    passed: bool
    reasons: tuple[tuple[str, bool], ...]
    """The gate's conditions, and whether each is met."""
    evaluation: Evaluation
    own_report: bytes | None
    """The `report.json` that the candidate's pipeline wrote."""
    plan: Plan
    lineage: tuple[tuple[str, str], ...]
    """Labels and values, in order."""
    change: Changed
    """All that the commit changes."""
    compiled: Compiled
    notebook: bytes | None
    """The commit's, with the outputs of its executed copy."""
    notebook_before: bytes | None
    """The same at the commit that this one is compared with."""

    def __post_init__(self) -> None:
        if not _CANDIDATE.fullmatch(self.candidate):  # the pull request's text has it in a line of its own, for programs
            raise ValueError(f"{self.candidate!r} is not the id of a candidate: letters, digits, `.`, `_` and `-`, 100 at most")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A report; the review decision is bound to it."""

    html: bytes
    """The page, UTF-8, less than a million bytes."""
    digest: str
    """`sha256:…` of the page."""
    summary: str
    """The pull request's text, in Markdown."""
    unseen: str
    """The part of the change that is not on the page, as a sentence: no review may begin. Empty if all of it is."""
