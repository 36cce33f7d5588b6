"""Builds are refused and accepted as by Google's own validator, and mistakes have their paths."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.google.build_rules import Path, as_json, asked_for, faults, in_scripts, mentioned_in, parse_build

STEP = {"name": "ubuntu", "args": ["ls"]}
SHARED = {"name": "shared", "path": "/shared"}
KEY = {"kmsKeyName": "projects/p/locations/l/keyRings/r/cryptoKeys/k", "secretEnv": {"TOKEN": "aGk="}}


def steps(*changes: dict[str, Any], **build: Any) -> dict[str, Any]:
    return {"steps": [{**STEP, **step} for step in changes or ({},)], **build}


def mistakes(build: dict[str, Any], *, triggered: bool = False) -> list[tuple[Path, str]]:
    return [(fault.path, fault.message) for fault in faults(parse_build(build), triggered=triggered)]


@pytest.mark.parametrize(
    "build",
    [
        steps(),
        steps({"env": ["A=", "B=x=y"]}, timeout="86400s"),
        steps({"timeout": "600s"}, timeout="600s", queueTtl="0s"),
        steps({"volumes": [SHARED]}, {"volumes": [{**SHARED, "path": "/elsewhere"}]}),
        steps({}, {}, options={"volumes": [SHARED]}),
        steps({"secretEnv": ["TOKEN"]}, secrets=[KEY]),
        steps(options={"secretEnv": ["TOKEN"]}, secrets=[KEY]),
        steps(
            {"secretEnv": ["T"]},
            availableSecrets={"secretManager": [{"versionName": "projects/p/secrets/s/versions/1", "env": "T"}]},
        ),
        steps(images=["eu.gcr.io/p/i:v1"], artifacts={"images": ["eu.gcr.io/p/i:v1"]}),
        steps(
            images=[
                "europe-west2-docker.pkg.dev/p/images/i@sha256:0123abcd",
                "localhost:5000/a__b/c-d",
                "$_REGION-docker.pkg.dev/P",
            ]
        ),
        steps(artifacts={"objects": {"location": "gs://b/x", "paths": ["*.csv", "out/$BUILD_ID"]}}),
        steps(artifacts={"objects": {"location": "$_PLACE", "paths": ["x"]}}, substitutions={"_PLACE": "gs://b"}),
        steps(tags=["v1.0", "$BRANCH_NAME", ""]),
        steps(substitutions={"_A": "x" * 4_000, "TAG_NAME": "v1", "_" + "A" * 99: ""}),
        steps({"args": ["$$HOME ${name%.csv} ${1} $(date) $lower ${HOME:-/root} $BUILD_ID ${COMMIT_SHA}"]}),
        steps({"id": "a"}, {"waitFor": ["a"]}, {"waitFor": ["-"]}),
        {"steps": [{"name": "ubuntu", "script": "echo $HOME $_X"}]},
        {"steps": [STEP] * 300},
        steps({"args": ["x" * 10_000] * 100}),
        steps({"allowExitCodes": ["255", 0]}),
    ],
)
def test_a_build_that_google_accepts_is_accepted(build: dict[str, Any]) -> None:
    assert mistakes(build) == []


@pytest.mark.parametrize(
    ("build", "at", "message"),
    [
        ({}, (), "at least one entry in `steps`"),
        ({"steps": [STEP] * 301}, ("steps",), "more than 300 steps"),
        ({"steps": [{"args": ["x"]}]}, ("steps", 0), "needs a `name`"),
        (steps({"name": "Ubuntu"}), ("steps", 0, "name"), "is not the name of an image"),
        (steps({"name": "u" * 1_001}), ("steps", 0, "name"), "longer than 1000"),
        (steps({"args": ["x"] * 101}), ("steps", 0, "args"), "more than 100 arguments"),
        (steps({"args": ["", "x" * 10_001]}), ("steps", 0, "args", 1), "longer than 10000"),
        (steps({"dir": "x" * 1_001}), ("steps", 0, "dir_"), "longer than 1000"),
        (steps({"allowExitCodes": [256]}), ("steps", 0, "allow_exit_codes", 0), "between 0 and 255"),
        (steps({"script": "ls"}), ("steps", 0), "either `script`, or"),
        (steps({"id": "-"}), ("steps", 0), "two steps with the id '-'"),
        (steps({"id": "a"}, {"id": "a"}), ("steps", 1), "two steps with the id 'a'"),
        (steps({"waitFor": ["b"]}, {"id": "b"}), ("steps", 0), "waits for 'b', but no earlier step"),
        (steps(timeout="86401s"), ("timeout",), "between 0 and 86400 seconds"),
        (steps(timeout="-1s"), ("timeout",), "between 0 and 86400 seconds"),
        (steps(queueTtl="-1s"), ("queue_ttl",), "at least 0 seconds"),
        (steps({"timeout": "-1s"}), ("steps", 0, "timeout"), "at least 0 seconds"),
        (steps({"timeout": "601s"}, timeout="600s"), ("steps", 0, "timeout"), "at most that of its build, 600 seconds"),
        (steps({"timeout": "86401s"}), ("steps", 0, "timeout"), "at most that of its build"),
        (steps({"env": ["A"]}), ("steps", 0, "env", 0), "write NAME=value"),
        (steps({"env": ["=x"]}), ("steps", 0, "env", 0), "write NAME=value"),
        (steps(options={"env": ["A"]}), ("options", "env", 0), "write NAME=value"),
        (steps({"env": ["A=" + "x" * 1_000]}), ("steps", 0, "env", 0), "longer than 1000"),
        (steps({"env": [f"A{n}=" for n in range(101)]}), ("steps", 0, "env"), "more than 100 variables"),
        (steps({"volumes": [SHARED]}), ("steps",), "only one step uses the volume 'shared'"),
        (steps(options={"volumes": [SHARED]}), ("options", "volumes"), "need at least two steps"),
        (steps({"volumes": [{"name": "v!", "path": "/v"}]}, {}), ("steps", 0, "volumes", 0), "is not the name of a volume"),
        (steps({"volumes": [{"name": "vol", "path": "v"}]}, {}), ("steps", 0, "volumes", 0), "not an absolute path"),
        (
            steps({"volumes": [{"name": "vol", "path": "/workspace/"}]}, {}),
            ("steps", 0, "volumes", 0),
            "reserved for Cloud Build",
        ),
        (
            steps({"volumes": [{"name": "vol", "path": "/cloudbuild/x"}]}, {}),
            ("steps", 0, "volumes", 0),
            "reserved for Cloud Build",
        ),
        (steps({"volumes": [SHARED, {**SHARED, "path": "/b"}]}, {}), ("steps", 0, "volumes"), "'shared' occurs twice"),
        (steps({"volumes": [SHARED, {**SHARED, "name": "other"}]}, {}), ("steps", 0, "volumes"), "'/shared' occurs twice"),
        (
            steps({"volumes": [SHARED]}, {}, options={"volumes": [SHARED]}),
            ("steps", 0, "volumes"),
            "all steps already have the volume",
        ),
        (steps(secrets=[KEY]), ("secrets",), "'TOKEN' is set, but no step uses it"),
        (steps({"secretEnv": ["TOKEN"]}), (), "'TOKEN' is used, but not set"),
        (steps({"secretEnv": ["TOKEN", "TOKEN"]}, secrets=[KEY]), ("steps", 0, "secret_env"), "'TOKEN' occurs twice"),
        (steps({"secretEnv": ["TOKEN"], "env": ["TOKEN=x"]}, secrets=[KEY]), ("steps", 0), "a variable and also a secret one"),
        (steps({"secretEnv": ["TOKEN"]}, secrets=[KEY], options={"env": ["TOKEN=x"]}), ("steps", 0), "and also a secret one"),
        (steps({"secretEnv": ["TOKEN"]}, secrets=[KEY, {**KEY, "secretEnv": {"B": ""}}]), ("secrets",), "has two entries"),
        (steps({"secretEnv": ["TOKEN"]}, secrets=[KEY, {"kmsKeyName": "other"}]), ("secrets", 1), "sets nothing"),
        (steps(images=["eu.gcr.io/p/I:v1"]), ("images", 0), "is not the name of an image (it has capitals)"),
        (steps(images=["eu.gcr.io/p/i:"]), ("images", 0), "is not the name of an image"),
        (steps(images=["x"], artifacts={"images": ["y"]}), ("images",), "differ: keep one"),
        (steps(images=["x"] * 101), ("images",), "more than 100 images"),
        (steps(artifacts={"objects": {"paths": ["x"]}}), ("artifacts", "objects", "location"), "write gs://<bucket>"),
        (steps(artifacts={"objects": {"location": "s3://b", "paths": ["x"]}}), ("artifacts", "objects", "location"), "gs://"),
        (steps(artifacts={"objects": {"location": "gs://b"}}), ("artifacts", "objects"), "need `paths`"),
        (
            steps(artifacts={"objects": {"location": "gs://b", "paths": ["a b"]}}),
            ("artifacts", "objects", "paths", 0),
            "white space",
        ),
        (steps(artifacts={"objects": {"location": "gs://b", "paths": ["a", "a"]}}), ("artifacts", "objects", "paths"), "twice"),
        (steps(tags=["not this"]), ("tags", 0), "is not a tag"),
        (steps(tags=["t"] * 65), ("tags",), "more than 64 tags"),
        (steps(substitutions={"SHELF": "x"}), ("substitutions", "SHELF"), "is not a substitution"),
        (steps(substitutions={"BUILD_ID": "x"}), ("substitutions", "BUILD_ID"), "is not a substitution"),
        (steps(substitutions={"_shelf": "x"}), ("substitutions", "_shelf"), "is not a substitution"),
        (steps(substitutions={"_" + "A" * 100: ""}), ("substitutions", "_" + "A" * 100), "at most 100 characters"),
        (steps(substitutions={"_A": "x" * 4_001}), ("substitutions", "_A"), "longer than 4000"),
        (steps(substitutions={f"_A{n}": "" for n in range(101)}), ("substitutions",), "more than 100 substitutions"),
        (
            steps({"args": ["a", "echo $SHELF"]}),
            ("steps", 0, "args", 1),
            "for a variable of the step's shell, write `$$SHELF`",
        ),
        (steps({"env": ["A=${HOME}"]}), ("steps", 0, "env", 0), "`$HOME` is not a substitution"),
        (steps({"dir": "$PWD"}), ("steps", 0, "dir_"), "`$PWD` is not a substitution"),
        (steps({"entrypoint": "$SHELL"}), ("steps", 0, "entrypoint"), "`$SHELL` is not a substitution"),
        (steps(images=["i:$VERSION"]), ("images", 0), "`$VERSION` is not a substitution"),
        (steps(tags=["$VERSION"]), ("tags", 0), "`$VERSION` is not a substitution"),
        (steps(logsBucket="gs://$WHO"), ("logs_bucket",), "`$WHO` is not a substitution"),
        (steps(options={"env": ["A=$B"]}), ("options", "env", 0), "`$B` is not a substitution"),
        (steps(options={"diskSizeGb": "4001"}), ("options", "disk_size_gb"), "4000 GB"),
    ],
)
def test_a_build_that_google_refuses_is_refused_with_the_path(build: dict[str, Any], at: Path, message: str) -> None:
    assert any(path == at and message in text for path, text in mistakes(build)), mistakes(build)


def test_only_replaced_fields_need_substitutions() -> None:
    build = parse_build(
        {
            "steps": [
                {"name": "$_IMAGE", "id": "$_ID", "args": ["${_ARG}", "$$_ESCAPED", "${_OWN}"]},
                {"name": "u", "script": "echo $_LOST $_MAPPED", "env": ["_MAPPED=$_SOURCE"]},
            ],
            "substitutions": {"_OWN": "1"},
            "tags": ["$_TAG"],
        }
    )
    assert asked_for(build, triggered=True) == {"_IMAGE", "_ARG", "_SOURCE", "_TAG"}
    assert in_scripts(build) == {"_LOST"}


def test_an_operation_with_a_default_mentions_the_name_without_needing_it() -> None:
    build = parse_build(steps({"args": ["${_REGION:-eu} ${_LONG:0:7}"]}))
    assert asked_for(build, triggered=True) == {"_LONG"}
    assert asked_for(build, triggered=False) == set()
    assert {"_REGION", "_LONG"} == mentioned_in(build)


def test_a_value_is_read_as_googles_json_reads_it() -> None:
    build = parse_build(steps({"allowExitCodes": ["3"], "automapSubstitutions": True}, options={"diskSizeGb": 100}))
    assert as_json(build)["steps"][0]["allowExitCodes"] == [3]
    for wrong in ({"args": "hello"}, {"args": [1]}, {"nmae": "x"}, {"timeout": "10m"}):
        with pytest.raises(ValueError, match="Failed to parse"):
            parse_build(steps(wrong))
