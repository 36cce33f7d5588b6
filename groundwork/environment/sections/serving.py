"""What Vertex AI keeps for runs and answers online."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from groundwork.environment import table_schemas, validators
from groundwork.environment.sections.base import Section, either
from groundwork.environment.sections.deployment import Deployment
from groundwork.environment.validation_messages import shown


class Features(Section):
    """Columns of what a deployment's champion has stored, as features."""

    deployment: Annotated[str, AfterValidator(validators.deployment)]
    """Whose table it is; one of `deployments`."""

    table: Annotated[str, AfterValidator(validators.table)]
    """A table of its pipeline."""

    entity: str
    """The column that tells what a row is about, of type STRING."""

    time: str
    """The column that says when a row holds."""

    columns: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    """The columns that are features."""

    def mistakes(self, deployments: Mapping[str, Deployment]) -> Iterator[str]:
        """Yield what does not fit the deployment's tables."""
        if self.deployment not in deployments:
            yield f"there is no deployment {shown(self.deployment)}: there is {', '.join(deployments)}"
            return
        known = table_schemas.pipeline_tables(deployments[self.deployment].pipeline)
        if self.table not in known:
            yield f"{shown(self.deployment)} has no table {shown(self.table)}: there is {', '.join(known)}"
            return
        if len({column.lower() for column in self.columns}) < len(self.columns):
            yield "columns names a column twice"
        types = known[self.table].types
        for column in (self.entity, self.time, *self.columns):
            if column not in types:
                yield f"{shown(self.table)} has no column {shown(column)}: there is {', '.join(types)}"
        if types.get(self.entity, "STRING") != "STRING":
            yield f"the entity {shown(self.entity)} is of type {types[self.entity]}; Vertex AI takes STRING"
        if types.get(self.time, "DATE") not in table_schemas.TIMES:
            yield f"the time {shown(self.time)} is of type {types[self.time]}, not {either(table_schemas.TIMES)}"


class Serving(Section):
    """What stands ready. Pulumi owns what is empty; releases own what is deployed to it."""

    metadata_store: bool = True
    """Make Vertex AI's metadata store before the first run needs it."""

    endpoint: bool = False
    """An empty endpoint for each deployment; it costs nothing until a model is deployed."""

    features: Mapping[Annotated[str, AfterValidator(validators.feature_group)], Features] = Field(default_factory=dict)
    """Groups of features by name, each a view of a deployment's table."""

    online_store: bool = False
    """A store for looking features up online; it costs money while it stands."""
