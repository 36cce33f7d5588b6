"""The shipped environments: a diff of an inventory is the infrastructure review."""

from __future__ import annotations

import functools
import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pytest

from components.deployer import GRANTS, only
from components.grants import within
from groundwork.contract.change_scope import pipeline_files
from groundwork.contract.deployment import Deployment
from groundwork.contract.factory_settings import ChangeSettings, Settings
from groundwork.environment.sections.data import RawTable
from groundwork.google.substitutions import user_names
from groundwork.twin.cloudbuild.substitutions import Substitutions
from groundwork.twin.core.resource_type import dig
from groundwork.twin.projects.resources import Service, number
from groundwork.twin.registry import RESOURCE_TYPES
from stacks import platform_cd
from stacks.training_views import view
from tools.graph import member_of

if TYPE_CHECKING:
    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
STACKS = [path.name.split(".")[1] for path in sorted(ROOT.glob("Pulumi.*.yaml"))]

Configuration = Callable[[str], dict[str, str]]


@pytest.fixture(scope="module")
def environment(graph: Callable[..., Graph], configuration: Configuration) -> Callable[[str], Graph]:
    """Return a function that runs the program for a stack, once."""
    return functools.cache(lambda stack: graph(program, stack, configuration(stack)))


def program() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


@pytest.mark.parametrize("stack", STACKS)
def test_the_program_builds_each_environment(
    environment: Callable[[str], Graph], matches_inventory: Callable[[Graph, str], None], stack: str
) -> None:
    matches_inventory(environment(stack), f"stack-{stack}")


@pytest.mark.parametrize("stack", STACKS)
def test_no_role_is_primitive_or_an_admin_and_nothing_is_public(environment: Callable[[str], Graph], stack: str) -> None:
    """The deployer's roles are listed, with a condition on the roles that it may grant: see the next test."""
    deployer = "serviceAccount:deployer@"
    grants = [inputs for inputs in environment(stack).values.values() if member_of(inputs)]
    grants = [inputs for inputs in grants if not member_of(inputs).startswith(deployer)]

    assert grants
    assert [] == [grant for grant in grants if re.search(r"/(owner|editor|viewer)$|admin$", grant["role"], re.IGNORECASE)]
    assert [] == [grant for grant in grants if "all" in member_of(grant).partition(":")[0]]


def test_the_deployer_has_the_listed_roles_and_grants_no_other_than_the_program_does(
    environment: Callable[[str], Graph],
) -> None:
    built = environment("prod")
    own = {*platform_cd.ROLES.values(), "roles/cloudbuild.workerPoolUser", GRANTS}
    assert own == {role for role, on in held(built, "deployer") if on is None}

    condition = built.values["gcp:projects/iAMMember:IAMMember::deployer-grants"]["condition"]
    assert only(platform_cd.GRANTABLE) == condition["expression"]
    on_project = {
        inputs["role"]
        for stack in STACKS
        for address, inputs in environment(stack).values.items()
        if address.startswith("gcp:projects/iAMMember") and not inputs["member"].startswith("serviceAccount:deployer@")
    }
    assert set(platform_cd.GRANTABLE) == on_project
    assert not own & set(platform_cd.GRANTABLE) - {
        *("roles/cloudbuild.builds.editor", "roles/cloudbuild.workerPoolUser", "roles/logging.logWriter")
    }


