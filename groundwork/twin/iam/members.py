"""Grants: one member's role on one resource. Never authoritative; a resource type has its own type of grant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from groundwork.google.roles import ROLES
from groundwork.twin.artifactregistry.resources import Repository
from groundwork.twin.bigquery.resources import Dataset
from groundwork.twin.bigquery.views import forget_authorisations
from groundwork.twin.core.resource_type import Fault, Properties, ResourceType, known, last
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.iam.conditions import condition_faults, folder_of, holds_on_project, project_condition_faults
from groundwork.twin.iam.custom_roles import is_custom, require_role
from groundwork.twin.iam.federation import SET, require_set
from groundwork.twin.iam.service_accounts import Account, require_account
from groundwork.twin.kms.resources import CryptoKey
from groundwork.twin.pubsub.resources import Topic
from groundwork.twin.secretmanager.resources import Secret
from groundwork.twin.storage.resources import Bucket

MEMBER = re.compile(r"(user|group|serviceAccount):[^@\s]+@[^@\s]+\.[^@\s]+|domain:[^@\s]+\.[^@\s]+")
EVERYBODY = {"allUsers", "allAuthenticatedUsers"}


class Member(ResourceType):
    """A grant; nothing about it can change in place."""

    on: ClassVar[str]
    """The property that names the resource that the grant is on, in Google's short or full form."""
    of: ClassVar[ResourceType | None] = None
    """The type of that resource; None for the project itself."""
    key: ClassVar[str] = ""
    """The property by which that one is named."""
    place: ClassVar[frozenset[str]] = frozenset()
    """Further properties that say where that one is."""
    adopts = True

    @property
    def required(self) -> frozenset[str]:  # type: ignore[override]
        """The resource, the role and the member."""
        return frozenset({self.on, "role", "member"}) | self.place

    @property
    def immutable(self) -> frozenset[str]:  # type: ignore[override]
        """Everything."""
        return self.required

    def target(self, inputs: Properties) -> str:
        """Return the id of the resource that the grant is on."""
        return self.of.id({**inputs, self.key: last(inputs[self.on])}) if self.of else f"projects/{inputs['project']}"

    def resource(self, inputs: Properties) -> str:
        """Return the resource that the grant is on, as `permissions` names it."""
        return self.target(inputs)

    def asked_on(self, inputs: Properties, doing: str) -> str:
        """Return the resource that the grant is on: changing a grant needs a permission on that resource."""
        _ = doing
        return self.resource(inputs)

    def whom(self, inputs: Properties) -> str:
        """Return the IAM member that gets the role."""
        return str(inputs["member"])

    def holds(self, inputs: Properties, resource: str) -> bool:
        """Return whether a grant on a parent of `resource` covers it."""
        _ = inputs, resource
        return True

    def id(self, inputs: Properties) -> str:
        """Return what, role and member, as Google's provider does."""
        return f"{self.target(inputs)}/{inputs['role']}/{inputs['member']}"

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield roles that the twin does not know or Google does not grant here, and members of no known form."""
        member = inputs["member"]
        yield from self.role_faults(inputs["role"])
        if known(member) and member not in EVERYBODY and not MEMBER.fullmatch(member) and not SET.fullmatch(member):
            yield Fault("member", f"`{member}` is not a member; write serviceAccount:, user:, group: or domain: and an address")

    def role_faults(self, role: str) -> Iterator[Fault]:
        """Yield that the twin does not know a role, or that Google does not grant it here."""
        scope = self.of.type if self.of else ""
        if not known(role) or is_custom(role):
            return
        if role not in ROLES:
            yield Fault("role", f"the twin does not know {role}; it knows {', '.join(sorted(ROLES))}")
        elif scope and scope not in ROLES[role].on:
            yield Fault("role", f"{role} cannot be granted on a {scope.rpartition(':')[2]}; grant it on the project")

    def check(self, store: Store, inputs: Properties) -> None:
        """Refuse a grant on a resource, to a member or of a role that does not exist."""
        resource_type, _, email = self.whom(inputs).partition(":")
        if resource_type == "serviceAccount":
            require_account(store, email)
        require_set(store, self.whom(inputs))
        require_role(store, inputs["role"])
        if not self.exists(store, inputs):
            hint = "create it in the same program, or a key with `groundwork bootstrap`, and take its name from there"
            raise Refused(f"{self.target(inputs)} does not exist", hint)

    def exists(self, store: Store, inputs: Properties) -> bool:
        """Return whether the resource that the grant is on exists: a grant is stored in it."""
        if self.of is None:
            return True
        row = store.get(self.of.type, self.target(inputs))
        return row is not None and row.ready and self.of.exists(store, row.inputs)


def condition_parts(inputs: Properties) -> list[str]:
    """Return the part of a grant's id that a condition adds."""
    condition = inputs.get("condition")
    return [condition["title"], condition.get("description") or "", condition["expression"]] if condition else []


