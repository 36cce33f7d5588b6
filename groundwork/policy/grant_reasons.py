"""The reason of each grant, by the name of its resource in the program, for `docs/reference/access.md`.

A test fails for a grant without a reason, and for a reason without a grant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_DEPLOYER: Mapping[str, str] = {
    "accounts": "creates identities, and removes the roles of the default ones",
    "acts": "creates triggers and machines that run as an identity",
    "alerts": "creates alerts and notification channels",
    "apis": "enables services",
    "builds": "creates triggers",
    "clock": "creates the job that starts reconciliation",
    "connections": "creates the connection to the repository",
    "data": "creates datasets and tables, and the grants on them",
    "firewall": "creates the firewall",
    "federation": "creates the identity pool for CI outside of Google Cloud",
    "grants": "grants roles on the project, but only those in the condition",
    "images": "creates repositories, and the grants on them",
    "lines": "writes the log of its builds",
    "logs": "creates log-based metrics, and the sink for retained logs",
    "models": "creates the metadata store, endpoints and features",
    "network": "creates the network",
    "notebooks": "creates Workbench instances",
    "peering": "peers the network with Google's services",
    "pool": "runs its builds on the environment's own machines",
    "pools": "creates the pool of machines",
    "roles": "creates the role for writing rows",
    "pulls-images": "runs the platform's released image",
    "secrets": "creates the grants on secrets",
    "storage": "creates buckets, and the grants on them",
    "topics": "creates topics, and the grants on them",
}

OPTIONAL: Mapping[str, str] = {
    r"audit-writer": "Logging adds entries of the audit log, and cannot delete any",
    r"secret-.+-reader-.+": "signs in to another service from its pipeline",
    r"data-key-[a-z]+": "encrypts and decrypts its stored data with the client's key",
}
"""Reasons of grants that the shipped environments do not have, and other environments may have."""

REASONS: Mapping[str, str] = {
    **OPTIONAL,
    **{f"deployer-{key}": reason for key, reason in _DEPLOYER.items()},
    r".+-[0-9a-f]{12}(-\d+)?-writer-runner": "stores the results of its run, and reads them back",
    r"factory-builds": "submits candidates' builds, watches them, and cancels those that a later push supersedes",
    r"factory-logs": "writes the logs of its builds",
    r"factory-models": "registers the version of a released model, moves the alias `champion`, and manages the schedule",
    r"factory-pool": "runs its builds on the environment's own machines",
    r"factory-pulls-images": "runs the platform's released image",
    r"factory-queries": "runs the queries of the evaluation; creates candidates' datasets, and owns each that it created",
    r"factory-reads-raw": "measures results on the holdout, which candidates cannot read",
    r"factory-secret-git-provider": "reads pushed commits and review decisions, opens and merges pull requests",
    r"candidate-\d+-user-factory": "starts the candidate's build as this identity",
    r".+-runner-user-factory": "starts scheduled runs as this identity",
    r"candidate-\d+-logs": "writes the log of its build",
    r"candidate-\d+-pulls-images": "runs the platform's released image",
    r"candidate-\d+-queries": "runs the queries of its pipeline",
    r"training_views-reader-candidate-\d+": "reads the raw tables without the holdout",
    r"candidates-folder-candidate-\d+": "stores the files of its run in its own folder",
    r"candidates-writer-factory": "reads candidates' files, copies them, and deletes them at the end",
    r"records-writer-factory": "stores reports, evaluations and release records, and deletes those that are rolled back",
    r"ledger-creator-factory": "adds records, and can neither overwrite nor delete them",
    r"ledger-reader-factory": "reads the records of earlier builds, and continues from there",
    r".+_scratch-writer-runner": "stores the results of manual runs, separate from those of the champion",
    r".+-writer-factory": "stores released results, and records which version serves",
    r".+-artifacts-writer-runner": "stores the artifacts of its runs",
    r".+-writer-runner": "stores the results of scheduled runs",
    r".+-runner-logs": "writes the logs of its runs",
    r".+-runner-pulls-images": "runs the platform's released image",
    r".+-runner-queries": "runs the queries of its pipeline",
    r".+-runner-reads-raw": "computes results from all raw data",
    r".+-workbench-queries": "runs the queries of notebooks",
    r".+-workbench-reads-.+": "reads it from notebooks on the machine; stored results come only from pushes",
    r".+-workbench-user-owner": "opens the machine, on which notebooks run as this identity",
    r".+-workbench-owner": "opens JupyterLab on the machine",
    r"previewer-bucket-state": "compares the program with the state of the environment",
    r"previewer-logs": "writes the log of its builds",
    r"previewer-pool": "runs its builds on the environment's own machines",
    r"previewer-pulls-images": "runs the platform's released image",
    r"outside-ci-bucket-state": "reads the state for previews outside of Google Cloud",
    r"outside-ci-builds": "reads the status of builds",
    r"outside-ci-pulls-images": "runs the platform's released image",
    r"federation-.+": "acts as this identity without a key, for pushes to the branch in the repository's own CI",
    r"github-token": "reads the repository for Cloud Build",
    r"kept-logs-writer": "Logging adds retained logs, and cannot read them",
    r"training_views-reader-scientists@.+": "scientists query the training views, which exclude the holdout",
    r".+-reader-scientists@.+": "scientists query the data of an environment that is not production",
    r"people-scientists@.+-queries": "scientists run queries",
    r"people-.*engineers@.+-approvals": "engineers approve deployments of platform changes",
    r"people-.*engineers@.+-builds": "engineers read the status of builds",
    r"people-.*engineers@.+-logs": "engineers read the logs of builds and runs",
    r"people-auditors@.+-audit-log": "auditors read the audit log, including data access",
    r"(ledger|logs)-reader-auditors@.+": "auditors read the ledger and the retained logs",
    r"reconcile-publisher-.*engineers@.+": "engineers start a reconciliation",
    r".+-retry-publisher-reviewers@.+": "reviewers request another attempt for a failed or expired candidate",
    r".+-rollback-publisher-reviewers@.+": "reviewers request a rollback to the previous champion",
    r"records-reader-reviewers@.+": "reviewers read the reports of the candidates that they decide on",
    r"records-reader-auditors@.+": "auditors read the reports, and which promotions have not ended",
    r"training_views-.+-of-raw": "gives readers of the view access to the raw tables, without the holdout",
    r".+_features-.+-of-.+": "gives readers of the view access to the champion's stored features",
}
"""The first pattern that matches the whole name counts."""


def pattern_of(name: str) -> str:
    """Return the first pattern of `REASONS` that matches the name of a grant; raises LookupError for none."""
    match = next((pattern for pattern in REASONS if re.fullmatch(pattern, name)), None)
    if match is None:
        raise LookupError(f"the grant `{name}` has no reason: add a line to groundwork/policy/grant_reasons.py")
    return match


def reason_of(name: str) -> str:
    """Return the reason of a grant; raises LookupError for a grant without one."""
    return REASONS[pattern_of(name)]
