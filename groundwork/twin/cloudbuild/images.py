"""Maps a step's image to a program on this machine, to a skipped step, or to a refusal: the twin runs no containers."""

from __future__ import annotations

from groundwork.errors import GroundworkError

_BUILDS_CONTAINERS = (
    "gcr.io/cloud-builders/docker",
    "gcr.io/kaniko-project/executor",
    "gcr.io/k8s-skaffold/pack",
    "gcr.io/buildpacks/",
    "docker",
    "buildpacksio/pack",
    "moby/buildkit",
)
_DEFAULTS = {"gcr.io/cloud-builders/git": "git"}


def bare(image: str) -> str:
    """Return an image's name without tag, digest and the default registry."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return (head + slash + last.partition(":")[0]).removeprefix("docker.io/").removeprefix("library/")


def builds_containers(image: str) -> bool:
    """Return whether the step is there to build or push a container image."""
    name = bare(image)
    return any(name == known or (known.endswith("/") and name.startswith(known)) for known in _BUILDS_CONTAINERS)


def entrypoint(image: str) -> str:
    """Return the program that an image runs when the step names none; raises GroundworkError where the twin does not know it."""
    program = _DEFAULTS.get(bare(image))
    if not program:
        raise GroundworkError(
            "image-unsupported",
            f"the twin does not know what the image `{image}` runs",
            "name the program with `entrypoint`, or write a `script`",
        )
    return program
