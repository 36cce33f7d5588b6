"""What Google refuses of alerts, budgets and sinks, the twin refuses too."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.unit.twin.conftest import PROJECT, REGION, Cloud

CHANNEL, POLICY = "notificationChannel:NotificationChannel", "alertPolicy:AlertPolicy"
METRIC, SINK, BUDGET = "metric:Metric", "projectSink:ProjectSink", "budget:Budget"
MAIL = {"displayName": "ada", "type": "email", "labels": {"email_address": "ada@northwind.example"}}
LINE = {"displayName": "failed", "conditionMatchedLog": {"filter": "ERROR"}}
LIMITED = {"alertStrategy": {"notificationRateLimit": {"period": "300s"}}}


def condition(sort: str, **given: Any) -> dict[str, Any]:
    return {"displayName": "c", sort: given}


def policy(**given: Any) -> dict[str, Any]:
    return {"displayName": "p", "combiner": "OR", "conditions": [condition("conditionAbsent", duration="3600s")], **given}


def budget(**given: Any) -> dict[str, Any]:
    amount = {"specifiedAmount": {"currencyCode": "GBP", "units": "100"}}
    return {"billingAccount": "01A2B3-C4D5E6-F70809", "displayName": "b", "amount": amount, **given}


@pytest.fixture
def watched(bare: Cloud) -> Cloud:
    bare.enable("monitoring", "logging", "billingbudgets", "storage")
    return bare


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"conditions": []}, "1 to 6 conditions, not 0"),
        ({"conditions": [condition("conditionSql", query="select 1")]}, "does not know conditionSql"),
        ({"conditions": [{**LINE, "conditionAbsent": {"duration": "3600s"}}], **LIMITED}, "of one sort, not of 2"),
        ({"conditions": [condition("conditionAbsent", duration="90s")]}, "whole minutes"),
        ({"conditions": [condition("conditionAbsent", duration="604800s")]}, "can be asked for in PromQL"),
        ({"conditions": [condition("conditionPrometheusQueryLanguage", query=" ")]}, "needs a `query`"),
        ({"conditions": [LINE]}, r"needs `notificationRateLimit\.period`"),
        ({"conditions": [LINE, LINE], **LIMITED}, "the only one of its policy"),
        (LIMITED, "goes with a condition on a log line only"),
        ({"notificationChannels": ["c"] * 17}, "16 channels at most"),
        ({"combiner": "XOR"}, "not a valid combiner"),
    ],
)
def test_a_policy_that_google_would_refuse_is_refused(bare: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = bare.faults(POLICY, **policy(**given))
    assert re.search(why, fault), fault


def test_an_absence_is_watched_for_up_to_23_hours_and_a_half(bare: Cloud) -> None:
    assert [] == bare.faults(POLICY, **policy(conditions=[condition("conditionAbsent", duration="84600s")]))


def test_a_policy_tells_channels_that_exist_and_those_stay_while_it_does(watched: Cloud) -> None:
    assert "does not exist" in watched.refused(POLICY, **policy(notificationChannels=["projects/p/notificationChannels/1"]))
    mail = watched.make(CHANNEL, **MAIL)
    made = watched.make(POLICY, **policy(notificationChannels=[mail]))

    with pytest.raises(Exception, match="is named by"):
        watched.delete(CHANNEL, mail)
    watched.delete(POLICY, made)
    watched.delete(CHANNEL, mail)
    assert watched.read(CHANNEL, mail) is None


def test_a_channel_needs_its_address(bare: Cloud) -> None:
    assert ["a channel of type email needs the label `email_address`"] == bare.faults(CHANNEL, **{**MAIL, "labels": {"a": "b"}})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"labelExtractors": {"a": "EXTRACT(jsonPayload.a)"}}, "a has not"),
        (
            {"labelExtractors": {"a": "jsonPayload.a"}, "metricDescriptor": {"labels": [{"key": "a"}]}},
            "is not EXTRACT",
        ),
        ({"metricDescriptor": {"metricKind": "GAUGE"}}, "is DELTA"),
        ({"filter": "x" * 20_001}, "20000 characters at most"),
    ],
)
def test_a_metric_that_google_would_refuse_is_refused(bare: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = bare.faults(METRIC, **{"name": "m", "filter": "f", **given})
    assert why in fault


def test_the_writer_of_a_sink_may_be_granted_to_once_the_sink_is_there(watched: Cloud) -> None:
    grant = {"bucket": "northwind-logs", "role": "roles/storage.objectCreator"}
    sink = {"name": "kept", "destination": "storage.googleapis.com/northwind-logs"}
    writer = watched.resource_type(SINK).outputs(watched.given(SINK, sink))["writerIdentity"]

    assert "does not exist" in watched.refused(SINK, **sink)
    watched.make("bucket:Bucket", name="northwind-logs", location=REGION)
    assert "does not exist" in watched.refused("bucketIAMMember:BucketIAMMember", **grant, member=writer)
    watched.make(SINK, **sink)
    watched.make("bucketIAMMember:BucketIAMMember", **grant, member=writer)


def test_a_sink_s_shared_writer_is_refused(bare: Cloud) -> None:
    given = {"name": "kept", "destination": "storage.googleapis.com/b", "uniqueWriterIdentity": False}
    assert "all projects share" in bare.faults(SINK, **given)[0]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"amount": {"lastPeriodAmount": True}}, "does not know lastPeriodAmount"),
        ({"amount": {"specifiedAmount": {"currencyCode": "GBP", "units": "0"}}}, "above 0"),
        ({"amount": {"specifiedAmount": {"units": "100"}}}, "own currency"),
        ({"thresholdRules": [{"thresholdPercent": -0.5}]}, "not a share of an amount"),
        ({"budgetFilter": {"projects": [f"projects/{PROJECT}"]}}, "by number"),
        ({"allUpdatesRule": {"monitoringNotificationChannels": ["c"] * 6}}, "5 channels at most"),
        ({"billingAccount": "ours"}, "not a valid billingAccount"),
    ],
)
def test_a_budget_that_google_would_refuse_is_refused(bare: Cloud, given: dict[str, Any], why: str) -> None:
    (fault,) = bare.faults(BUDGET, **budget(**given))
    assert why in fault


def test_a_budget_tells_channels_that_exist(watched: Cloud) -> None:
    rule = {"allUpdatesRule": {"monitoringNotificationChannels": ["projects/p/notificationChannels/1"]}}
    assert "does not exist" in watched.refused(BUDGET, **budget(**rule))
    watched.make(BUDGET, **budget())
