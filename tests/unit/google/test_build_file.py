"""Build files are validated against Google's own definition; every mistake has its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groundwork.errors import GroundworkError
from groundwork.google.build_file import BuildFile, read_build_file

ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "build.yaml"


def read(file: Path, text: str) -> BuildFile:
    file.write_text(text)
    return read_build_file(file)


def mistakes(file: Path, text: str) -> list[str]:
    """Return the message about a text, without the name of the file."""
    with pytest.raises(GroundworkError) as refused:
        read(file, text)
    assert refused.value.code == "build-file-invalid"
    return refused.value.message.replace(f"{file}:", "").splitlines()


@pytest.mark.parametrize("name", [path.name for path in ROOT.glob("cloudbuild/*.yaml")])
def test_the_shipped_build_files_are_valid(name: str) -> None:
    assert read_build_file(ROOT / "cloudbuild" / name).arguments["steps"]


def test_a_build_has_pulumi_s_names_of_google_s_fields(file: Path) -> None:
    text = """
        steps:
          - {id: one, name: ubuntu, env: [A=1], secretEnv: [TOKEN], waitFor: ['-'], volumes: [{name: shared, path: /v}]}
          - {name: ubuntu, dir: sub, wait_for: [one], script: ls, allowFailure: true, allowExitCodes: [3], timeout: 60s,
             volumes: [{name: shared, path: /w}]}
        availableSecrets: {secretManager: [{versionName: projects/p/secrets/s/versions/1, env: TOKEN}]}
        options: {env: [B=2], diskSizeGb: '100', machineType: E2_HIGHCPU_8, sourceProvenanceHash: [SHA256]}
        queueTtl: 60s
        substitutions: {_A: a}
        artifacts: {objects: {location: gs://b, paths: ['*']}}
    """
    expected: dict[str, Any] = {
        "steps": [
            {
                "id": "one",
                "name": "ubuntu",
                "envs": ["A=1"],
                "secret_envs": ["TOKEN"],
                "wait_fors": ["-"],
                "volumes": [{"name": "shared", "path": "/v"}],
            },
            {
                "name": "ubuntu",
                "dir": "sub",
                "wait_fors": ["one"],
                "script": "ls",
                "allow_failure": True,
                "allow_exit_codes": [3],
                "timeout": "60s",
                "volumes": [{"name": "shared", "path": "/w"}],
            },
        ],
        "available_secrets": {"secret_managers": [{"version_name": "projects/p/secrets/s/versions/1", "env": "TOKEN"}]},
        "options": {
            "envs": ["B=2"],
            "disk_size_gb": 100,
            "machine_type": "E2_HIGHCPU_8",
            "source_provenance_hashes": ["SHA256"],
        },
        "queue_ttl": "60s",
        "substitutions": {"_A": "a"},
        "artifacts": {"objects": {"location": "gs://b", "paths": ["*"]}},
    }

    assert expected == read(file, text).arguments


def test_a_build_needs_the_substitutions_that_it_does_not_set(file: Path) -> None:
    text = """
        steps: [{name: $_IMAGE, args: ["${_TARGET}", $BUILD_ID, $$_ESCAPED, "$${_ESCAPED}", "${_OWN}", "${_LONG:0:7}"]}]
        substitutions: {_OWN: '1'}
    """

    assert frozenset({"_IMAGE", "_TARGET", "_LONG"}) == read(file, text).uses


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps:\n- name: a\n  args: [b\n", "4: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("steps:\n- name: a\n\targs: []\n", "3: is not YAML: found character '\\t' that cannot start any token"),
        ("a: 1\n---\nb: 1\n", "2: is not YAML: but found another document"),
        ("", "1: is empty: a build needs `steps`"),
        ("- a", "1: Build is a mapping of fields to values, not a list"),
        ("timeout: 600s\n", "1: a build needs at least one entry in `steps`"),
        ("steps:\n", "1: a build needs at least one entry in `steps`"),
        ("steps:\n- nmae: a\n", "2: 'nmae' is not a field of a BuildStep; did you mean 'name'?"),
        ("steps:\n- name: a\noptons:\n  logging: NONE\n", "3: 'optons' is not a field of a Build; did you mean 'options'?"),
        ("steps:\n- name: a\n  name: b\n", "3: 'name' occurs twice"),
        ("steps:\n- name: a\n  wait_for: []\n  waitFor: []\n", "4: 'waitFor' occurs twice"),
        ("steps:\n- name: a\n  args:\n  - b\n  - 1\n", "5: 'args' is text: put it in quotes, not '1'"),
        ("steps:\n- name: a\n  args: b\n", "3: 'args' is a list, not 'b'"),
        ("steps:\n- name: a\n  env: {A: b}\n", "3: 'env' is a list, not a mapping"),
        ("steps:\n- name: [a]\n", "2: 'name' is text: put it in quotes, not a list"),
        ("steps:\n- name: 2024-01-01\n", "2: 'name' is text: put it in quotes, not '2024-01-01'"),
        ("steps:\n- name: !!python/name:os.system ''\n", "2: 'name': could not determine a constructor for"),
        ("steps: &a\n- *a\n", "1: BuildStep is a mapping of fields to values, not a list"),
        ("steps: [{name: a}]\ntimeout: 600\n", "2: 'timeout' is a number of seconds in quotes, as in '600s', not '600'"),
        ("steps: [{name: a}]\ntimeout: 10m\n", "2: 'timeout' is a number of seconds in quotes, as in '600s', not '10m'"),
        ("steps:\n- name: a\n  allowFailure: 'yes'\n", "3: 'allowFailure' is true or false, not 'yes'"),
        ("steps: [{name: a}]\noptions:\n  diskSizeGb: 9.5\n", "3: 'diskSizeGb' is a whole number, not '9.5'"),
        ("steps: [{name: a}]\noptions:\n  logging: LOUD\n", "3: 'logging' is one of CLOUD_LOGGING_ONLY, GCS_ONLY,"),
        ("steps: [{name: a}]\noptions:\n  logging: 6\n", "3: 'logging' is one of CLOUD_LOGGING_ONLY, GCS_ONLY,"),
        ("steps: [{name: a}]\nsubstitutions:\n  _A: 1\n", "3: 'substitutions._A' is text: put it in quotes, not '1'"),
        ("steps: [{name: a}]\nsubstitutions: [_A]\n", "2: 'substitutions' is a mapping, not a list"),
        ("steps: [{name: a}]\nserviceAccount: x\n", "2: 'serviceAccount' cannot be part of a trigger's build"),
        ("steps: [{name: a}]\nstatus: SUCCESS\n", "2: 'status' cannot be part of a trigger's build"),
        ("steps:\n- {id: a}\n", "2: a step needs a `name`"),
        ("steps:\n- {name: a, id: x}\n- {name: a, id: x}\n", "3: there are two steps with the id 'x'"),
        ("steps:\n- {name: a, waitFor: [x]}\n- {name: a, id: x}\n", "2: the step waits for 'x', but no earlier step has this id"),
        ("steps:\n- {name: a, script: ls, args: [x]}\n", "2: a step has either `script`, or `entrypoint` and `args`"),
    ],
)
def test_a_mistake_is_refused_with_its_line(file: Path, text: str, message: str) -> None:
    (mistake,) = mistakes(file, text)

    assert mistake.startswith(message), mistake


def test_all_mistakes_are_listed_in_order(file: Path) -> None:
    message = mistakes(file, "timeout: 5\nsteps:\n- nmae: a\n- name: b\n  args: c\nbuild: d\n")

    assert ["1", "3", "5", "6"] == [mistake.partition(":")[0] for mistake in message]


def test_an_unreadable_file_is_refused(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"steps: \xff")
    for path, message in [(file, "is not UTF-8 text"), (tmp_path, "cannot be read"), (tmp_path / "absent", "cannot be read")]:
        with pytest.raises(GroundworkError, match=message):
            read_build_file(path)


def test_a_file_with_deep_nesting_is_refused(file: Path) -> None:
    (mistake,) = mistakes(file, "steps: " + "[" * 1_000)

    assert mistake.startswith("1: is not YAML")


def test_a_build_in_json_is_read_with_its_lines(file: Path) -> None:
    step = r'{"name": "ubuntu", "args": ["a\/b \u00e9 \ud83d\ude00 \"$_X\"", "\t"]}'
    text = f'{{\n\t"steps": [\n\t\t{step}\n\t],\n\t"timeout": "60s"\n}}'
    assert read(file, text).arguments["steps"][0]["args"] == ['a/b é 😀 "$_X"', "\t"]
    assert mistakes(file, text.replace("timeout", "tiemout")) == [
        "5: 'tiemout' is not a field of a Build; did you mean 'timeout'?"
    ]

    named = file.with_suffix(".json")
    named.write_text('{"steps": [\n]\n')
    with pytest.raises(GroundworkError, match=r"build.json:3: is not JSON"):
        read_build_file(named)


def test_a_byte_order_mark_is_accepted(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfsteps: [{name: ubuntu, args: [ls]}]\n")
    assert read_build_file(file).arguments["steps"]


def test_a_substitution_without_a_value_is_empty(file: Path) -> None:
    assert read(file, "steps: [{name: a, args: [$_A]}]\nsubstitutions:\n  _A:\n").arguments["substitutions"] == {"_A": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps:\n- name: a\n  args:\n  - ls\n  - echo $SHELF\n", "5: `$SHELF` is not a substitution of Cloud Build"),
        ("steps:\n- name: a\n  env:\n  - A\n", "4: 'A' is not a variable: write NAME=value"),
        ("steps:\n- name: a\n  args: [b]\nsubstitutions:\n  _A: b\n  SHELF: c\n", "6: 'SHELF' is not a substitution"),
        ("steps:\n- name: a\n  dir: $PWD\n  args: [b]\n", "3: `$PWD` is not a substitution"),
        (
            "steps:\n- name: a\n  args: [b]\n  timeout: 61s\ntimeout: 60s\n",
            "4: the time limit of a step is at most that of its build",
        ),
        ("steps: [{name: a, args: [b]}]\nsecrets:\n- kmsKeyName: k\n  secretEnv:\n    A: hello\n", "5: 'secretEnv.A' is base64"),
        (
            "steps: [{name: a, args: [b]}]\nserviceAccount: x\n",
            "2: 'serviceAccount' cannot be part of a trigger's build: the trigger",
        ),
        ("steps: [{name: a, args: [b]}]\nstatus: SUCCESS\n", "2: 'status' cannot be part of a trigger's build: Google sets it"),
        (
            "steps: [{name: a}]\noptions: {pool: {}}\n",
            "2: 'pool' cannot be part of a trigger's build: Google accepts it, but Pulumi's",
        ),
    ],
)
def test_a_mistake_that_google_finds_at_the_start_is_refused_with_its_line(file: Path, text: str, message: str) -> None:
    (mistake,) = mistakes(file, text)

    assert mistake.startswith(message), mistake
