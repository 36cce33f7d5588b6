"""The section `serving`: Vertex AI's metadata store, endpoints and features."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import table_schemas, validators
from groundwork.environment.sections.base import Section, either
from groundwork.environment.sections.deployment import Deployment
from groundwork.environment.validation_messages import shown


class Features(Section):
    """Columns of the champion's stored results, as features."""

    deployment: Annotated[str, AfterValidator(validators.deployment)]
    """The deployment that stores the table; a name from `deployments`."""

    table: Annotated[str, AfterValidator(validators.table)]
    """A table of the deployment's pipeline."""

    entity: str
    """The column with the entity of a row, of type STRING."""

    time: str
    """The column with the date or time of a row."""

    columns: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    """The columns to use as features."""

    def mistakes(self, deployments: Mapping[str, Deployment]) -> Iterator[str]:
        """Yield the mistakes: names and types that do not match the deployment's tables."""
        if self.deployment not in deployments:
            yield f"there is no deployment {shown(self.deployment)}: there is {', '.join(deployments)}"
            return
        tables = table_schemas.pipeline_tables(deployments[self.deployment].pipeline)
        if self.table not in tables:
            yield f"{shown(self.deployment)} has no table {shown(self.table)}: there is {', '.join(tables)}"
            return
        if len({column.lower() for column in self.columns}) < len(self.columns):
            yield "columns names a column twice"
        types = tables[self.table].types
        for column in (self.entity, self.time, *self.columns):
            if column not in types:
                yield f"{shown(self.table)} has no column {shown(column)}: there is {', '.join(types)}"
        if types.get(self.entity, "STRING") != "STRING":
            yield f"the entity {shown(self.entity)} is of type {types[self.entity]}; Vertex AI takes STRING"
        if types.get(self.time, "DATE") not in table_schemas.TIMES:
            yield f"the time {shown(self.time)} is of type {types[self.time]}, not {either(table_schemas.TIMES)}"


class Serving(Section):
    """The resources that releases use. Pulumi creates them empty; releases own the models that they deploy to them."""

    metadata_store: bool = True
    """Create Vertex AI's metadata store before the first run needs it."""

    endpoint: bool = False
    """Create an empty endpoint for each deployment, which is free until a model is deployed to it."""

    features: Mapping[Annotated[str, AfterValidator(validators.feature_group)], Features] = Field(default_factory=dict)
    """Groups of features by name, each a view of one table of a deployment."""

    online_store: bool = False
    """Create a store for online access to features. Google charges for it as long as it exists."""
