"""What a report is made of, and what comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundwork.factory.change import Change as Changed
from groundwork.sdk.evaluation import Evaluation

_CANDIDATE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that is one thing now, and another once the candidate is released."""

    before: str
    """Empty where there is none yet."""
    after: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a candidate changes in the infrastructure."""

    made: tuple[tuple[str, str], ...] = ()
    """Type and name of every resource of the candidate's stack."""
    champion: Change | None = None
    """The model version that serves; None where this promotion's release leaves it alone."""
    schedule: Change | None = None
    """The pipeline's digest that the schedule runs; None as above."""
    lines: tuple[str, ...] = ()
    """What else release will change, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """The pipeline that the schedule will run once this is released."""

    now: bytes
    before: bytes | None
    """The one that it runs now; None where it runs none, or another one than it is pinned to."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """All that a report shows. Strings of strangers come as they are: rendering makes them harmless."""

    candidate: str
    """Its id, `<deployment>-<first 12 of the commit>`."""
    branch: str
    next_branch: str
    """Where an approval takes it; empty on the last branch."""
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
    """`gs://…` where the page will lie."""
    passed: bool
    reasons: tuple[tuple[str, bool], ...]
    """What the gate asked, and whether it was so."""
    evaluation: Evaluation
    own_report: bytes | None
    """The `report.json` that the candidate's pipeline wrote."""
    plan: Plan
    lineage: tuple[tuple[str, str], ...]
    """Label and value, in the order in which they are shown."""
    change: Changed
    """All that the commit changes."""
    compiled: Compiled
    notebook: bytes | None
    """The commit's, with the outputs of its executed copy."""
    notebook_before: bytes | None
    """The same at the commit that this one is compared with."""

    def __post_init__(self) -> None:
        if not _CANDIDATE.fullmatch(self.candidate):  # the pull request's text has it in a line of its own, for programs
            raise ValueError(f"{self.candidate!r} is no candidate's id: letters, digits, `.`, `_` and `-`, 100 at most")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A report: what the review decision is bound to."""

    html: bytes
    """The page, UTF-8, less than a million bytes."""
    digest: str
    """`sha256:…` of the page."""
    summary: str
    """The pull request's text, in Markdown."""
    unseen: str
    """What of the change is not on the page, as a sentence: then nobody may be asked. Empty when all of it is."""
