"""BigQuery: what may read a dataset's tables whoever asks it: a view, or every view of another dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from groundwork.twin.home import Home, Refused
from groundwork.twin.services.bigquery import Dataset, Table
from groundwork.twin.services.kind import Fault, Kind, Properties, known
from groundwork.twin.services.views import ACCESS, is_view, subject

_FORMS: Mapping[str, frozenset[str]] = {
    "view": frozenset({"projectId", "datasetId", "tableId"}),
    "authorizedDataset": frozenset({"dataset", "targetTypes"}),
}


class DatasetAccess(Kind):
    """An entry of a dataset's access list. Of Google's many forms the twin knows the two that authorise views.

    People and identities get theirs by `DatasetIamMember`. As BigQuery documents it, a view that is changed has to be authorised
    anew (`access[].view` of https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets); an authorised dataset holds for
    whatever views are in it.
    """

    type = ACCESS
    api = Dataset.api
    required = frozenset({"datasetId"})
    optional = frozenset(_FORMS)
    immutable = frozenset({"datasetId", "view", "authorizedDataset"})
    adopts = True
    """Google keeps one entry of a kind, however often it is added."""

    def id(self, given: Properties) -> str:
        """Return the dataset and whom it lets in; Google's provider has no id of its own for an entry, and cannot import one."""
        return f"{Dataset().id(given)}/access/{'.'.join(subject(given))}"

    def outputs(self, given: Properties) -> Properties:
        """Return nothing: an entry is what was given."""
        _ = given
        return {}

    def faults(self, given: Properties) -> Iterator[Fault]:
        """Yield an entry that authorises nothing or two at once, and forms that the twin does not know."""
        forms = sorted(name for name in _FORMS if given.get(name) is not None)
        if len(forms) != 1:
            yield Fault("view", "the twin knows an entry with either a `view` or an `authorizedDataset`")
            return
        (form,) = forms
        entry = given[form]
        if isinstance(entry, Mapping) and set(entry) != _FORMS[form]:
            yield Fault(form, f"it must have {', '.join(sorted(_FORMS[form]))} and nothing else")
        elif form == "authorizedDataset" and known(entry) and entry["targetTypes"] != ["VIEWS"]:
            yield Fault(form, "its `targetTypes` must be VIEWS alone, the only ones that there are")

    def check(self, home: Home, given: Properties) -> None:
        """Refuse an entry on or for what does not exist."""
        if not self.exists(home, given):
            raise Refused(
                f"dataset {given['datasetId']} does not exist", "create it in the same program and take its id from there"
            )
        whom = subject(given)
        place = dict(zip(("project", "datasetId", "tableId"), whom, strict=False))
        kind = Table() if "view" in given else Dataset()
        row = home.get(kind.type, kind.id(place))
        if row is None or not row.ready:
            raise Refused(f"`{'.'.join(whom)}` does not exist", "make it in the same program, and this entry depend on it")
        if "view" in given and not is_view(row.inputs):
            raise Refused(f"`{'.'.join(whom)}` is no view", "only views are authorised")

    def exists(self, home: Home, given: Properties) -> bool:
        """Return whether the dataset is there: an entry lives on it."""
        row = home.get(Dataset.type, Dataset().id(given))
        return row is not None and row.ready and Dataset().exists(home, row.inputs)