MAKES: dict[str, str | None] = {
    "artifactregistry": "images",
    "bigquery": "data",
    "billing": None,
    "cloudbuild/trigger:Trigger": "builds",
    "cloudbuild/workerPool:WorkerPool": "pools",
    "cloudbuildv2": "connections",
    "cloudscheduler": "clock",
    "compute": "network",
    "compute/firewall:Firewall": "firewall",
    "iam": "federation",
    "kms": None,
    "logging": "logs",
    "monitoring": "alerts",
    "organizations": None,
    "orgpolicy": None,
    "projects/defaultServiceAccounts:DefaultServiceAccounts": "accounts",
    "projects/iAMAuditConfig:IAMAuditConfig": "grants",
    "projects/iAMCustomRole:IAMCustomRole": "roles",
    "projects/iAMMember:IAMMember": "grants",
    "projects/service:Service": "apis",
    "projects/serviceIdentity:ServiceIdentity": "apis",
    "pubsub": "topics",
    "secretmanager": "secrets",
    "serviceaccount": "accounts",
    "servicenetworking": "peering",
    "storage": "storage",
    "vertex": "models",
    "workbench": "notebooks",
}
"""The deployer's role for creating a type, or all types of a module; None if a person creates it."""


@pytest.mark.parametrize("stack", STACKS)
def test_the_deployer_can_make_every_type_of_resource(environment: Callable[[str], Graph], stack: str) -> None:
    """Otherwise a merge that adds such a resource fails half-way, and a person must apply it."""
    types = {
        resource_type.removeprefix("gcp:") for resource_type in environment(stack).counts if resource_type.startswith("gcp:")
    }
    unlisted = [
        resource_type for resource_type in types if resource_type not in MAKES and resource_type.partition("/")[0] not in MAKES
    ]

    assert [] == unlisted
    assert {role for role in MAKES.values() if role} <= {*platform_cd.ROLES, "grants"}


def test_the_previewer_reads_the_state_and_writes_its_log_and_nothing_else(environment: Callable[[str], Graph]) -> None:
    built = environment("prod")

    assert {
        ("roles/artifactregistry.reader", "images"),
        ("roles/cloudbuild.workerPoolUser", None),
        ("roles/logging.logWriter", None),
        ("roles/storage.objectViewer", None),
    } == held(built, "previewer")
    condition = built.values["gcp:projects/iAMMember:IAMMember::previewer-bucket-state"]["condition"]
    assert within("northwind-ml-prod-state") == condition["expression"]


def test_a_merge_of_platform_changes_waits_for_a_person_and_starts_one_build(environment: Callable[[str], Graph]) -> None:
    built = environment("prod")
    triggers = {
        address.partition("::")[2]: inputs
        for address, inputs in built.values.items()
        if address.startswith("gcp:cloudbuild/trigger:Trigger") and inputs.get("ignoredFiles") == pipeline_files()
    }

    assert {"platform-preview", "platform-up"} == set(triggers)
    assert {"approvalRequired": True} == triggers["platform-up"]["approvalConfig"]
    assert "deployer@" in triggers["platform-up"]["serviceAccount"]
    assert "previewer@" in triggers["platform-preview"]["serviceAccount"]
    assert "pullRequest" in triggers["platform-preview"]["repositoryEventConfig"]
    using = [address for address, inputs in built.values.items() if "deployer@" in str(inputs.get("serviceAccount"))]
    assert ["gcp:cloudbuild/trigger:Trigger::platform-up"] == using


def test_outside_ci_reads_builds_images_and_the_state_only_for_pushes_of_the_repository(
    environment: Callable[[str], Graph],
) -> None:
    built = environment("prod")

    assert {
        ("roles/artifactregistry.reader", "images"),
        ("roles/cloudbuild.builds.viewer", None),
        ("roles/storage.objectViewer", None),
    } == held(built, "outside-ci")
    provider = built.values["gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider::federation-github"]
    said = (
        "assertion.repository == 'northwind/forecasting' && assertion.repository_id == '512034518'"
        " && assertion.event_name == 'push' && assertion.ref in ['refs/heads/main']"
    )
    assert said == provider["attributeCondition"]
    outside = [inputs for inputs in built.values.values() if str(inputs.get("member")).startswith("principal")]
    project = f"projects/{number('northwind-ml-prod')}"
    pool = f"principalSet://iam.googleapis.com/{project}/locations/global/workloadIdentityPools/outside-ci"
    assert [f"{pool}/attribute.ref/refs/heads/main"] == [grant["member"] for grant in outside]
    assert all("/outside-ci@" in grant["serviceAccountId"] for grant in outside)


