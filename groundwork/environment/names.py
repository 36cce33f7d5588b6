"""What things are called, and what may be written for a name: Google refuses the rest, and half an environment is no use.

The checks raise ValueError with a sentence that says what would be right.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from groundwork.environment.validation_messages import shown

BUILD_POOL = "builds"
"""The private pool of builds, and its attachment to the network."""

NETWORK = "private"
"""The network; what belongs to it begins with that."""

PRIVATE_SERVICES = "private-services"
"""The addresses that are set apart for Google's services, and their peering."""

RAW = "raw"
"""The dataset of the client's raw tables."""

TRAINING_VIEWS = "training_views"
"""The dataset of what candidates may know of the raw tables."""

ROW_WRITER = "rowWriter"
"""The role of the project's own by which rows are written."""

FACTORY = "factory"
"""The account id of the factory's own identity."""

PLATFORM_PUSH = "platform-push"
"""The trigger of pushes that are no pipeline's."""

PREVIEW = "platform-preview"
"""The trigger of pull requests in the platform's lane."""

UP = "platform-up"
"""The trigger of merges in the platform's lane."""

PREVIEWER = "previewer"
"""The account id of the identity that previews them."""

DEPLOYER = "deployer"
"""The account id of the identity that brings the environment up."""

CI = "outside-ci"
"""The account id of the identity that CI outside of Google acts as."""

RECONCILE = "reconcile"
"""The scheduler's job that has the factory look around, and the topic that it publishes to."""

_BUCKET = 63
_CANDIDATE = re.compile(r".+-[0-9a-f]{12}(-\d+)?")
_ACCOUNT = 30


def artifacts_bucket(project: str, deployment: str) -> str:
    """Return the bucket that belongs to a deployment."""
    return f"{project}-{deployment}-artifacts"


def dataset(deployment: str) -> str:
    """Return the dataset that belongs to a deployment; BigQuery knows no dashes."""
    return deployment.replace("-", "_")


def branches(chain: Iterable[str]) -> str:
    """Return the regular expression (RE2) of a chain's branches, for a trigger."""
    return "|".join(f"^{re.escape(branch.removesuffix('*'))}{'.+' * branch.endswith('*')}$" for branch in chain)


def candidate_identity(number: int) -> str:
    """Return the account id of one of the pool that candidates lease from, counted from 1."""
    return f"candidate-{number:02}"


def factory_bucket(project: str, of: str) -> str:
    """Return one of the factory's buckets: of `candidates`, `records` or `ledger`."""
    return f"{project}-{of}"


def scratch(deployment: str) -> str:
    """Return the dataset of what people try of a deployment by hand."""
    return f"{dataset(deployment)}_scratch"


def channel(person: str) -> str:
    """Return the notification channel of an e-mail address."""
    return f"mail-{person}"


def logs_bucket(project: str) -> str:
    """Return the bucket of logs that are kept."""
    return f"{project}-logs"


def audit_bucket(project: str) -> str:
    """Return the bucket of the audit log."""
    return f"{project}-audit"


def state_bucket(project: str) -> str:
    """Return the bucket of the states of a project's stacks."""
    return f"{project}-state"


def features(deployment: str) -> str:
    """Return the dataset of a deployment's features."""
    return f"{dataset(deployment)}_features"


def principal(member: str) -> str:
    """Return what the roles of a person or a group are called by."""
    return f"people-{member.partition(':')[2]}"


def raw_bucket(project: str) -> str:
    """Return the bucket of the client's raw files."""
    return f"{project}-{RAW}"


def row_writer(project: str) -> str:
    """Return the full name of the role by which rows are written."""
    return f"projects/{project}/roles/{ROW_WRITER}"


def runner(deployment: str) -> str:
    """Return the account id that a deployment's builds and runs act as."""
    return f"{deployment}-runner"


def pull_trigger(deployment: str) -> str:
    """Return the trigger that builds people's pull requests to the last branch."""
    return f"{deployment}-pull"


def reconcile_trigger(deployment: str) -> str:
    """Return the trigger that moves a deployment's promotions whenever it is time."""
    return f"{deployment}-reconcile"


