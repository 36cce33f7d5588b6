"""Types and checks that all sections of an environment file share."""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from groundwork.contract.accounts import account
from groundwork.environment import validators
from groundwork.errors import GroundworkError

T = TypeVar("T")


def each_once(people: tuple[str, ...]) -> tuple[str, ...]:
    """Return the people; raises ValueError if an entry occurs twice."""
    if len(set(people)) < len(people):
        raise ValueError("lists a person twice")
    return people


def read(load: Callable[[], T]) -> T:
    """Return the content of a file that `load` reads; raises ValueError for a mistake in it."""
    try:
        return load()
    except GroundworkError as error:
        raise ValueError(error.message.replace("\n", "; ")) from error


def either(choices: Iterable[str]) -> str:
    """Return choices as text: `a, b or c`."""
    *others, last = choices
    return f"{', '.join(others)} or {last}"


def each_account_once(people: tuple[str, ...]) -> tuple[str, ...]:
    """Return the people; raises ValueError if two entries are one account, in any spelling."""
    each_once(tuple(map(account, people)))
    return people


Email = Annotated[str, AfterValidator(validators.email)]
People = Annotated[tuple[Email, ...], Field(min_length=1), AfterValidator(each_account_once)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Section(BaseModel):
    """A part of the environment file: an unknown key is a mistake, and the text "3" is not a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)