@pytest.mark.parametrize("stack", STACKS)
def test_no_member_may_act_as_the_deployer_or_the_previewer(environment: Callable[[str], Graph], stack: str) -> None:
    granted = [inputs for inputs in environment(stack).values.values() if "serviceAccountId" in inputs]

    assert [] == [grant for grant in granted if re.search("deployer@|previewer@", grant["serviceAccountId"])]


@pytest.mark.parametrize("stack", STACKS)
def test_grants_add_to_what_google_has_granted_and_never_replace_it(environment: Callable[[str], Graph], stack: str) -> None:
    """An authoritative policy would remove the roles of the service agents."""
    resource_types = environment(stack).counts

    assert [] == [resource_type for resource_type in resource_types if re.search("I[aA][mM](Binding|Policy)$", resource_type)]


@pytest.mark.parametrize("stack", STACKS)
def test_roles_on_a_dataset_are_granted_by_its_access_list(environment: Callable[[str], Graph], stack: str) -> None:
    """The other type of grant removes the entries of views from the list, and candidates lose access to the training views."""
    resource_types = environment(stack).counts

    assert resource_types["gcp:bigquery/datasetAccess:DatasetAccess"]
    assert [] == [resource_type for resource_type in resource_types if re.search("DatasetIam", resource_type)]
    assert [] == [
        address for address, inputs in environment(stack).values.items() if "Dataset::" in address and "accesses" in inputs
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_only_the_factory_acts_as_identities_that_it_starts_and_a_person_as_a_workbench(
    environment: Callable[[str], Graph], stack: str
) -> None:
    acts = [inputs for inputs in environment(stack).values.values() if "serviceAccountUser" in str(inputs.get("role"))]
    granted = [grant for grant in acts if not grant["member"].startswith("serviceAccount:deployer@")]
    acting = {
        (grant["member"].partition("@")[0], grant["serviceAccountId"].rpartition("/")[2].partition("@")[0]) for grant in granted
    }
    pool = {f"candidate-{number:02}" for number in range(1, 4 if stack == "dev" else 7)}

    assert {("serviceAccount:factory", id_) for id_ in {*pool, "forecasting-runner"}} == {
        pair for pair in acting if not pair[0].startswith("user:")
    }
    assert {("user:ada", "ada-workbench")} >= {pair for pair in acting if pair[0].startswith("user:")}


def test_with_a_key_every_resource_that_supports_one_is_encrypted_and_waits_for_the_grant(
    graph: Callable[..., Graph], configuration: Configuration
) -> None:
    """Google refuses a resource if its service's agent has no access to the key yet."""
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    key = "projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork/cryptoKeys/data"
    section["encryption"] = {"key": key}
    section["secrets"] = {"weather-api": {"deployments": ["forecasting"]}}
    built = graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})

    users = {address for address in built.values if address.startswith("gcp:kms/cryptoKeyIAMMember")}
    takers = {address for address in built.values if RESOURCE_TYPES.get(address.partition("::")[0], Service()).encrypted_by}
    assert len(users) == 8
    assert {address.partition("::")[0].rpartition(":")[2] for address in takers} >= {
        "Bucket", "Dataset", "Instance", "Repository", "Secret", "Topic",
    }  # fmt: skip
    for address in takers:
        assert dig(built.values[address], RESOURCE_TYPES[address.partition("::")[0]].encrypted_by) == key, address
        assert users <= built.waits[address], address
    assert built.outputs["factory"]["forecasting"]["key"] == key


@pytest.mark.parametrize("candidates", [False, True])
def test_a_secret_is_read_by_its_deployments_and_by_candidates_only_if_the_file_permits_it(
    graph: Callable[..., Graph], configuration: Configuration, *, candidates: bool
) -> None:
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    section["deployments"]["other"] = section["deployments"]["forecasting"]
    section["secrets"] = {"weather-api": {"deployments": ["forecasting"], "candidates": candidates}}
    built = graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})

    readers = {
        inputs["member"].partition(":")[2].partition("@")[0]
        for address, inputs in built.values.items()
        if address.startswith("gcp:secretmanager/secretIamMember") and inputs["secretId"] == "weather-api"
    }
    assert readers == {"forecasting-runner", *(["candidate-01", "candidate-02", "candidate-03"] if candidates else [])}


