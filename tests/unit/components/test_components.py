"""Components with more or fewer settings than in their examples, and settings that they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from components.bucket import Bucket, BucketArgs
from components.build_pool import BuildPoolArgs
from components.build_trigger import BuildTrigger, BuildTriggerArgs
from components.custom_role import CustomRoleArgs
from components.dataset import Dataset, DatasetArgs
from components.encryption import EncryptionArgs
from components.grants import address, least
from components.guardrails import Guardrails, GuardrailsArgs
from components.key_ring import KeyRingArgs
from components.message_trigger import MessageTriggerArgs
from components.network import Network, NetworkArgs
from components.private_services import PrivateServicesArgs
from components.project import Creation, Project, ProjectArgs
from components.registry import Registry, RegistryArgs
from components.repository_connection import RepositoryConnectionArgs
from components.scheduled_topic import ScheduledTopicArgs
from components.secret import Secret, SecretArgs
from components.service_account import ServiceAccountArgs
from components.service_agents import ServiceAgentsArgs
from components.services import Services, ServicesArgs
from components.topic import Topic, TopicArgs
from components.workbench import NetworkInterface, Workbench, WorkbenchArgs
from groundwork.google.build_file import read_build_file
from groundwork.google.table_schema import Partition, TableSchema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Graph

ROOT = Path(__file__).parents[3]
LABELS = {"client": "northwind"}
SALES = TableSchema(
    columns=({"name": "id", "type": "STRING"}, {"name": "batch", "type": "STRING", "mode": "REQUIRED"}), key=("id",)
)
SOMEBODY = "serviceAccount:somebody@northwind-ml-dev.iam.gserviceaccount.com"
REGIONAL: dict[str, Any] = {"project": "northwind-ml-dev", "region": "europe-west2"}
EVALUATE = read_build_file(ROOT / "cloudbuild" / "evaluate.yaml")
FILLED = EVALUATE.fill(_FACTORY="{}", _IMAGE="image:1")
CREATION = Creation(parent="folders/123", billing_account="0A1B2C-3D4E5F-6A7B8C")
WHERE: dict[str, Any] = {"project": "northwind-ml-dev", "location": "europe-west2", "labels": LABELS}
WEATHER: dict[str, Any] = {"secret": "weather-api", **WHERE}


def bucket(**overrides: Any) -> BucketArgs:
    return BucketArgs(**{"bucket": "northwind-raw", **WHERE, **overrides})


def scheduled_topic(**overrides: Any) -> ScheduledTopicArgs:
    settings = {
        "topic": "reconciliations",
        "project": "northwind-ml-dev",
        "region": "europe-west2",
        "description": "Reconciliations",
    }
    return ScheduledTopicArgs(**{**settings, "schedule": "*/5 * * * *", "labels": LABELS, **overrides})


def connection(**overrides: Any) -> RepositoryConnectionArgs:
    settings = {"connection": "github", "project": "northwind-ml-dev", "region": "europe-west2", "installation_id": 7}
    more = {"token_secret": "github-token", "repository": "forecasting", "remote": "https://github.com/northwind/forecasting.git"}
    return RepositoryConnectionArgs(**{**settings, **more, **overrides})


def dataset(**overrides: Any) -> DatasetArgs:
    return DatasetArgs(**{"dataset": "raw", "description": "Raw", "tables": {"sales": SALES}, **WHERE, **overrides})


def message_trigger(**overrides: Any) -> MessageTriggerArgs:
    settings = {
        "trigger": "a-reconcile",
        "project": "northwind-ml-dev",
        "region": "europe-west2",
        "description": "Reconciliations a",
    }
    more = {"topic": "projects/p/topics/reconciliations", "service_account": "projects/p/serviceAccounts/a"}
    build = read_build_file(ROOT / "cloudbuild" / "reconcile.yaml")
    return MessageTriggerArgs(**{**settings, **more, "build": build.fill(_FACTORY="{}", _IMAGE="image:1"), **overrides})


def network(**overrides: Any) -> NetworkArgs:
    return NetworkArgs(**{"network": "private", **REGIONAL, "range": "10.10.0.0/20", **overrides})


def pool(**overrides: Any) -> BuildPoolArgs:
    return BuildPoolArgs(**{"pool": "builds", **REGIONAL, "subnet": "projects/p/regions/r/subnetworks/s", **overrides})


def private_services(**overrides: Any) -> PrivateServicesArgs:
    settings = {"range_name": "services", "project": "northwind-ml-dev", "network": "projects/p/global/networks/private"}
    return PrivateServicesArgs(**{**settings, "range": "10.20.0.0/16", "labels": LABELS, **overrides})


def role(**overrides: Any) -> CustomRoleArgs:
    said = {"title": "Writes rows", "description": "", "permissions": ["bigquery.tables.updateData"]}
    return CustomRoleArgs(**{"role": "rowWriter", "project": "northwind-ml-dev", **said, **overrides})


def service_account(**overrides: Any) -> ServiceAccountArgs:
    return ServiceAccountArgs(**{"account_id": "a-runner", "project": "northwind-ml-dev", "display_name": "Runs a", **overrides})


def trigger(**overrides: Any) -> BuildTriggerArgs:
    settings = {
        "trigger": "a-push",
        "project": "northwind-ml-dev",
        "region": "europe-west2",
        "description": "A push to a",
        "build": FILLED,
        "repository": "projects/p/locations/l/connections/c/repositories/r",
        "branch": "^main$",
        "included_files": ["pipelines/a/**"],
        "service_account": "projects/p/serviceAccounts/a",
    }
    return BuildTriggerArgs(**{**settings, **overrides})


def workbench(**overrides: Any) -> WorkbenchArgs:
    settings = {"workbench": "ada-workbench", "project": "northwind-ml-dev", "zone": "europe-west2-b"}
    return WorkbenchArgs(**{**settings, "owner": "ada@northwind.example", "labels": LABELS, "reads": {"raw": "raw"}, **overrides})


KEY = "projects/northwind-ml-dev/locations/europe-west2/keyRings/groundwork/cryptoKeys/data"
BUILT: dict[str, Callable[[], object]] = {
    "bucket-of-records": lambda: Bucket("raw", bucket(kept_days=365, locked=True)),
    "bucket-of-folders": lambda: Bucket("raw", bucket(versioned=False, folders={"candidate-01": SOMEBODY})),
    "build-trigger-of-pool": lambda: BuildTrigger(
        "a-push", trigger(build=FILLED.on("projects/p/locations/l/workerPools/builds"))
    ),
    "dataset-laid-out": lambda: Dataset(
        "raw",
        dataset(
            tables={
                "sales": TableSchema(
                    columns=({"name": "day", "type": "DATE"}, *SALES.columns),
                    partition=Partition(column="day", by="MONTH"),
                    cluster=("id",),
                )
            }
        ),
    ),
    "dataset-of-views": lambda: Dataset(
        "training_views",
        dataset(dataset="training_views", tables={}, views={"sales": "SELECT * FROM `p.raw.sales`"}, views_of={"raw": "raw"}),
    ),
    "guardrails-all": lambda: Guardrails(
        "guardrails",
        GuardrailsArgs(organization_policies=True, audit_data_access=True, keep_default_accounts=True, **REGIONAL),
    ),
    "network-with-a-way-out": lambda: Network("private", network(nat=True)),
    "project-adopted": lambda: Project("project", ProjectArgs(project="northwind-ml-dev", labels=LABELS)),
    "registry-of-packages": lambda: Registry(
        "packages", RegistryArgs(repository="packages", description="Packages", holds="PYTHON", **WHERE)
    ),
    "workbench-in-a-network": lambda: Workbench(
        "ada-workbench",
        workbench(
            interface=NetworkInterface(network="projects/p/global/networks/private", subnet="projects/p/regions/r/subnetworks/s")
        ),
    ),
}


@pytest.mark.parametrize("component", BUILT)
def test_another_form_of_a_component_builds_its_inventory_and_nothing_else(
    graph: Callable[..., Graph], matches_inventory: Callable[[Graph, str], None], component: str
) -> None:
    matches_inventory(graph(BUILT[component]), component)


def test_a_key_of_the_client_encrypts_every_resource_that_supports_one(graph: Callable[..., Graph]) -> None:
    built = graph(
        lambda: (
            Bucket("raw", bucket(key=KEY)),
            Dataset("raw", dataset(key=KEY)),
            Registry("images", RegistryArgs(repository="images", description="Images", key=KEY, **WHERE)),
            Secret("secret-weather-api", SecretArgs(**WEATHER, key=KEY)),
            Topic("notifications", TopicArgs(topic="notifications", project="northwind-ml-dev", labels=LABELS, key=KEY)),
            Workbench("ada-workbench", workbench(key=KEY)),
        )
    ).values

    assert built["gcp:storage/bucket:Bucket::raw"]["encryption"] == {"defaultKmsKeyName": KEY}
    assert built["gcp:bigquery/dataset:Dataset::raw"]["defaultEncryptionConfiguration"] == {"kmsKeyName": KEY}
    assert built["gcp:artifactregistry/repository:Repository::images"]["kmsKeyName"] == KEY
    replicas = [{"location": "europe-west2", "customerManagedEncryption": {"kmsKeyName": KEY}}]
    secret = built["gcp:secretmanager/secret:Secret::secret-weather-api"]
    assert secret["replication"] == {"userManaged": {"replicas": replicas}}
    assert built["gcp:pubsub/topic:Topic::notifications"]["kmsKeyName"] == KEY
    machine = built["gcp:workbench/instance:Instance::ada-workbench"]["gceSetup"]
    assert machine["bootDisk"] == machine["dataDisks"] == {"diskEncryption": "CMEK", "kmsKey": KEY}


def test_members_with_access_to_a_dataset_have_the_form_of_its_access_list(graph: Callable[..., Graph]) -> None:
    readers = {"program": SOMEBODY, "person": "user:Ada@northwind.example", "group": "group:Us@northwind.example"}
    built = graph(lambda: Dataset("raw", dataset(readers=readers))).values

    entries = {name: built[f"gcp:bigquery/datasetAccess:DatasetAccess::raw-reader-{name}"] for name in readers}
    named = {name: (entry.get("userByEmail"), entry.get("groupByEmail")) for name, entry in entries.items()}
    assert named == {
        "program": (SOMEBODY.removeprefix("serviceAccount:"), None),
        "person": ("ada@northwind.example", None),
        "group": (None, "us@northwind.example"),
    }


def test_a_protected_resource_cannot_be_destroyed_with_its_content(graph: Callable[..., Graph]) -> None:
    """Protection is the default: an environment must disable it explicitly."""
    built = graph(lambda: (Bucket("raw", bucket()), Dataset("raw", dataset())))

    assert built.values["gcp:storage/bucket:Bucket::raw"]["forceDestroy"] is False
    assert built.values["gcp:bigquery/dataset:Dataset::raw"]["deleteContentsOnDestroy"] is False
    assert built.values["gcp:bigquery/table:Table::raw-sales"]["deletionProtection"] is True


def test_an_unprotected_resource_is_destroyed_with_its_content(graph: Callable[..., Graph]) -> None:
    built = graph(lambda: (Bucket("raw", bucket(protect=False)), Dataset("raw", dataset(protect=False))))

    assert built.values["gcp:storage/bucket:Bucket::raw"]["forceDestroy"] is True
    assert built.values["gcp:bigquery/dataset:Dataset::raw"]["deleteContentsOnDestroy"] is True
    assert built.values["gcp:bigquery/table:Table::raw-sales"]["deletionProtection"] is False


def test_a_resource_cannot_need_an_api_that_is_not_enabled(graph: Callable[..., Graph]) -> None:
    def program() -> None:
        Services("apis", ServicesArgs(project="northwind-ml-dev", services=["storage"])).before("storage", "pubsub")

    with pytest.raises(ValueError, match="pubsub is not among the enabled APIs"):
        graph(program)


def test_an_adopted_project_is_not_a_resource_so_destroy_cannot_delete_it(graph: Callable[..., Graph]) -> None:
    """A created project cannot be deleted, with any setting for the environment's data."""
    adopted = graph(lambda: Project("project", ProjectArgs(project="northwind-ml-dev", labels=LABELS)))
    created = graph(lambda: Project("project", ProjectArgs(project="northwind-ml-dev", labels=LABELS, creation=CREATION)))

    assert [kind for kind in adopted.counts if kind.startswith("gcp:")] == []
    assert created.values["gcp:organizations/project:Project::project"]["deletionPolicy"] == "PREVENT"


