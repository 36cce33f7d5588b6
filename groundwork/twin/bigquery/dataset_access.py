"""BigQuery: the entries of a dataset's access list: roles of identities on it, and views that may read its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from groundwork.twin.bigquery.resources import Dataset, Table
from groundwork.twin.bigquery.views import ACCESS, is_view, subject
from groundwork.twin.core.resource_type import Fault, Properties, known
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.iam.members import MEMBERS, Member

_VIEWS: Mapping[str, frozenset[str]] = {
    "view": frozenset({"projectId", "datasetId", "tableId"}),
    "authorizedDataset": frozenset({"dataset", "targetTypes"}),
}
_PEOPLE = {"userByEmail": "user", "groupByEmail": "group"}
_FORMS = (*_VIEWS, *_PEOPLE)
_ADDRESS = re.compile(r"[^@\sA-Z]+@[^@\sA-Z]+\.[^@\sA-Z]+")
_PROGRAM = ".gserviceaccount.com"


class DatasetAccess(Member):
    """An entry of a dataset's access list. Of Google's many forms the twin knows two for identities and two that authorise views.

    As BigQuery documents it, a view that is changed has to be authorised anew (`access[].view` of
    https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets); an authorised dataset covers all views in it.
    """

    type = ACCESS
    api = Dataset.api
    on = "datasetId"
    of = Dataset()
    key = "datasetId"
    optional = frozenset({*_FORMS, "role"})
    permissions = {
        "create": "bigquery.datasets.setIamPolicy",
        "read": "bigquery.datasets.getIamPolicy",
        "delete": "bigquery.datasets.setIamPolicy",
    }
    adopts = False
    """Google keeps one entry of a kind, however often it is added; its provider looks first, and refuses to make another."""

    @property
    def required(self) -> frozenset[str]:  # type: ignore[override]
        """Only the dataset: the other required properties depend on the form."""
        return frozenset({self.on})

    @property
    def immutable(self) -> frozenset[str]:  # type: ignore[override]
        """Everything."""
        return self.required | self.optional

    def id(self, inputs: Properties) -> str:
        """Return the dataset and the subject of the entry; Google's provider has no id for an entry, and cannot import one."""
        whom = f"{inputs['role']}/{self.whom(inputs)}" if not subject(inputs) else ".".join(subject(inputs))
        return f"{self.target(inputs)}/access/{whom}"

    def whom(self, inputs: Properties) -> str:
        """Return the IAM member that gets the role; "" for an entry for views."""
        form = next((form for form in _PEOPLE if inputs.get(form) is not None), None)
        if form is None:
            return ""
        address = inputs[form]
        return f"{'serviceAccount' if form == 'userByEmail' and address.endswith(_PROGRAM) else _PEOPLE[form]}:{address}"

    def faults(self, inputs: Properties) -> Iterator[Fault]:
        """Yield an entry without a subject or with two, forms that the twin does not know, and the faults of its role."""
        forms = sorted(form for form in _FORMS if inputs.get(form) is not None)
        if len(forms) != 1:
            yield Fault("view", f"the twin knows an entry with one of {', '.join(f'`{form}`' for form in sorted(_FORMS))}")
            return
        yield from _view_faults(forms[0], inputs) if forms[0] in _VIEWS else self._identity_faults(forms[0], inputs)

    def _identity_faults(self, form: str, inputs: Properties) -> Iterator[Fault]:
        if inputs.get("role") is None:
            yield Fault("role", f"`role` is required with `{form}`")
            return
        yield from self.role_faults(inputs["role"])
        if known(inputs[form]) and not _ADDRESS.fullmatch(inputs[form]):
            yield Fault(form, f"`{inputs[form]}` is not an address as Google stores it: name@domain, in lower case")

    def check(self, store: Store, inputs: Properties) -> None:
        """Refuse an entry on a dataset, or for a view, that does not exist."""
        if not subject(inputs):
            super().check(store, inputs)
            return
        if not self.exists(store, inputs):
            raise Refused(
                f"dataset {inputs['datasetId']} does not exist", "create it in the same program and take its id from there"
            )
        whom = subject(inputs)
        place = dict(zip(("project", "datasetId", "tableId"), whom, strict=False))
        resource_type = Table() if "view" in inputs else Dataset()
        row = store.get(resource_type.type, resource_type.id(place))
        if row is None or not row.ready:
            raise Refused(f"`{'.'.join(whom)}` does not exist", "make it in the same program, and let this entry depend on it")
        if "view" in inputs and not is_view(row.inputs):
            raise Refused(f"`{'.'.join(whom)}` is not a view", "authorise a view")


def _view_faults(form: str, inputs: Properties) -> Iterator[Fault]:
    entry = inputs[form]
    if inputs.get("role") is not None:
        yield Fault("role", f"a `{form}` has no role: it may only read")
    if isinstance(entry, Mapping) and set(entry) != _VIEWS[form]:
        yield Fault(form, f"it must have {', '.join(sorted(_VIEWS[form]))} and nothing else")
    elif form == "authorizedDataset" and known(entry) and entry["targetTypes"] != ["VIEWS"]:
        yield Fault(form, "its `targetTypes` must be [VIEWS], the only value that Google knows")


GRANTS: tuple[Member, ...] = (*MEMBERS, DatasetAccess())
"""Every resource type that grants a role."""