def held(built: Graph, account: str) -> set[tuple[str, str | None]]:
    """Return an account's roles, each with its resource; None is the project."""
    return {
        (inputs["role"], next((inputs[key] for key in ON if key in inputs), None))
        for inputs in built.values.values()
        if member_of(inputs).startswith(f"serviceAccount:{account}@")
    }


ACCOUNTS = {"platform-preview": "previewer@", "platform-up": "deployer@"}
"""Identities of triggers that do not run as the factory."""

ON = ("datasetId", "bucket", "topic", "repository", "secretId", "serviceAccountId")


@pytest.mark.parametrize("stack", STACKS)
def test_a_candidate_s_identity_reads_the_training_views_and_writes_only_its_folder(
    environment: Callable[[str], Graph], stack: str
) -> None:
    built, bucket = environment(stack), f"northwind-ml-{stack}-candidates"

    assert {
        ("roles/artifactregistry.reader", "images"),
        ("roles/bigquery.dataViewer", "training_views"),
        ("roles/bigquery.jobUser", None),
        ("roles/logging.logWriter", None),
        ("roles/storage.objectUser", bucket),
    } == held(built, "candidate-01")
    folder = built.values["gcp:storage/bucketIAMMember:BucketIAMMember::candidates-folder-candidate-01"]["condition"]
    assert f'resource.name.startsWith("projects/_/buckets/{bucket}/objects/candidate-01/")' == folder["expression"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_factory_may_do_its_tasks_and_no_more(environment: Callable[[str], Graph], stack: str) -> None:
    project = f"northwind-ml-{stack}"
    pool = {on for role, on in held(environment(stack), "factory") if role == "roles/iam.serviceAccountUser"}

    assert {
        ("roles/aiplatform.user", None),
        ("roles/artifactregistry.reader", "images"),
        (f"projects/{project}/roles/rowWriter", "forecasting"),
        ("roles/bigquery.dataViewer", "raw"),
        ("roles/bigquery.user", None),
        ("roles/cloudbuild.builds.editor", None),
        *([("roles/cloudbuild.workerPoolUser", None)] if stack == "prod" else []),
        ("roles/logging.logWriter", None),
        ("roles/secretmanager.secretAccessor", "github-factory"),
        ("roles/storage.objectCreator", f"{project}-ledger"),
        ("roles/storage.objectUser", f"{project}-candidates"),
        ("roles/storage.objectUser", f"{project}-records"),
        ("roles/storage.objectViewer", f"{project}-ledger"),
        *(("roles/iam.serviceAccountUser", account) for account in pool),
    } == held(environment(stack), "factory")


def test_nothing_of_a_candidate_s_outlives_its_deletion(environment: Callable[[str], Graph]) -> None:
    bucket = environment("prod").values["gcp:storage/bucket:Bucket::candidates"]

    assert ({"enabled": False}, {"retentionDurationSeconds": 0}) == (bucket["versioning"], bucket["softDeletePolicy"])


@pytest.mark.parametrize(
    ("stack", "query"),
    [
        (
            "dev",
            (
                "SELECT * FROM `northwind-ml-dev.raw.sales` WHERE `Date` <= DATE_SUB((SELECT MAX(`Date`) FROM"
                " `northwind-ml-dev.raw.sales`), INTERVAL 12 WEEK)"
            ),
        ),
        ("prod", "SELECT * FROM `northwind-ml-prod.raw.sales`"),
    ],
)
def test_the_training_views_end_before_the_holdout(environment: Callable[[str], Graph], stack: str, query: str) -> None:
    view = environment(stack).values["gcp:bigquery/table:Table::training_views-sales"]["view"]

    assert {"query": query, "useLegacySql": False} == view


def test_a_moment_is_compared_by_its_day() -> None:
    table = RawTable.model_construct(schema_file="", key=("id",), time="at")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RawTable, "time_type", "TIMESTAMP")
        said = view("orders", table, 2, "p.raw")

    assert "WHERE DATE(`at`) <= DATE_SUB((SELECT MAX(DATE(`at`)) FROM `p.raw.orders`), INTERVAL 2 WEEK)" in said


