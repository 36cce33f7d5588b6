"""Addresses of owners as URLs for notifications."""

from __future__ import annotations

import pytest
from apprise import Apprise

from groundwork.contract.owners import owner_url
from groundwork.errors import GroundworkError


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # of a plugin that apprise loads with the others
@pytest.mark.parametrize(
    "address", ["ada@northwind.example", "first.last+forecasts@mail.northwind.example", "o'hara@northwind.example"]
)
def test_an_address_becomes_a_url_that_apprise_accepts(address: str) -> None:
    service = Apprise.instantiate(owner_url(address))
    assert vars(service)["targets"] == [(False, address)]


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@northwind", "Ada <ada@northwind.example>", "mailto://ada@northwind.example", "a b@c.example"]
)
def test_other_text_is_refused(address: str) -> None:
    with pytest.raises(GroundworkError) as refused:
        owner_url(address)
    assert (
        str(refused.value)
        == f"`{address}` is not an e-mail address (address-invalid)\nhint: write it as `name@domain.example`, without other text"
    )
