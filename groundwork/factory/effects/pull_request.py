"""Open a pull request for a review decision, or adopt one that a person opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from groundwork.contract.ledger_records import Json
from groundwork.factory.protocols import REASON
from groundwork.ports.errors import Conflict
from groundwork.ports.git_provider import GitProvider, Proposal, PullRequest
from groundwork.ports.platform import Platform


@dataclass(frozen=True)
class Proposed:
    """A pull request of one commit. One that a person opened is adopted: a rollback returns it and never closes it."""

    platform: Platform

    def plan(  # noqa: PLR0913  repository, proposal, and subject of the review decision
        self,
        *,
        repository: str,
        secret: str,
        head: str,
        base: str,
        commit: str,
        title: str,
        body: str,
        author: str,
        candidate: str,
        report: str,
        reviewers: Sequence[str],
    ) -> Json:
        """Note a pull request that a person opened at this commit, and its text."""
        proposal = {"head": head, "base": base, "commit": commit, "title": title, "body": body, "author": author}
        intent = {"repository": repository, "secret": secret, "proposal": proposal}
        adopted = next((each for each in self._found(intent, "open") if not each.candidate), None)
        was = adopted and {"number": adopted.number, "body": adopted.body}
        said = {"body": body, "candidate": candidate, "report": report, "reviewers": list(reviewers)}
        return {**intent, "said": said, "adopted": was}

    def apply(self, intent: Json) -> Json:
        """Open it, unless it is open, and present commit and report; return its number.

        Raises Conflict if it presents another candidate.
        """
        git_provider, adopted, candidate = self._git_provider(intent), intent["adopted"], intent["said"]["candidate"]
        request = git_provider.pull_request(adopted["number"]) if adopted else git_provider.open(Proposal(**intent["proposal"]))
        if request.candidate not in {"", candidate}:
            raise Conflict(
                f"pull request #{request.number} asks for a review decision on `{request.candidate}`",
                "push changes of two deployments as two branches: a pull request has one candidate",
            )
        git_provider.present(request.number, **intent["said"])
        return {"number": request.number}

    def revert(self, intent: Json) -> None:
        """Comment the reason and close it; restore the text of an adopted one."""
        candidate, adopted = intent["said"]["candidate"], intent["adopted"]
        for request in self._ours(intent):
            reason = f"The factory rolled `{candidate}` back.\n\n{intent.get(REASON, '')}".rstrip()
            self._git_provider(intent).comment(request.number, reason, key=f"rolled-back-{candidate}")
            if adopted:
                self._git_provider(intent).withdraw(request.number, body=adopted["body"])
            else:
                self._git_provider(intent).close(request.number)

    def leftovers(self, intent: Json) -> str:
        """Return whether it is still open, or was merged, which is not rolled back."""
        way = "remove the factory's text from it" if intent["adopted"] else "close it"
        is_open = [f"pull request #{each.number} in {intent['repository']} is open: {way}" for each in self._ours(intent)]
        # decision 14: the factory does not revert a merge
        merged = [
            f"pull request #{each.number} was merged: `git revert -m 1 {each.merge_commit}` on {each.base}"
            for each in self._found(intent, "merged")
            if each.candidate == intent["said"]["candidate"]
        ]
        return "; ".join([*is_open, *merged])

    def _ours(self, intent: Json) -> list[PullRequest]:
        """Return the open pull request of the factory, or the adopted one that has the factory's text."""
        found = self._found(intent, "open")
        if intent["adopted"]:
            number, candidate = intent["adopted"]["number"], intent["said"]["candidate"]
            return [each for each in found if (each.number, each.candidate) == (number, candidate)]
        return [each for each in found if each.candidate in {"", intent["said"]["candidate"]}]

    def _found(self, intent: Json, state: str) -> list[PullRequest]:
        proposed = intent["proposal"]["head"], intent["proposal"]["base"], intent["proposal"]["commit"]
        requests = self._git_provider(intent).pull_requests(state=state)
        return [each for each in requests if (each.head, each.base, each.commit) == proposed]

    def _git_provider(self, intent: Json) -> GitProvider:
        return self.platform.git_provider(intent["repository"], intent["secret"])
