"""Compare people by the accounts of their e-mail addresses, never by the text of the addresses."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

# decision 21: accounts are compared, not text
LONGEST = 254
"""The length of the longest valid address in characters (RFC 5321, with its errata); a longer one belongs to no account."""


def account(address: str) -> str:
    """Return the normalised address, without differences in case, in a dot behind the domain, or in the domain's script.

    "" for a text that is too long to be an address.
    """
    name, at, domain = unicodedata.normalize("NFKC", address).strip().casefold().rpartition("@")
    normalised = f"{name}{at}{_ascii(domain.rstrip('.'))}"
    return normalised if len(normalised) <= LONGEST else ""


def accounts(addresses: Iterable[str], listed: Collection[str]) -> frozenset[str]:
    """Return the accounts of some addresses, for a comparison with those in a list.

    `grace+x@` is a mailbox of `grace@`, and so belongs to her account. If the list itself has several mailboxes of one name, they
    belong to several people, and are compared in full.
    """
    named = {account(address) for address in listed}
    shared = {base for base in map(_untagged, named) if sum(_untagged(one) == base for one in named) > 1}
    normalised = {account(address) for address in addresses}
    return frozenset(one if _untagged(one) in shared else _untagged(one) for one in normalised if one)


def same_account(one: str, other: str, listed: Collection[str] = ()) -> bool:
    """Return whether two addresses belong to one account."""
    return bool(accounts([one], listed) & accounts([other], listed))


def _untagged(address: str) -> str:
    name, at, domain = address.rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{domain}"


def _ascii(domain: str) -> str:
    """Return the ASCII form of a domain; an invalid domain is not changed."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
