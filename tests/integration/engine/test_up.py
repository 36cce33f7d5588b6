"""One stack with a resource of every type that the twin knows; the claims, in their order, take it from `up` to `up`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from groundwork.twin.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Engine

pytestmark = [pytest.mark.engine]

PROGRAM = """
    import json
    import pulumi
    import pulumi_gcp as gcp

    def after(*resources):
        return pulumi.ResourceOptions(depends_on=resources)

    PROJECT, REGION = "northwind-ml-dev", "europe-west2"
    APIS = (
        "aiplatform artifactregistry bigquery billingbudgets cloudbuild cloudkms cloudscheduler compute iam logging monitoring"
        " notebooks orgpolicy pubsub secretmanager servicenetworking storage"
    )
    apis = [gcp.projects.Service(f"api-{api}", service=f"{api}.googleapis.com") for api in APIS.split()]
    on = after(*apis)

    runner = gcp.serviceaccount.Account("runner", account_id="forecasting-runner", opts=on)
    gcp.projects.IAMMember("queries", project=PROJECT, role="roles/bigquery.jobUser", member=runner.member)
    gcp.serviceaccount.IAMMember(
        "person", service_account_id=runner.name, role="roles/iam.serviceAccountUser", member="user:ada@northwind.example"
    )

    labels = {"owner": pulumi.Output.secret("hidden-in-a-label"), "open": "to all"}
    ring = gcp.kms.KeyRing("ring", name=RING, location=REGION, opts=on)
    key = gcp.kms.CryptoKey("key", name="data", key_ring=ring.id, rotation_period="7776000s")
    storage = gcp.storage.get_project_service_account_output(
        project=PROJECT, opts=pulumi.InvokeOutputOptions(depends_on=apis)
    )
    encrypts = gcp.kms.CryptoKeyIAMMember(
        "encrypts", crypto_key_id=key.id, role="roles/cloudkms.cryptoKeyEncrypterDecrypter", member=storage.member
    )
    raw = gcp.storage.Bucket(
        "raw", name="northwind-raw", location=REGION, labels=labels | LABELS, opts=after(encrypts),
        encryption={"default_kms_key_name": key.id},
    )
    gcp.storage.BucketIAMMember("reader", bucket=raw.name, role="roles/storage.objectViewer", member=runner.member)

    data = gcp.bigquery.Dataset("data", dataset_id="forecasting", location=REGION, opts=on)
    sales = gcp.bigquery.Table(
        "sales", dataset_id=data.dataset_id, table_id="sales", deletion_protection=False, schema=json.dumps(COLUMNS),
        table_constraints={"primary_key": {"columns": ["Store"]}},
    )
    training_views = gcp.bigquery.Dataset("training_views", dataset_id="training_views", location=REGION, opts=on)
    view = gcp.bigquery.Table(
        "view", dataset_id=training_views.dataset_id, table_id="sales", deletion_protection=False, opts=after(sales),
        view={"query": f"SELECT * FROM `{PROJECT}.forecasting.sales`", "use_legacy_sql": False},
    )
    gcp.bigquery.DatasetAccess(
        "authorised", dataset_id=data.dataset_id,
        view={"project_id": PROJECT, "dataset_id": training_views.dataset_id, "table_id": view.table_id},
    )
    writes = gcp.projects.IAMCustomRole(
        "writes", role_id="rowWriter", title="Writes rows", permissions=["bigquery.tables.updateData"], opts=on
    )
    gcp.bigquery.DatasetAccess(
        "writer", dataset_id=data.dataset_id, role=writes.name, user_by_email=runner.email
    )
    gcp.bigquery.DatasetIamMember(
        "editor", dataset_id=training_views.dataset_id, role="roles/bigquery.dataEditor", member=runner.member
    )

    images = gcp.artifactregistry.Repository("images", repository_id="images", format="DOCKER", location=REGION, opts=on)
    gcp.artifactregistry.RepositoryIamMember(
        "puller", repository=images.name, location=REGION, role="roles/artifactregistry.reader", member=runner.member
    )
    topic = gcp.pubsub.Topic("notifications", name="notifications", opts=on)
    gcp.pubsub.TopicIAMMember("publisher", topic=topic.name, role="roles/pubsub.publisher", member=runner.member)

    token = gcp.secretmanager.Secret("token", secret_id="github-token", replication={"auto": {}}, opts=on)
    version = gcp.secretmanager.SecretVersion("version", secret=token.id, secret_data="hidden-in-a-version")
    agent = gcp.projects.ServiceIdentity("agent", service="cloudbuild.googleapis.com", opts=on)
    access = gcp.secretmanager.SecretIamMember(
        "access", secret_id=token.secret_id, role="roles/secretmanager.secretAccessor", member=agent.member
    )
    github = gcp.cloudbuildv2.Connection(
        "github", name="github", location=REGION, opts=after(access),
        github_config={"app_installation_id": 1, "authorizer_credential": {"oauth_token_secret_version": version.name}},
    )
    repository = gcp.cloudbuildv2.Repository(
        "forecasting", name="forecasting", location=REGION, parent_connection=github.name,
        remote_uri="https://github.com/northwind/forecasting.git",
    )
    gcp.projects.DefaultServiceAccounts("accounts", project=PROJECT, action="DEPRIVILEGE")
    gcp.projects.IAMAuditConfig("audit", project=PROJECT, service="allServices", audit_log_configs=[{"log_type": "DATA_READ"}])
    gcp.orgpolicy.Policy(
        "keys", name=f"projects/{PROJECT}/policies/iam.disableServiceAccountKeyCreation", parent=f"projects/{PROJECT}",
        spec={"rules": [{"enforce": "TRUE"}]}, opts=on,
    )
    gcp.organizations.Project(
        "another", project_id="northwind-ml-two", name="northwind-ml-two", org_id="1", auto_create_network=False,
        deletion_policy="DELETE",
    )
    network = gcp.compute.Network("private", name="private", auto_create_subnetworks=False, opts=on)
    subnet = gcp.compute.Subnetwork(
        "subnet", name="subnet", network=network.id, region=REGION, ip_cidr_range="10.10.0.0/20", private_ip_google_access=True
    )
    gcp.compute.Firewall(
        "deny", name="deny", network=network.id, denies=[{"protocol": "all"}], source_ranges=["0.0.0.0/0"]
    )
    router = gcp.compute.Router("router", name="router", network=network.id, region=REGION)
    gcp.compute.RouterNat(
        "nat", name="nat", router=router.name, region=REGION, nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
    )
    range_ = gcp.compute.GlobalAddress(
        "range", name="services", network=network.id, address_type="INTERNAL", purpose="VPC_PEERING",
        address="10.20.0.0", prefix_length=16,
    )
    gcp.servicenetworking.Connection(
        "peering", network=network.id, service="servicenetworking.googleapis.com", reserved_peering_ranges=[range_.name]
    )
    attachment = gcp.compute.NetworkAttachment(
        "attachment", name="builds", region=REGION, connection_preference="ACCEPT_AUTOMATIC", subnetworks=[subnet.id]
    )
    pool = gcp.cloudbuild.WorkerPool(
        "pool", name="builds", location=REGION, worker_config={"machine_type": "e2-medium", "no_external_ip": True},
        private_service_connect={"network_attachment": attachment.id, "route_all_traffic": True},
    )
    trigger = gcp.cloudbuild.Trigger(
        "push", name="forecasting-push", location=REGION, service_account=runner.name,
        repository_event_config={"repository": repository.id, "push": {"branch": "^feature/.*$"}},
        build={"steps": [{"name": "image"}], "options": {"logging": "CLOUD_LOGGING_ONLY", "worker_pool": pool.id}},
    )
    reconciliations = gcp.pubsub.Topic("reconciliations", name="reconciliations", opts=on)
    gcp.cloudscheduler.Job(
        "reconciliations", name="reconciliations", region=REGION, schedule="*/5 * * * *", opts=on,
        pubsub_target={"topic_name": reconciliations.id, "attributes": {"it": "is time"}},
    )
    gcp.cloudbuild.Trigger(
        "reconcile", name="reconcile", location=REGION, service_account=runner.name, pubsub_config={"topic": reconciliations.id},
        build={"steps": [{"name": "image", "args": ["-V"]}], "options": {"logging": "CLOUD_LOGGING_ONLY"}},
    )
    gcp.vertex.AiMetadataStore("metadata", name="default", region=REGION, opts=on)
    gcp.vertex.AiEndpoint("answers", name="1234567890", display_name="answers", location=REGION, opts=on)
    group = gcp.vertex.AiFeatureGroup(
        "features", name="features", region=REGION, opts=after(sales, *apis),
        big_query={"big_query_source": {"input_uri": f"bq://{PROJECT}.forecasting.sales"}, "entity_id_columns": ["Store"]},
    )
    gcp.vertex.AiFeatureGroupFeature("feature", name="sales", feature_group=group.name, region=REGION)
    gcp.vertex.AiFeatureOnlineStore(
        "online", name="online", region=REGION, opts=on, bigtable={"auto_scaling": {"min_node_count": 1, "max_node_count": 2}}
    )
    gcp.workbench.Instance(
        "ada", name="ada-workbench", location=f"{REGION}-b", gce_setup={
            "service_accounts": [{"email": runner.email}],
            "network_interfaces": [{"network": network.id, "subnet": subnet.id}],
        },
    )
    mail = gcp.monitoring.NotificationChannel(
        "mail", display_name="ada", type="email", labels={"email_address": "ada@northwind.example"}, opts=on
    )
    gcp.monitoring.AlertPolicy(
        "failed", display_name="failed", combiner="OR", notification_channels=[mail.name],
        conditions=[{"display_name": "failed", "condition_matched_log": {"filter": "ERROR"}}],
        alert_strategy={"notification_rate_limit": {"period": "300s"}},
    )
    gcp.logging.Metric("counted", name="counted", filter="stored", opts=on)
    logs = gcp.storage.Bucket("logs", name="northwind-logs", location=REGION, opts=on)
    bucket = pulumi.Output.concat("storage.googleapis.com/", logs.name)
    gcp.logging.ProjectSink("kept", name="kept", destination=bucket, opts=on)
    gcp.billing.Budget(
        "budget", billing_account="01A2B3-C4D5E6-F70809", display_name="budget",
        amount={"specified_amount": {"currency_code": "GBP", "units": "100"}},
        all_updates_rule={"monitoring_notification_channels": [mail.name]},
    )
    gcp.projects.IAMMember(
        "listed", project=PROJECT, role="roles/resourcemanager.projectIamAdmin", member=runner.member,
        condition={
            "title": "listed",
            "expression": "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/bigquery.jobUser'])",
        },
    )
    pool = gcp.iam.WorkloadIdentityPool("identities", workload_identity_pool_id=POOL, opts=on)
    gcp.iam.WorkloadIdentityPoolProvider(
        "believed", workload_identity_pool_id=pool.workload_identity_pool_id, workload_identity_pool_provider_id="github",
        attribute_mapping={"google.subject": "assertion.sub"}, attribute_condition="assertion.repository == 'a/b'",
        oidc={"issuer_uri": "https://token.actions.githubusercontent.com"},
    )
    member = pulumi.Output.concat("principalSet://iam.googleapis.com/", pool.name, "/attribute.ref/refs/heads/main")
    gcp.serviceaccount.IAMMember(
        "outside", service_account_id=runner.name, role="roles/iam.workloadIdentityUser", member=member
    )
    pulumi.export("url", raw.url)
    pulumi.export("trigger", trigger.trigger_id)
