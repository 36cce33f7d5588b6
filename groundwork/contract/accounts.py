"""Which e-mail addresses are one account: people are compared by this, never by the text that somebody typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

# decision 21: accounts are compared, not text
LONGEST = 254
"""Characters of the longest address that mail can reach (RFC 5321, with its errata): what is longer is nobody's."""


def account(address: str) -> str:
    """Return an address as it is compared: upper and lower case, a dot behind the domain and the domain's script mean nothing.

    "" where the text is too long to be an address.
    """
    name, at, domain = unicodedata.normalize("NFKC", address).strip().casefold().rpartition("@")
    found = f"{name}{at}{_ascii(domain.rstrip('.'))}"
    return found if len(found) <= LONGEST else ""


def accounts(addresses: Iterable[str], listed: Collection[str]) -> frozenset[str]:
    """Return the accounts behind some addresses, for a comparison with those that a list names.

    `grace+x@` is a mailbox of `grace@`, and so of her account. Only where the list itself names several mailboxes of one name are
    they taken for several people's, and compared in full: whoever wrote the list said so.
    """
    named = {account(each) for each in listed}
    apart = {base for base in map(_untagged, named) if sum(_untagged(each) == base for each in named) > 1}
    found = {account(each) for each in addresses}
    return frozenset(each if _untagged(each) in apart else _untagged(each) for each in found if each)


def same_account(one: str, other: str, listed: Collection[str] = ()) -> bool:
    """Return whether two addresses are one account's."""
    return bool(accounts([one], listed) & accounts([other], listed))


def _untagged(address: str) -> str:
    name, at, domain = address.rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{domain}"


def _ascii(domain: str) -> str:
    """Return a domain as it is looked up; one that no registry would take stays as it is."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