@pytest.mark.parametrize("stack", STACKS)
def test_a_runner_owns_its_deployment_and_nothing_of_the_platform(environment: Callable[[str], Graph], stack: str) -> None:
    project = f"northwind-ml-{stack}"

    assert {
        *([(f"projects/{project}/roles/rowWriter", "forecasting_scratch")] if stack == "dev" else []),
        ("roles/artifactregistry.reader", "images"),
        (f"projects/{project}/roles/rowWriter", "forecasting"),
        ("roles/bigquery.dataViewer", "raw"),
        ("roles/bigquery.jobUser", None),
        ("roles/logging.logWriter", None),
        ("roles/storage.objectUser", f"{project}-forecasting-artifacts"),
    } == held(environment(stack), "forecasting-runner")


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_that_can_be_named_is_named_by_the_program(environment: Callable[[str], Graph], stack: str) -> None:
    """The next `up` finds resources of an interrupted one only by explicit names: Pulumi's own names end in random digits.

    Grants and the settings of default accounts have no names: each exists once.
    """
    names = {
        "accountId",
        "datasetId",
        "displayName",
        "workloadIdentityPoolId",
        "instanceId",
        "name",
        "repositoryId",
        "service",
        "tableId",
    }
    nameless = [
        address
        for address, inputs in environment(stack).values.items()
        if address.startswith("gcp:") and not {"role", "action"} & set(inputs) and not names & set(inputs)
    ]

    assert [] == nameless


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_that_supports_labels_has_the_environment_s_labels(
    environment: Callable[[str], Graph], stack: str
) -> None:
    takes = "Bucket|Dataset|Table|Instance|Topic|artifactregistry/repository:Repository|AiEndpoint|AiFeature.*"
    labels = {"client": "northwind", "environment": stack, "managed-by": "groundwork"}

    for address, inputs in environment(stack).values.items():
        if re.match(rf"gcp:.*({takes})::", address):
            assert labels == inputs.get("labels"), address


@pytest.mark.parametrize("stack", STACKS)
def test_the_outputs_are_those_that_pipelines_and_commands_read(environment: Callable[[str], Graph], stack: str) -> None:
    outputs = environment(stack).outputs

    assert ({"federation"} & set(outputs)) == ({"federation"} if stack == "prod" else set())
    assert ["deployments", "factory", "raw_bucket", "raw_dataset", "region", "repository", "scratch", "triggers"] == sorted(
        set(outputs) - {"federation"}
    )
    for name, context in outputs["deployments"].items():
        assert name == Deployment.model_validate_json(json.dumps(context)).name
    for name, settings in outputs["factory"].items():
        assert outputs["deployments"][name] == json.loads(Settings.model_validate(settings).deployment.model_dump_json())


def test_a_trigger_s_settings_equal_the_stack_s_outputs(environment: Callable[[str], Graph]) -> None:
    built = environment("dev")
    for trigger in ("forecasting-pull", "forecasting-push", "forecasting-rollback", "forecasting-reconcile"):
        assert built.outputs["factory"]["forecasting"] == json.loads(factory_settings(built, trigger))

    changes = json.loads(factory_settings(built, "platform-push"))
    assert changes == {key: built.outputs["factory"]["forecasting"][key] for key in ChangeSettings.model_fields}


