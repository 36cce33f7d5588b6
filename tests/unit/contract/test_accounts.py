"""One account has many spellings, and different accounts are never equal."""

from __future__ import annotations

import pytest

from groundwork.contract.accounts import LONGEST, account, accounts, same_account

GRACE = "grace@northwind.example"


@pytest.mark.parametrize(
    "spelling",
    [
        "Grace@Northwind.Example", " grace@northwind.example\n", "grace@northwind.example.", "\uff47race@northwind.example",
        "grace+reviews@northwind.example", "GRACE+@northwind.example",
    ],
)  # fmt: skip
def test_every_spelling_of_an_address_is_one_account(spelling: str) -> None:
    assert same_account(GRACE, spelling)
    assert same_account(spelling, GRACE, [GRACE])


def test_a_domain_is_compared_in_its_ascii_form() -> None:
    assert same_account("grace@bücher.example", "grace@XN--bcher-kva.example")


@pytest.mark.parametrize("other", ["grace@northwind.example.evil", "graced@northwind.example", "@northwind.example", "grace", ""])
def test_other_addresses_are_other_accounts(other: str) -> None:
    assert not same_account(GRACE, other)


def test_an_empty_address_is_not_an_account() -> None:
    assert not same_account("", "")
    assert "" == account("x" * LONGEST + "@northwind.example")


def test_several_mailboxes_of_one_name_in_a_list_are_several_people() -> None:
    team = ["team+grace@n.example", "team+alan@n.example"]
    assert not same_account(team[0], team[1], team)
    assert same_account(team[0], team[1]), "without a list they are one person"
    assert same_account("team+x@n.example", "team@n.example", ["team+grace@n.example"]), "one of them in a list is one person"
    assert accounts(team, team) == frozenset(team)


def test_a_name_that_is_only_a_tag_stays_one() -> None:
    assert not same_account("+a@n.example", "+b@n.example")


@pytest.mark.parametrize("odd", ["a@" + "x" * 70 + ".example", "a@..", "a@\udcff", "a@-.\u200d", "@", "+", "a@b@c"])
def test_an_invalid_domain_is_compared_unchanged(odd: str) -> None:
    assert same_account(odd, odd.upper()) == bool(account(odd))