def asked(deployment: str, what: str) -> str:
    """Return the topic by which people ask for something of a deployment, and the trigger that hears it."""
    return f"{deployment}-{what}"


def secret_of(name: str) -> str:
    """Return what a secret of the client's is called in the program; no other resource of its type begins so."""
    return f"secret-{name}"


def trigger(deployment: str) -> str:
    """Return the trigger that builds pushes to a deployment's pipeline."""
    return f"{deployment}-push"


def workbench_of(who: str) -> str:
    """Return the instance, and the account id, of one data scientist."""
    return f"{who}-workbench"


def clashes(project: str | None, deployments: Iterable[str]) -> str:
    """Return what is wrong with deployments side by side, or with names that Google would see for them; "" for nothing."""
    owners = defaultdict(list, {RAW: ["the raw tables"], TRAINING_VIEWS: ["the training views"]})
    for deployment in deployments:
        owners[dataset(deployment)].append(f"`{deployment}`")
        owners[features(deployment)].append(f"the features of `{deployment}`")
        owners[scratch(deployment)].append(f"what is tried of `{deployment}`")
    found = [f"{' and '.join(who)} would share the dataset `{name}`" for name, who in owners.items() if len(who) > 1]
    for deployment in deployments:
        if _CANDIDATE.fullmatch(deployment):
            found.append(
                f"`{deployment}` could be the name of a candidate: it ends in twelve digits and letters of a commit's hash"
            )
        if trigger(deployment) == PLATFORM_PUSH:
            found.append(f"`{deployment}` would have the trigger `{PLATFORM_PUSH}`, which is the environment's own")
        bucket = artifacts_bucket(project or "", deployment)
        if len(bucket) > _BUCKET:
            found.append(f"the bucket `{bucket}` would have {len(bucket)} characters, of {_BUCKET} that Google allows")
        if "google" in bucket:
            found.append(f"the bucket `{bucket}` would have `google` in its name, which Google refuses")
    return "; ".join(found)


def _matching(pattern: str, rule: str) -> Callable[[str], str]:
    """Return a check of the whole text."""
    whole = re.compile(pattern)

    def check(value: str) -> str:
        if not whole.fullmatch(value):
            raise ValueError(f"{shown(value)} is not right: {rule}")
        return value

    return check


def _named(suffix: str) -> Callable[[str], str]:
    """Return a check of a short name that Google will see as `<name><suffix>`, an account id among other things."""
    longest = _ACCOUNT - len(suffix)
    return _matching(
        rf"[a-z](?:[a-z0-9-]{{0,{longest - 2}}}[a-z0-9])?",
        f"up to {longest} lower-case letters, digits and dashes, a letter first, no dash last (`…{suffix}` is an account id)",
    )


def chain(value: tuple[str, ...]) -> tuple[str, ...]:
    """Check the branches that a change goes up."""
    if len(value) < 2:  # noqa: PLR2004  from one to the next
        raise ValueError("needs at least two branches: a change goes from one up to the next")
    first, *others = value
    for name in (f"{first[:-1]}x" if first.endswith("*") else first, *others):
        branch(name)
    if len(set(value)) < len(value):
        raise ValueError("names a branch twice")
    pattern = re.compile(branches([first]))
    if inside := [name for name in others if pattern.fullmatch(name)]:
        raise ValueError(f"{shown(first)} means {shown(inside[0])} too, which comes later: one push would be evaluated as both")
    below = [(name, other) for name in others for other in value if other.startswith(f"{name}/")]
    if below:
        raise ValueError(f"{shown(below[0][0])} and {shown(below[0][1])} cannot both be: git keeps branches as folders and files")
    return value


def path(value: str) -> str:
    """Check a path within the project."""
    if not re.fullmatch(r"[A-Za-z0-9_./-]{1,200}", value) or value.startswith("/") or ".." in value.split("/"):
        raise ValueError(f"{shown(value)} is not right: a path within this project, like tables/sales.json")
    return value