"""
COLUMNS = [{"name": "Store", "type": "INT64", "mode": "REQUIRED"}, {"name": "Sales", "type": "FLOAT64"}]
HIDDEN = ("hidden-in-a-label", "hidden-in-a-version")


def write(
    engine: Engine, *, labels: object = (), columns: object = COLUMNS, pool: str = "outside-ci", ring: str = "groundwork"
) -> None:
    said = f"LABELS, COLUMNS, POOL, RING = {dict(labels)!r}, {columns!r}, {pool!r}, {ring!r}"  # type: ignore[call-overload]
    engine.program(f"    {said}\n{PROGRAM}")


@pytest.fixture(scope="module")
def stood(shared: Engine) -> Engine:
    """Return the stack, brought up once for every claim below."""
    (shared.store.root / "repositories/northwind/forecasting.git").mkdir(parents=True)
    write(shared)
    shared.up()
    return shared


def test_every_type_that_the_twin_knows_is_made(stood: Engine) -> None:
    resources = stood.resources().values()
    assert set(RESOURCE_TYPES) - {resource["type"] for resource in resources} == set()
    assert stood.resources()["trial-dev"]["outputs"]["url"] == "gs://northwind-raw"


def test_a_second_preview_is_empty(stood: Engine) -> None:
    stood.ok("preview", "--expect-no-changes")


def test_a_refresh_finds_nothing(stood: Engine) -> None:
    stood.ok("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def test_secrets_are_encrypted_in_the_state_after_a_refresh_too(stood: Engine) -> None:
    resources = stood.resources()
    for name, path in (("version", ("secretData",)), ("raw", ("labels", "owner"))):
        for part in ("inputs", "outputs"):
            value = resources[name][part]
            for key in path:
                value = value[key]
            assert "ciphertext" in value, (name, part)
    assert stood.resources()["raw"]["inputs"]["labels"]["open"] == "to all"


@pytest.mark.parametrize("hidden", HIDDEN)
def test_secrets_are_in_the_clear_only_in_files_of_the_owner(stood: Engine, hidden: str) -> None:
    places = [stood.root / "state", stood.store.root]
    holding = [path for place in places for path in place.rglob("*") if path.is_file() and hidden.encode() in path.read_bytes()]
    assert {path.parent for path in holding} == {stood.store.root / "secrets"}


def test_what_goes_behind_pulumi_s_back_shows_in_refresh_and_up_makes_it_again(stood: Engine) -> None:
    folder = stood.store.root / "buckets/northwind-raw"
    folder.rmdir()
    stood.store.forget("gcp:cloudbuild/trigger:Trigger", stood.resources()["push"]["id"])
    stood.ok("refresh", "--yes", "--skip-preview")

    # the grant lived on the bucket
    assert {"raw", "reader", "push"} & set(stood.resources()) == set()
    stood.up()
    assert folder.is_dir()
    stood.ok("preview", "--expect-no-changes")


def test_what_google_can_change_is_changed_in_place_and_the_rest_replaced(stood: Engine) -> None:
    write(stood, labels={"cost": "none"}, columns=[{"name": "Store", "type": "STRING", "mode": "REQUIRED"}])
    said = stood.ok("up", "--yes", "--skip-preview", "--diff")

    assert "~ gcp:storage/bucket:Bucket: (update)" in said
    assert "+-gcp:bigquery/table:Table: (replace)" in said
    row = stood.store.get("gcp:storage/bucket:Bucket", "northwind-raw")
    assert row
    assert row.inputs["labels"]["cost"] == "none"


def test_destroy_keeps_a_bucket_with_content(stood: Engine) -> None:
    sales = stood.store.root / "buckets/northwind-raw/sales.csv"
    sales.write_text("1")

    assert "bucket northwind-raw is not empty; empty it, or set `force_destroy`" in stood.refused(
        "destroy", "--yes", "--skip-preview"
    )
    assert sales.exists()
    sales.unlink()


def test_only_services_their_agents_and_keys_remain_after_destroy(stood: Engine) -> None:
    stood.ok("destroy", "--yes", "--skip-preview")

    remaining = {resource_type for resource_type in RESOURCE_TYPES if list(stood.store.all(resource_type, unfinished=True))}
    assert remaining == {
        "gcp:projects/service:Service", "gcp:projects/serviceIdentity:ServiceIdentity",
        "gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey",
    }  # fmt: skip
    assert [path for name in ("buckets", "secrets") for path in (stood.store.root / name).iterdir()] == []
    assert list((stood.store.root / "warehouse/northwind-ml-dev").iterdir()) == []


def test_the_next_up_copes_with_what_remained(stood: Engine) -> None:
    said = stood.refused("up", "--yes", "--skip-preview", "--continue-on-error")
    assert "Google keeps it, and its name, for 30 days; give this one" in said
    assert "keyRings/groundwork already exists" in said
    write(stood, pool="outside-ci-2", ring="another")
    stood.up()
    stood.ok("preview", "--expect-no-changes")


def test_what_is_there_already_is_adopted_by_an_import(stood: Engine) -> None:
    bucket = "gcp:storage/bucket:Bucket"
    stood.ok("state", "delete", "--yes", "--target-dependents", stood.resources()["raw"]["urn"])
    assert "northwind-raw already exists; import it" in stood.refused("up", "--yes", "--skip-preview")

    stood.ok("import", bucket, "raw", "northwind-raw", "--generate-code=false", "--protect=false", "--yes", "--skip-preview")
    stood.up()
    stood.ok("preview", "--expect-no-changes")