class ProjectMember(Member):
    """On a project, and so on everything in it."""

    type = "gcp:projects/iAMMember:IAMMember"
    api = ""
    on = "project"
    optional = frozenset({"condition"})

    @property
    def immutable(self) -> frozenset[str]:  # type: ignore[override]
        """Everything."""
        return self.required | self.optional

    def id(self, inputs: Properties) -> str:
        """Return Google's provider's form, with the condition after the member."""
        return "/".join([super().id(inputs), *condition_parts(inputs)])

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield conditions that the twin does not know too."""
        yield from super().faults(inputs)
        if inputs.get("condition") is not None:
            yield from (Fault("condition", reason) for reason in project_condition_faults(inputs))

    def holds(self, inputs: Properties, resource: str) -> bool:
        """Return whether the resource is, or is in, the bucket that the condition names, if it names one."""
        return holds_on_project(inputs.get("condition"), resource)


class AccountMember(Member):
    """A grant on a service account, such as the right to act as it."""

    type = "gcp:serviceaccount/iAMMember:IAMMember"
    api = "iam.googleapis.com"
    on = "serviceAccountId"
    of = Account()

    def target(self, inputs: Properties) -> str:
        """Return the full name, which carries the account's own project."""
        return str(inputs["serviceAccountId"])


class BucketMember(Member):
    """On a bucket."""

    type = "gcp:storage/bucketIAMMember:BucketIAMMember"
    api = Bucket.api
    on = "bucket"
    of = Bucket()
    key = "name"

    optional = frozenset({"condition"})

    @property
    def immutable(self) -> frozenset[str]:  # type: ignore[override]
        """Everything."""
        return self.required | self.optional

    def id(self, inputs: Properties) -> str:
        """Return Google's provider's form, with `b/` before the bucket, and the condition after the member."""
        return "/".join(["b", super().id(inputs), *condition_parts(inputs)])

    def resource(self, inputs: Properties) -> str:
        """Return `buckets/<name>`."""
        return f"buckets/{self.target(inputs)}"

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield conditions that the twin does not know too."""
        yield from super().faults(inputs)
        if inputs.get("condition") is not None:
            yield from (Fault("condition", reason) for reason in condition_faults(inputs))

    def holds(self, inputs: Properties, resource: str) -> bool:
        """Return whether the resource lies in the folder that the condition names, if there is one.

        Listing is asked of the bucket, which lies in no folder: such a condition never grants it.
        """
        condition = inputs.get("condition")
        return not condition or f"projects/_/{resource}".startswith(folder_of(condition["expression"]))

    def check(self, store: Store, inputs: Properties) -> None:
        """Refuse a condition where objects have access lists of their own, and the public where public access is prevented."""
        super().check(store, inputs)
        row = store.get(Bucket.type, self.target(inputs))
        if inputs.get("condition") and row and not row.inputs.get("uniformBucketLevelAccess"):
            way_out = "set `uniform_bucket_level_access` on the bucket first"
            raise Refused(f"bucket {inputs['bucket']} takes no conditions while its objects have access lists", way_out)
        if inputs["member"] in EVERYBODY and row and row.inputs.get("publicAccessPrevention") == "enforced":
            raise Refused(f"bucket {inputs['bucket']} prevents public access", f"name a member instead of {inputs['member']}")


class DatasetMember(Member):
    """On a dataset, as Google's provider grants it: it writes the access list back without the entries that have no role.

    So such a grant, and its removal, drops the authorisations of views on the dataset: on one dataset, the provider
    says, this type "cannot" stand beside `DatasetAccess` (notes of google_bigquery_dataset_iam). Our program has no such grants.
    https://cloud.google.com/bigquery/docs/control-access-to-resources-iam#required_permissions.
    """

    type = "gcp:bigquery/datasetIamMember:DatasetIamMember"
    api = Dataset.api
    permissions = {
        "create": "bigquery.datasets.setIamPolicy",
        "read": "bigquery.datasets.getIamPolicy",
        "delete": "bigquery.datasets.setIamPolicy",
    }
    on = "datasetId"
    of = Dataset()
    key = "datasetId"

    def apply(self, store: Store, inputs: Properties) -> None:
        """Drop the entries of views."""
        forget_authorisations(store, on=(inputs["project"], last(inputs["datasetId"])))

    def remove(self, store: Store, inputs: Properties) -> None:
        """Drop them, too: the list is written back as well."""
        self.apply(store, inputs)


class RepositoryMember(Member):
    """On a repository of images and packages."""

    type = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
    api = Repository.api
    on = "repository"
    of = Repository()
    key = "repositoryId"
    place = frozenset({"location"})


class TopicMember(Member):
    """On a topic."""

    type = "gcp:pubsub/topicIAMMember:TopicIAMMember"
    api = Topic.api
    on = "topic"
    of = Topic()
    key = "name"


class SecretMember(Member):
    """On a secret and its versions."""

    type = "gcp:secretmanager/secretIamMember:SecretIamMember"
    api = Secret.api
    on = "secretId"
    of = Secret()
    key = "secretId"


class KeyMember(Member):
    """On a key."""

    type = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
    api = CryptoKey.api
    on = "cryptoKeyId"
    of = CryptoKey()

    def target(self, inputs: Properties) -> str:
        """Return the full name, which carries the key's own project."""
        return str(inputs["cryptoKeyId"])


MEMBERS: tuple[Member, ...] = (
    ProjectMember(),
    AccountMember(),
    BucketMember(),
    DatasetMember(),
    RepositoryMember(),
    TopicMember(),
    SecretMember(),
    KeyMember(),
)