def terraform_state(value: str) -> str:
    """Check where Terraform keeps states: a path within the project, or a prefix in a bucket."""
    bucket, part = r"gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.=-]{1,100}"
    if re.fullmatch(rf"{bucket}(?:/{part}){{0,20}}/?", value):
        return value
    if "://" in value:
        raise ValueError(f"{shown(value)} is not right: gs://<bucket>/<prefix>, as in the backend, or a path within this project")
    return path(value)


billing_account = _matching(
    r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}", "a billing account's id, like 01A2B3-C4D5E6-F70809, as the console lists it"
)
branch = _matching(
    r"(?![-/.])(?!.*(?:\.\.|//|\.lock$|[./]$))[A-Za-z0-9._/-]{1,200}", "a branch's name in full, like main or release/2026"
)
metric = _matching(r"[a-z][a-z0-9_]{0,49}", "the name of a metric: lower-case letters, digits and underscores")
code_owner = _matching(
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(?:/[A-Za-z0-9_-]{1,100})?", "@user or @organisation/team, as on GitHub"
)
currency = _matching(r"[A-Z]{3}", "a currency's code, like EUR")
client = _matching(r"[a-z][a-z0-9-]{1,18}", "2 to 19 lower-case letters, digits and dashes, a letter first")
deployment = _named("-runner")
email = _matching(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", "an e-mail address")
folder = _matching(r"[a-z][a-z0-9_]{0,49}", "the name of a folder below pipelines/: lower-case letters, digits and underscores")
image = _matching(
    r"[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}",
    "an image by its digest, like europe-docker.pkg.dev/project/images/groundwork@sha256:…: whoever may push can move a tag",
)
key = _matching(
    r"projects/[a-z][a-z0-9-]{4,28}[a-z0-9]/locations/[a-z0-9-]+/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}",
    "a key in full and without a version, like projects/…/locations/…/keyRings/…/cryptoKeys/…",
)
feature_group = _matching(
    r"[a-z][a-z0-9_]{0,59}", "the name of a group of features: lower-case letters, digits and underscores, a letter first"
)
machine_type = _matching(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+", "a machine type of Compute Engine, like e2-standard-4")
member = _matching(
    r"(?:group|user):[A-Za-z0-9._%+-]{1,64}@(?!(?:[A-Za-z0-9-]+\.)*gserviceaccount\.com$)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "`group:` or `user:` and an address; programs have identities of their own",
)
number = _matching(r"[0-9]{1,19}", "a number, in quotes")
pool = _matching(
    r"(?!gcp-)[a-z0-9-]{4,32}", "a pool's id: 4 to 32 lower-case letters, digits and dashes, and gcp- is Google's own start"
)
project = _matching(
    r"[a-z](?!.*google)[a-z0-9-]{4,28}[a-z0-9]", "a project's id: 6 to 30 lower-case letters, digits and dashes, a letter first"
)
region = _matching(
    r"(?:africa|asia|australia|europe|me|northamerica|southamerica|us)-(?:north|south|east|west|central)(?:east|west)?[0-9]{1,2}",
    "a region of Google Cloud, like europe-west2; not a zone, nor a multi-region",
)
remote = _matching(
    r"https://github\.com/[A-Za-z0-9-]{1,39}/[A-Za-z0-9][A-Za-z0-9_.-]{0,61}\.git", "https://github.com/<owner>/<name>.git"
)
secret = _matching(r"[A-Za-z0-9_-]{1,255}", "the name of a secret alone, without project and version")
state = _matching(r"gs://[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]", "a bucket, like gs://northwind-ml-prod-state")
table = _matching(r"[A-Za-z_][A-Za-z0-9_]{0,99}", "a table's name: letters, digits and underscores, no digit first")
terraform = _matching(
    r"[a-z][a-z0-9_-]{0,39}", "a name for a state: up to 40 lower-case letters, digits, dashes and underscores, a letter first"
)
workbench = _named("-workbench")
workspace = _matching(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,90}", "the name of a workspace, as `terraform workspace list` prints it")
zone_letter = _matching(r"[a-f]", "one letter, like b")
