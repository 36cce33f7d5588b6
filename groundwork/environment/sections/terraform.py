"""Where Terraform keeps states that values of the environment come from."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section

DEFAULT = "default"
OBJECT = ".tfstate"


class State(Section):
    """One state of Terraform's, of one workspace."""

    place: Annotated[str, AfterValidator(validators.terraform_state), Field(alias="state")]
    """The folder within this project in which `terraform` runs, or the backend's `gs://<bucket>/<prefix>`. What ends in
    `.tfstate` is one state."""

    workspace: Annotated[str, AfterValidator(validators.workspace)] = DEFAULT
    """Terraform's workspace."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.place.startswith("gs://") and self.place.endswith(OBJECT) and self.workspace != DEFAULT:
            raise ValueError("state names one object, and workspace another: give the backend's `gs://<bucket>/<prefix>`")
        return self

    @property
    def file(self) -> str:
        """The file or object that holds it.

        In a bucket every workspace, the default one too, is `<prefix>/<workspace>.tfstate`
        (https://developer.hashicorp.com/terraform/language/backend/gcs); on disk the default one is `terraform.tfstate`, and
        others are in `terraform.tfstate.d/<workspace>/` (https://developer.hashicorp.com/terraform/language/backend/local).
        """
        whole, folder = self.place.endswith(OBJECT), self.place.rstrip("/")
        if whole and self.workspace == DEFAULT:
            return self.place
        if folder.startswith("gs://"):
            return f"{folder}/{self.workspace}{OBJECT}"
        folder = folder.rpartition("/")[0] if whole else folder
        inner = "terraform.tfstate" if self.workspace == DEFAULT else f"terraform.tfstate.d/{self.workspace}/terraform.tfstate"
        return f"{folder}/{inner}" if folder else inner