def factory_settings(built: Graph, trigger: str) -> str:
    """Return the factory's settings in a trigger's build, after Cloud Build's substitutions."""
    (step,) = built.values[f"gcp:cloudbuild/trigger:Trigger::{trigger}"]["build"]["steps"]
    (text,) = [word.partition("=")[2] for word in step["args"] if word.startswith("--settings=")]
    return Substitutions(builtin={}, user={}, allow_loose=False).fill(text)


@pytest.mark.parametrize("stack", STACKS)
def test_running_a_trigger_cannot_change_its_image_or_the_settings_of_its_build(
    environment: Callable[[str], Graph], stack: str
) -> None:
    """A member who may create builds may run any trigger as its account, with other values for its substitutions."""
    events = {"_BASE_BRANCH", "_HEAD_BRANCH"}
    triggers = {
        address: inputs for address, inputs in environment(stack).values.items() if address.startswith("gcp:cloudbuild/trigger:")
    }

    assert triggers
    for address, inputs in triggers.items():
        bound = inputs.get("substitutions", {})
        assert all(value.startswith("$(body.message.attributes.") for value in bound.values()), address
        assert user_names(inputs["build"]) <= {*bound, *events}, address
        assert "substitutions" not in inputs["build"], address
        for step in inputs["build"]["steps"]:
            assert re.fullmatch(r"[^$]+@sha256:[0-9a-f]{64}", step["name"]), address
            assert [] == [line for line in step.get("envs", ()) if user_names(line)], address


@pytest.mark.parametrize("stack", STACKS)
def test_a_pull_request_starts_a_build_only_after_a_comment_of_a_person_with_write_permission(
    environment: Callable[[str], Graph], stack: str
) -> None:
    events = [inputs.get("repositoryEventConfig", {}) for inputs in environment(stack).values.values()]
    pulls = [event["pullRequest"] for event in events if "pullRequest" in event]

    assert pulls
    assert {"COMMENTS_ENABLED"} == {pull["commentControl"] for pull in pulls}


@pytest.mark.parametrize("stack", STACKS)
def test_no_member_who_may_run_triggers_may_approve_the_deployer_s_builds(
    environment: Callable[[str], Graph], stack: str
) -> None:
    held: dict[str, set[str]] = {}
    for inputs in environment(stack).values.values():
        if "role" in inputs and "member" in inputs:
            held.setdefault(str(inputs["member"]).partition("@")[0], set()).add(inputs["role"])
    creators = {member for member, roles in held.items() if "roles/cloudbuild.builds.editor" in roles}

    assert creators <= {"serviceAccount:factory", "serviceAccount:deployer"}
    assert [] == [member for member in creators if "roles/cloudbuild.builds.approver" in held[member]]


def test_no_push_of_one_environment_s_branches_starts_a_build_of_another(environment: Callable[[str], Graph]) -> None:
    heard = {
        stack: {
            inputs["repositoryEventConfig"]["push"]["branch"]
            for address, inputs in environment(stack).values.items()
            if address.startswith("gcp:cloudbuild/trigger:Trigger") and "push" in inputs.get("repositoryEventConfig", {})
        }
        for stack in STACKS
    }

    assert {"dev": {"^feature/.+$|^release$"}, "prod": {"^main$"}} == heard


def test_settings_that_are_too_long_for_a_trigger_are_refused(graph: Callable[..., Graph], configuration: Configuration) -> None:
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    section["reviewers"] = [f"reviewer-{number}@northwind.example" for number in range(200)]

    with pytest.raises(pulumi.RunError, match=r"the factory settings of `forecasting` have \d+ characters; a build takes 4000"):
        graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})


