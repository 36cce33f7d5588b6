"""Checks of names in an environment file, so that a deployment does not fail half-way at a name that Google refuses.

Each check returns the value, or raises ValueError with the accepted form.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from groundwork.environment import names
from groundwork.environment.validation_messages import shown

_BUCKET = 63
_CANDIDATE = re.compile(r".+-[0-9a-f]{12}(-\d+)?")
_ACCOUNT = 30


def conflicts(project: str | None, deployments: Iterable[str]) -> str:
    """Return the conflicts between names of deployments, and names that Google would refuse; "" where there are none."""
    owners = defaultdict(list, {names.RAW: ["the raw tables"], names.TRAINING_VIEWS: ["the training views"]})
    for deployment in deployments:
        owners[names.dataset(deployment)].append(f"`{deployment}`")
        owners[names.features(deployment)].append(f"the features of `{deployment}`")
        owners[names.scratch(deployment)].append(f"the trials of `{deployment}`")
    found = [f"{' and '.join(who)} would share the dataset `{name}`" for name, who in owners.items() if len(who) > 1]
    for deployment in deployments:
        if _CANDIDATE.fullmatch(deployment):
            found.append(
                f"`{deployment}` could be the name of a candidate: it ends like the hash of a commit (twelve hexadecimal digits)"
            )
        if names.trigger(deployment) == names.PLATFORM_PUSH:
            found.append(f"`{deployment}` would have the trigger `{names.PLATFORM_PUSH}`, which belongs to the environment")
        bucket = names.artifacts_bucket(project or "", deployment)
        if len(bucket) > _BUCKET:
            found.append(f"the bucket `{bucket}` would have {len(bucket)} characters; Google allows {_BUCKET}")
        if "google" in bucket:
            found.append(f"the bucket `{bucket}` would have `google` in its name, which Google refuses")
    return "; ".join(found)


def _matching(pattern: str, rule: str) -> Callable[[str], str]:
    """Return a check that the whole text matches a pattern."""
    whole = re.compile(pattern)

    def check(value: str) -> str:
        if not whole.fullmatch(value):
            raise ValueError(f"{shown(value)} is not valid: {rule}")
        return value

    return check


def _named(suffix: str) -> Callable[[str], str]:
    """Return a check of a short name that becomes the account id `<name><suffix>`."""
    longest = _ACCOUNT - len(suffix)
    return _matching(
        rf"[a-z](?:[a-z0-9-]{{0,{longest - 2}}}[a-z0-9])?",
        f"up to {longest} lower-case letters, digits and dashes, a letter first, no dash last (`…{suffix}` is an account id)",
    )


def chain(value: tuple[str, ...]) -> tuple[str, ...]:
    """Check the branches of a chain."""
    if len(value) < 2:  # noqa: PLR2004  from one to the next
        raise ValueError("needs at least two branches: a change is promoted from one to the next")
    first, *others = value
    for name in (f"{first[:-1]}x" if first.endswith("*") else first, *others):
        branch(name)
    if len(set(value)) < len(value):
        raise ValueError("lists a branch twice")
    pattern = re.compile(names.branches([first]))
    if inside := [name for name in others if pattern.fullmatch(name)]:
        raise ValueError(f"{shown(first)} also matches {shown(inside[0])}, a later branch of the chain")
    below = [(name, other) for name in others for other in value if other.startswith(f"{name}/")]
    if below:
        raise ValueError(
            f"{shown(below[0][0])} and {shown(below[0][1])} cannot both exist: Git stores branches as folders and files"
        )
    return value


def path(value: str) -> str:
    """Check a path within the project."""
    if not re.fullmatch(r"[A-Za-z0-9_./-]{1,200}", value) or value.startswith("/") or ".." in value.split("/"):
        raise ValueError(f"{shown(value)} is not valid: a path within this project, like tables/customers.json")
    return value


def terraform_state(value: str) -> str:
    """Check the location of Terraform states: a path within the project, or a prefix in a bucket."""
    bucket, part = r"gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.=-]{1,100}"
    if re.fullmatch(rf"{bucket}(?:/{part}){{0,20}}/?", value):
        return value
    if "://" in value:
        raise ValueError(f"{shown(value)} is not valid: gs://<bucket>/<prefix>, as in the backend, or a path within this project")
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
    "an image by its digest, like europe-docker.pkg.dev/project/images/groundwork@sha256:…: a push can move a tag",
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
    "`group:` or `user:` and an address, but not a service account",
)
number = _matching(r"[0-9]{1,19}", "a number, in quotes")
pool = _matching(
    r"(?!gcp-)[a-z0-9-]{4,32}", "a pool's id: 4 to 32 lower-case letters, digits and dashes, not beginning with gcp-"
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
secret = _matching(r"[A-Za-z0-9_-]{1,255}", "the name of a secret, without project and version")
state = _matching(r"gs://[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]", "a bucket, like gs://northwind-ml-prod-state")
table = _matching(r"[A-Za-z_][A-Za-z0-9_]{0,99}", "a table's name: letters, digits and underscores, no digit first")
terraform = _matching(
    r"[a-z][a-z0-9_-]{0,39}", "a name for a state: up to 40 lower-case letters, digits, dashes and underscores, a letter first"
)
workbench = _named("-workbench")
workspace = _matching(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,90}", "the name of a workspace, as `terraform workspace list` prints it")
zone_letter = _matching(r"[a-f]", "one letter, like b")