def test_nothing_is_allowed_into_a_network(graph: Callable[..., Graph]) -> None:
    built = graph(lambda: Network("private", network(nat=True)))
    rules = [inputs for address, inputs in built.values.items() if "compute/firewall" in address]

    assert [(rule["denies"], rule["sourceRanges"], "allows" in rule) for rule in rules] == [
        ([{"protocol": "all"}], ["0.0.0.0/0"], False)
    ]
    assert all("logConfig" in rule for rule in rules)


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (lambda: bucket(retention_days=0), "omit it to keep objects for ever"),
        (lambda: bucket(kept_days=0), "omit it to allow deletion at any time"),
        (lambda: bucket(locked=True), "locked needs kept_days"),
        (lambda: bucket(bucket="my-google-bucket"), "is not a bucket name"),
        (lambda: bucket(bucket="b" * 64), "is not a bucket name"),
        (lambda: bucket(folders={"a/b": SOMEBODY}), "'a/b' is not a folder name"),
        (lambda: scheduled_topic(schedule="every 5 minutes"), "is not a schedule"),
        (lambda: message_trigger(build=EVALUATE.fill(_IMAGE="image:1")), "uses _FACTORY, which would be empty"),
        (lambda: connection(remote="git@github.com:northwind/forecasting.git"), "is not supported by Cloud Build: use https"),
        (lambda: connection(installation_id=0), "at the end of the installation's address"),
        (lambda: Creation(parent="folder/1", billing_account="0A1B2C-3D4E5F-6A7B8C"), "parent 'folder/1' is not valid"),
        (lambda: Creation(parent="folders/1", billing_account="0a1b2c"), "is not a billing account"),
        (lambda: network(range="10.10.0.1/20"), "is not a range of addresses"),
        (lambda: network(range="8.8.8.0/24"), "is not a private range"),
        (lambda: network(range="10.10.0.0/30"), "between /8 and /29"),
        (lambda: pool(disk_gb=50), "100 to 1000"),
        (lambda: private_services(range="10.20.0.0/28"), "use /24 or larger"),
        (lambda: ServiceAgentsArgs(project="p", services=["pubsub.googleapis.com"]), "remove the ending"),
        (lambda: EncryptionArgs(key=f"{KEY}/cryptoKeyVersions/1", project="p"), "without a version"),
        (lambda: KeyRingArgs(ring="a b", keys=[], **WHERE), "is not a name of a key"),
        (lambda: KeyRingArgs(ring="a", keys=["b"], rotation_days=0, **WHERE), "rotation_days is 0: use 1 or more"),
        (lambda: RegistryArgs(repository="images", description="Images", keep=0, **WHERE), "must be 1 or more"),
        (lambda: dataset(dataset="my-data"), "is not a name of a dataset, table or view"),
        (lambda: dataset(expire_days=0, tables={}), "must be 1 or more"),
        (lambda: dataset(expire_days=30), "declared tables would expire too"),
        (lambda: TableSchema(columns=SALES.columns, cluster=("week",)), "partition and cluster name 'week'; columns: id, batch"),
        (lambda: TableSchema(columns=SALES.columns, cluster=("id",) * 5), "up to 4 columns, not 5"),
        (lambda: dataset(tables={"a b": SALES}), "is not a name of a dataset, table or view"),
        (lambda: dataset(views={"a b": "SELECT 1"}), "is not a name of a dataset, table or view"),
        (lambda: dataset(views={"sales": "SELECT 1"}), "'sales' is the name of a table and of a view"),
        (lambda: dataset(writers={"runner": SOMEBODY}), "writers have no role"),
        (lambda: address("domain:northwind.example"), "cannot get access to a dataset"),
        (lambda: address("group:a@northwind.example"), "or, in plain text, group:"),
        (lambda: role(role="a b"), "is not a role id"),
        (lambda: role(permissions=[]), "list the permissions of the role"),
        (lambda: role(permissions=["bigquery.datasets.setIamPolicy"]), "grant itself further permissions"),
        (lambda: role(permissions=["iam.serviceAccounts.actAs"]), "grant itself further permissions"),
        (lambda: service_account(account_id="a" * 31), "is not an account id"),
        (lambda: service_account(account_id="short"), "is not an account id"),
        (lambda: service_account(pulls={"images": "images"}), "set `region`"),
        (lambda: service_account(roles={"all": "roles/editor"}), "allows more than one task needs"),
        (lambda: ServicesArgs(project="p", services=["storage.googleapis.com"]), "remove the ending"),
        (lambda: TableSchema(columns=SALES.columns, key=("week",)), "the columns are id, batch"),
        (lambda: TableSchema(columns=SALES.columns, key=("id", "id")), "each once"),
        (lambda: trigger(build=EVALUATE.fill(_IMAGE="image:1")), "uses _FACTORY, which would be empty"),
        (lambda: trigger(included_files=[]), "or every push starts the build"),
        (lambda: workbench(zone="europe-west2"), "use a region and a letter"),
        (lambda: workbench(idle_minutes=5), "10 to 1440"),
    ],
)
def test_invalid_arguments_are_refused_at_construction_with_a_hint(refused: Callable[[], object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        refused()


def test_a_value_that_the_build_does_not_use_is_refused() -> None:
    with pytest.raises(ValueError, match="does not contain _IMAGES"):
        EVALUATE.fill(_FACTORY="{}", _IMAGES="image:1")


def test_a_build_without_a_logging_option_cannot_run_as_its_own_account(tmp_path: Path) -> None:
    """Google refuses such a build only when it starts."""
    (tmp_path / "build.yaml").write_text("steps: [{name: ubuntu}]")

    with pytest.raises(ValueError, match=r"options\.logging"):
        trigger(build=read_build_file(tmp_path / "build.yaml"))


@pytest.mark.parametrize("role", ["roles/owner", "roles/editor", "roles/viewer", "roles/storage.admin", "roles/run.sourceAdmin"])
def test_roles_that_allow_too_much_are_refused(role: str) -> None:
    with pytest.raises(ValueError, match="narrower role"):
        least(role)


def test_a_role_is_written_in_full() -> None:
    with pytest.raises(ValueError, match="write its full name"):
        least("bigquery.jobUser")
