"""A push over real git fires what the trigger's row says, and its log comes back through `git push`."""

from __future__ import annotations

from typing import Any

SAY = {"id": "say", "name": "ubuntu", "entrypoint": "echo", "args": ["horizon of $BRANCH_NAME at $SHORT_SHA"]}


def test_a_push_streams_the_build_and_keeps_its_log(world: Any) -> None:
    world.trigger(SAY)
    commit = world.commit({"a.txt": "a"}, "Add a")
    said = world.push()
    assert "remote: feature/x at " in said
    assert f'remote: Step #0 - "say": horizon of feature/x at {commit[:7]}' in said
    assert "image ubuntu is not pulled" in said
    build = world.build()
    assert (build.status, build.branch, build.commit, build.error) == ("SUCCESS", "feature/x", commit, "")
    assert [(step.id, step.status) for step in build.steps] == [("say", "SUCCESS")]
    assert all(line.removeprefix("remote: ").rstrip() in world.log() for line in said.splitlines() if "Step #0" in line)
    assert not list((world.home.root / "workspaces").iterdir())
