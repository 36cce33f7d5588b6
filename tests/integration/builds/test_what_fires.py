"""What a push says when it fires nothing, and pushes that are no ordinary ones."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.errors import GroundworkError
from groundwork.twin.cloudbuild import history
from groundwork.twin.github.repositories import repository_path
from groundwork.twin.interfaces import git as interface

STEP = {"name": "ubuntu", "entrypoint": "echo", "args": ["built <$BRANCH_NAME>"]}


def test_without_a_connection_nothing_is_built_and_it_says_so(world: Any) -> None:
    world.trigger(STEP)
    ((id_, _),) = world.store.all("gcp:cloudbuildv2/repository:Repository")
    world.store.forget("gcp:cloudbuildv2/repository:Repository", id_)
    assert "nothing is built: no connection leads to this repository" in world.push()
    assert history.all_builds(world.store) == []


def test_without_a_trigger_nothing_is_built_and_it_says_so(world: Any) -> None:
    said = world.push()
    assert "remote: feature/x at " in said
    assert "nothing is built: no trigger matches; this repository has none" in said


def test_a_push_that_matches_nothing_says_why_of_each_trigger(world: Any) -> None:
    world.trigger(STEP, name="branch", repositoryEventConfig={**_event(world), "push": {"branch": "^main$"}})
    world.trigger(STEP, name="files", includedFiles=["pipelines/forecasting/**"])
    world.trigger(STEP, name="off", disabled=True)
    world.commit({"docs/a.md": "a"})
    said = world.push()
    assert "remote:   trigger northwind-ml-dev/branch: its branch pattern is `^main$`" in said
    assert (
        "remote:   trigger northwind-ml-dev/files: no changed file is one of its included files (pipelines/forecasting/**)"
        in said
    )
    assert "remote:   trigger northwind-ml-dev/off: it is disabled" in said
    assert history.all_builds(world.store) == []


def test_triggers_of_one_name_in_two_projects_are_told_apart(world: Any) -> None:
    """An environment each, on one repository; they differ in the branches that they are for."""
    world.trigger(STEP)
    ((_, trigger),) = world.store.all("gcp:cloudbuild/trigger:Trigger")
    event = {**_event(world), "push": {"branch": "^main$"}}
    other = {**trigger, "project": "northwind-ml-prod", "repositoryEventConfig": event}
    world.store.put("gcp:cloudbuild/trigger:Trigger", "projects/northwind-ml-prod/triggers/x", other, ready=True)
    assert "builds northwind-ml-dev/forecasting-push" in world.push()
    assert [(build.project, build.status) for build in history.all_builds(world.store)] == [("northwind-ml-dev", "SUCCESS")]


def test_only_what_this_push_changed_counts(world: Any) -> None:
    world.trigger(STEP, includedFiles=["pipelines/**"])
    world.commit({"pipelines/forecasting/pipeline.py": "HORIZON = 9\n"})
    assert "built <feature/x>" in world.push()
    world.commit({"docs/a.md": "a"})
    assert "nothing is built" in world.push()


def test_a_forced_push_is_built(world: Any) -> None:
    world.trigger(STEP, includedFiles=["pipelines/**"])
    world.commit({"pipelines/forecasting/pipeline.py": "HORIZON = 9\n"})
    world.push()
    world.git("reset", "--quiet", "--hard", "HEAD~1")
    world.commit({"pipelines/forecasting/pipeline.py": "HORIZON = 10\n"})
    assert "built <feature/x>" in world.push("feature/x", "--force")


def test_a_branch_without_common_history_is_built(world: Any) -> None:
    world.trigger(STEP, includedFiles=["pipelines/**"])
    world.git("switch", "--quiet", "--orphan", "feature/new")
    world.commit({"pipelines/other/pipeline.py": "x"})
    assert "built <feature/new>" in world.push("feature/new")


def test_a_deleted_branch_and_a_tag_build_nothing(world: Any) -> None:
    world.trigger(STEP)
    world.push()
    assert "feature/x: deleted, so nothing is built" in world.git_said("push", "twin", ":feature/x")
    world.git("tag", "v1")
    assert "refs/tags/v1: no branch, so nothing is built" in world.git_said("push", "twin", "v1")
    assert len(history.all_builds(world.store)) == 1


HOSTILE = [
    "feature/$(touch${IFS}pwned)",
    "feature/;rm",
    "feature/${_TARGET}",
    "feature/'q'",
    "feature/ü\u202ex",
    "feature/%s&|<>",
]


@pytest.mark.parametrize("branch", HOSTILE)
def test_a_hostile_branch_name_is_only_a_name(world: Any, branch: str) -> None:
    world.trigger(
        STEP,
        {"name": "ubuntu", "script": 'ls; echo "$BRANCH"', "envs": ["BRANCH=$BRANCH_NAME"]},
        substitutions={"_TARGET": "main"},
    )
    world.push(branch)
    build = world.build()
    assert (build.status, build.branch) == ("SUCCESS", branch)
    shown = branch.replace("\u202e", "")
    assert f"Step #0: built <{shown}>" in world.log()
    assert f"Step #1: {shown}" in world.log()
    assert "pwned" not in world.log().replace(shown, "")


def test_hostile_file_names_do_not_reach_a_terminal(world: Any) -> None:
    world.trigger(STEP, includedFiles=["pipelines/**"])
    world.commit({"pipelines/-rf": "", "pipelines/a\nb": "", "pipelines/\x1b[31m": "", "pipelines/$(touch x)": ""})
    assert "(4 changed files): builds northwind-ml-dev/forecasting-push" in world.push()


def test_a_repository_is_made_once_and_its_hook_each_time(world: Any) -> None:
    remote = "https://github.com/northwind/forecasting.git"
    hook = world.bare / "hooks/post-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    before = world.git("rev-parse", "main", folder=world.bare)
    world.commit({"a.txt": "a"})
    assert interface.install(world.store, remote, world.clone) == world.bare
    assert world.git("rev-parse", "main", folder=world.bare) == before
    world.trigger(STEP)
    assert "built <feature/x>" in world.push()


def test_the_hook_runs_whatever_hooks_path_the_pusher_has(world: Any) -> None:
    (world.clone.parent / ".gitconfig").write_text("[core]\n\thooksPath = /dev/null/nowhere\n")
    world.environment["HOME"] = str(world.clone.parent)
    world.trigger(STEP)
    assert "built <feature/x>" in world.push()


def test_a_shallow_clone_may_be_the_seed_and_push(world: Any) -> None:
    world.commit({"a.txt": "a"})
    shallow = world.clone.parent / "shallow"
    world.git("clone", "--quiet", "--depth=1", world.clone.as_uri(), str(shallow))
    bare = interface.install(world.store, "https://github.com/northwind/other.git", shallow)
    assert bare == world.store.root / "repositories/northwind/other.git"
    assert world.git("rev-parse", "main", folder=bare) == world.git("rev-parse", "HEAD")
    world.git("push", str(bare), "HEAD:refs/heads/feature/y", folder=shallow)


@pytest.mark.parametrize("remote", ["https://github.com/forecasting.git", "https://github.com/a/../b", "", "https://x/a/.git"])
def test_a_remote_that_names_no_repository_is_refused(world: Any, remote: str) -> None:
    with pytest.raises(GroundworkError, match="is not the address of a repository"):
        interface.install(world.store, remote, None)


def test_a_seed_without_a_commit_leaves_no_repository(world: Any) -> None:
    empty = world.clone.parent / "empty"
    empty.mkdir()
    world.git("init", "--quiet", folder=empty)
    with pytest.raises(GroundworkError, match="is not a git repository with a commit"):
        interface.install(world.store, "https://github.com/northwind/empty.git", empty)
    assert not repository_path(world.store, "https://github.com/northwind/empty.git").exists()


def _event(world: Any) -> dict[str, Any]:
    ((id_, _),) = world.store.all("gcp:cloudbuildv2/repository:Repository")
    return {"repository": id_}


def test_a_build_of_platform_cd_that_waits_for_a_person_or_for_google_says_so(world: Any) -> None:
    """The twin has no approvals, and Pulumi reaches no bucket from it: neither is pretended."""
    step = {"name": "image", "entrypoint": "pulumi", "args": ["up"], "envs": ["PULUMI_BACKEND_URL=gs://northwind-state"]}
    world.trigger(step, name="platform-up", ignoredFiles=["pipelines/**"], approvalConfig={"approvalRequired": True})
    world.commit({"stacks/a.py": "A = 1\n"})
    assert "platform-up: its builds wait for approval, which the twin does not know" in world.push()

    world.trigger(step, name="unapproved", ignoredFiles=["pipelines/**"])
    world.commit({"stacks/a.py": "A = 2\n"})
    assert "keeps Pulumi's state in gs://northwind-state, which Pulumi reaches on Google only" in world.push()
    (build,) = history.all_builds(world.store)
    assert (build.status, build.steps) == ("FAILURE", ())
