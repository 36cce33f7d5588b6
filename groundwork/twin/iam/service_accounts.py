"""Identities: service accounts, and what of them can be looked up."""

from __future__ import annotations

from groundwork.twin.core.resource_type import Properties, ResourceType
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.logging.resources import is_writer
from groundwork.twin.projects.resources import OLDER, Service, ServiceIdentity, agent

DOMAIN = ".iam.gserviceaccount.com"


class Account(ResourceType):
    """A service account."""

    type = "gcp:serviceaccount/account:Account"
    api = "iam.googleapis.com"
    required = frozenset({"accountId"})
    optional = frozenset({"description", "displayName"})
    immutable = frozenset({"accountId"})
    defaults = {"disabled": False}

    def id(self, given: Properties) -> str:
        """Return Google's full name of it."""
        return f"projects/{given['project']}/serviceAccounts/{_email(given)}"

    def outputs(self, given: Properties) -> Properties:
        """Return the e-mail, and how grants and other resources name it."""
        return {"email": _email(given), "member": f"serviceAccount:{_email(given)}", "name": self.id(given)}


def find_account(store: Store, email: str) -> Properties | None:
    """Return a service account's inputs, or None; it may be disabled."""
    project = email.partition("@")[2].removesuffix(DOMAIN)
    row = store.get(Account.type, f"projects/{project}/serviceAccounts/{email}")
    return row.inputs if row and row.ready else None


def is_agent(store: Store, email: str) -> bool:
    """Return whether this is the agent of a service that has been made, or the writer of a sink."""
    identity = ServiceIdentity()
    older = (given for _, given in store.all(Service.type) if given["service"].partition(".")[0] in OLDER)
    return (
        any(agent(given["project"], given["service"]) == email for given in older)
        or any(identity.outputs(given)["email"] == email for _, given in store.all(identity.type))
        or is_writer(store, email)
    )


def require_account(store: Store, name: str) -> None:
    """Raise Refused unless the service account exists; `name` is an e-mail or a full name."""
    email = name.rsplit("/", 1)[-1]
    if not find_account(store, email) and not is_agent(store, email):
        raise Refused(f"service account {email} does not exist", "create it in the same program and take its name from there")


def _email(given: Properties) -> str:
    return f"{given['accountId']}@{given['project']}{DOMAIN}"