@pytest.mark.parametrize("stack", STACKS)
def test_resources_that_run_as_an_account_are_created_after_its_grants(environment: Callable[[str], Graph], stack: str) -> None:
    """Otherwise the first push after an `up` could run without a permission that is granted a second later.

    Pushes of platform files only read the commit, with any deployments: the grants of the account itself are enough for them.
    """
    built = environment(stack)
    runs_as = {"gcp:cloudbuild/trigger:Trigger": "factory@", "gcp:workbench/instance:Instance": "ada-workbench@"}

    for address, waits in built.waits.items():
        resource_type, _, name = address.partition("::")
        if account := resource_type in runs_as and (ACCOUNTS.get(name) or runs_as[resource_type]):
            own = {other for other, inputs in built.values.items() if account in member_of(inputs)}
            if name == "platform-push":
                own = {other for other in own if other.partition("::")[2].startswith("factory-")}
            assert own
            assert own <= waits, address


@pytest.mark.parametrize("stack", STACKS)
def test_readers_of_a_table_are_created_after_it_and_not_replaced_with_it(
    environment: Callable[[str], Graph], stack: str
) -> None:
    """Pulumi deletes a table before it creates it again, and replaces all resources that depend on it by a property."""
    built = environment(stack)
    resource_type = "gcp:bigquery/table:Table"
    tables = {
        address for address, inputs in built.values.items() if address.startswith(f"{resource_type}::") and "view" not in inputs
    }
    order = list(built.values)

    assert f"{resource_type}::raw-sales" in tables
    assert [] == [address for address, waits in built.waits.items() if waits & tables]
    for reader in (f"{resource_type}::training_views-sales", "gcp:bigquery/datasetAccess:DatasetAccess::factory-reads-raw"):
        assert order.index(f"{resource_type}::raw-sales") < order.index(reader)


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_waits_for_the_api_that_it_needs(environment: Callable[[str], Graph], stack: str) -> None:
    apis = {
        "artifactregistry": "artifactregistry",
        "bigquery": "bigquery",
        "billing": "billingbudgets",
        "cloudbuild": "cloudbuild",
        "cloudscheduler": "cloudscheduler",
        "cloudbuildv2": "cloudbuild",
        "iam": "sts",
        "logging": "logging",
        "monitoring": "monitoring",
        "compute": "compute",
        "orgpolicy": "orgpolicy",
        "projects/defaultServiceAccounts:DefaultServiceAccounts": "compute",
        "projects/iAMAuditConfig:IAMAuditConfig": "cloudresourcemanager",
        "projects/iAMCustomRole:IAMCustomRole": "iam",
        "projects/iAMMember:IAMMember": "cloudresourcemanager",
        "projects/serviceIdentity:ServiceIdentity": "serviceusage",
        "pubsub": "pubsub",
        "secretmanager": "secretmanager",
        "serviceaccount": "iam",
        "servicenetworking": "servicenetworking",
        "storage": "storage",
        "vertex": "aiplatform",
        "workbench": "notebooks",
    }

    for address, waits in environment(stack).waits.items():
        resource_type = address.partition("::")[0].removeprefix("gcp:")
        if address.startswith("gcp:") and resource_type != "projects/service:Service":
            api = apis.get(resource_type) or apis[resource_type.partition("/")[0]]
            assert f"gcp:projects/service:Service::apis-{api}" in waits, address


def test_two_deployments_of_one_pipeline_live_side_by_side(graph: Callable[..., Graph], configuration: Configuration) -> None:
    config = configuration("dev")
    section = json.loads(config["groundwork:environment"])
    section["deployments"]["second-opinion"] = section["deployments"]["forecasting"]

    built = graph(program, "dev", {**config, "groundwork:environment": json.dumps(section)})

    assert {"forecasting", "second-opinion"} == set(built.outputs["deployments"])
    assert "gcp:bigquery/dataset:Dataset::second-opinion" in built.values
    assert "second_opinion" == built.values["gcp:bigquery/dataset:Dataset::second-opinion"]["datasetId"]


def test_a_mistake_is_one_message_to_pulumi_and_nothing_is_built(graph: Callable[..., Graph]) -> None:
    """Pulumi prints a RunError without a traceback, and any other error with one."""
    with pytest.raises(pulumi.RunError, match=r"Pulumi\.dev\.yaml has 2 mistakes:\n  gcp:project: is missing\n"):
        graph(program, "dev", {})
