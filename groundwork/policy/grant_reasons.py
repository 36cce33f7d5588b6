"""Why each grant is there, by its resource's name in the program: what `docs/reference/access.md` tells beside who may what.

A grant that no line here fits, and a line that no grant needs, is a mistake that a test finds: who adds one says why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_DEPLOYER: Mapping[str, str] = {
    "accounts": "makes identities, and takes the default ones' roles away",
    "acts": "makes triggers and machines that run as an identity",
    "alerts": "makes alerts and those who are told",
    "apis": "enables services",
    "builds": "makes triggers",
    "clock": "creates the job that starts reconciliation",
    "connections": "makes the connection to the repository",
    "data": "makes datasets and tables, and the grants on them",
    "federation": "makes the pool of CI outside of Google",
    "firewall": "makes the firewall",
    "grants": "grants roles on the project: those alone that the condition lists",
    "images": "makes repositories, and the grants on them",
    "lines": "writes the log of its own build",
    "logs": "makes metrics of logs, and the sink of those that are kept",
    "models": "makes the metadata store, endpoints and features",
    "network": "makes the network",
    "notebooks": "makes Workbench instances",
    "peering": "peers the network with Google's services",
    "pool": "its build runs on the environment's own machines",
    "pools": "makes the pool of machines",
    "roles": "makes the role by which rows are written",
    "pulls-images": "its build runs the platform's released image",
    "secrets": "makes the grants on secrets",
    "storage": "makes buckets, and the grants on them",
    "topics": "makes topics, and the grants on them",
}

OPTIONAL: Mapping[str, str] = {
    r"audit-writer": "Logging itself adds the audit log, and can take nothing away",
    r"secret-.+-reader-.+": "its pipeline signs in with it somewhere else",
    r"data-key-[a-z]+": "encrypts and decrypts what it stores with the client's own key",
}
"""Of what the shipped environments do not have, and others may."""

REASONS: Mapping[str, str] = {
    **OPTIONAL,
    **{f"deployer-{key}": reason for key, reason in _DEPLOYER.items()},
    r".+-[0-9a-f]{12}(-\d+)?-writer-runner": "stores what its run finds, and reads it back",
    r"factory-builds": "submits candidates' builds, follows them, and cancels those that a later push overtakes",
    r"factory-logs": "writes the logs of its own builds",
    r"factory-models": "registers a released model's version, moves the alias `champion`, keeps the schedule",
    r"factory-pool": "its builds run on the environment's own machines",
    r"factory-pulls-images": "its builds run the platform's released image",
    r"factory-queries": "runs the queries by which it measures; makes candidates' datasets, and owns each that it made",
    r"factory-reads-raw": "measures results on the holdout, which no candidate can read",
    r"factory-secret-git-provider": "reads pushed commits, opens pull requests, reads review decisions, merges",
    r"candidate-\d+-user-factory": "has a candidate's build run as it",
    r".+-runner-user-factory": "has the schedule's runs run as it",
    r"candidate-\d+-logs": "writes the log of its build",
    r"candidate-\d+-pulls-images": "its build runs the platform's released image",
    r"candidate-\d+-queries": "runs the queries of its pipeline",
    r"training_views-reader-candidate-\d+": "reads what candidates may know of the raw tables",
    r"candidates-folder-candidate-\d+": "keeps what its run makes in a folder of its own",
    r"candidates-writer-factory": "looks at what candidates made, copies it and clears up behind them",
    r"records-writer-factory": "keeps reports, evaluation and what was released, and retracts what is not to stay",
    r"ledger-creator-factory": "adds records, and can neither overwrite nor delete one",
    r"ledger-reader-factory": "goes on from what is written",
    r".+_scratch-writer-runner": "stores what people try by hand, apart from what serves",
    r".+-writer-factory": "releases results, and records which version serves",
    r".+-artifacts-writer-runner": "keeps what its runs make",
    r".+-writer-runner": "stores the results of the schedule's runs",
    r".+-runner-logs": "writes the logs of its runs",
    r".+-runner-pulls-images": "its runs start from the platform's released image",
    r".+-runner-queries": "runs the queries of its pipeline",
    r".+-runner-reads-raw": "computes results from all raw data",
    r".+-workbench-queries": "runs the queries of notebooks",
    r".+-workbench-reads-.+": "a notebook on the machine reads it; what is stored as a result comes from a push",
    r".+-workbench-user-owner": "opens the machine, whose notebooks run as this identity",
    r".+-workbench-owner": "opens JupyterLab on the machine",
    r"previewer-bucket-state": "compares the program with the stack as it is",
    r"previewer-logs": "writes the log of its own build",
    r"previewer-pool": "its build runs on the environment's own machines",
    r"previewer-pulls-images": "its build runs the platform's released image",
    r"outside-ci-bucket-state": "previews the stack, outside of Google",
    r"outside-ci-builds": "sees how builds went",
    r"outside-ci-pulls-images": "runs the platform's released image",
    r"federation-.+": "a push to the branch, in the repository's own CI, acts as it without a key",
    r"github-token": "Cloud Build itself reads the repository",
    r"kept-logs-writer": "Logging itself adds the logs that are kept, and reads none",
    r"training_views-reader-scientists@.+": "scientists query the training views, which end before the holdout",
    r".+-reader-scientists@.+": "scientists query the data of an environment that is not production's",
    r"people-scientists@.+-queries": "scientists run queries",
    r"people-.*engineers@.+-approvals": "engineers approve what is brought up",
    r"people-.*engineers@.+-builds": "engineers see how builds went",
    r"people-.*engineers@.+-logs": "engineers read what builds and runs say",
    r"people-auditors@.+-audit-log": "auditors read who did what, and who read what",
    r"(ledger|logs)-reader-auditors@.+": "auditors read what is on record",
    r"reconcile-publisher-.*engineers@.+": "engineers start a reconciliation",
    r".+-retry-publisher-reviewers@.+": "reviewers ask for another try of what failed or expired",
    r".+-rollback-publisher-reviewers@.+": "reviewers ask for the champion before",
    r"records-reader-reviewers@.+": "reviewers read the reports that they decide on",
    r"records-reader-auditors@.+": "auditors see there which promotions are under way, and what was decided on",
    r"training_views-.+-of-raw": "shows every reader of the view the raw tables without the holdout",
    r".+_features-.+-of-.+": "shows what the champion has stored as features, whoever asks it",
}
"""The first that fits a whole name holds."""


def pattern_of(name: str) -> str:
    """Return the line that fits a grant's name; raises LookupError where none does."""
    found = next((pattern for pattern in REASONS if re.fullmatch(pattern, name)), None)
    if found is None:
        raise LookupError(f"nobody has said why the grant `{name}` is there: add a line to groundwork/policy/grant_reasons.py")
    return found


def why(name: str) -> str:
    """Return why a grant is there; raises LookupError as above."""
    return REASONS[pattern_of(name)]
