"""What every section of an environment's file is made of."""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from groundwork.contract.accounts import account
from groundwork.environment import validators
from groundwork.errors import GroundworkError

T = TypeVar("T")


def each_once(people: tuple[str, ...]) -> tuple[str, ...]:
    """Raise ValueError where somebody is named twice."""
    if len(set(people)) < len(people):
        raise ValueError("lists a person twice")
    return people


def read(reads: Callable[[], T]) -> T:
    """Return what a file says; raises ValueError for a mistake in it."""
    try:
        return reads()
    except GroundworkError as error:
        raise ValueError(error.message.replace("\n", "; ")) from error


def either(choices: Iterable[str]) -> str:
    """Return choices as a person lists them."""
    *others, last = choices
    return f"{', '.join(others)} or {last}"


def each_account_once(people: tuple[str, ...]) -> tuple[str, ...]:
    """Raise ValueError where somebody is named twice, in whatever spelling."""
    each_once(tuple(map(account, people)))
    return people


Email = Annotated[str, AfterValidator(validators.email)]
People = Annotated[tuple[Email, ...], Field(min_length=1), AfterValidator(each_account_once)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A part of the environment file: a key that is not known is a mistake, not an extra, and "3" is not a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)
