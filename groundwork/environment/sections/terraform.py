"""The section `groundwork:terraform`: the Terraform states with values for the environment."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from groundwork.environment import validators
from groundwork.environment.sections.base import Section

DEFAULT = "default"
OBJECT = ".tfstate"


class State(Section):
    """The Terraform state of one workspace."""

    location: Annotated[str, AfterValidator(validators.terraform_state), Field(alias="state")]
    """The folder within this project in which `terraform` runs, or the backend's `gs://<bucket>/<prefix>`. A path or an address
    that ends in `.tfstate` is one state."""

    workspace: Annotated[str, AfterValidator(validators.workspace)] = DEFAULT
    """The Terraform workspace."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.location.startswith("gs://") and self.location.endswith(OBJECT) and self.workspace != DEFAULT:
            raise ValueError("state is one object, and workspace is set: write the backend's `gs://<bucket>/<prefix>` instead")
        return self

    @property
    def file(self) -> str:
        """The file or object with the state.

        In a bucket every workspace, the default one too, is `<prefix>/<workspace>.tfstate`
        (https://developer.hashicorp.com/terraform/language/backend/gcs); on disk the default one is `terraform.tfstate`, and
        others are in `terraform.tfstate.d/<workspace>/` (https://developer.hashicorp.com/terraform/language/backend/local).
        """
        whole, folder = self.location.endswith(OBJECT), self.location.rstrip("/")
        if whole and self.workspace == DEFAULT:
            return self.location
        if folder.startswith("gs://"):
            return f"{folder}/{self.workspace}{OBJECT}"
        folder = folder.rpartition("/")[0] if whole else folder
        inner = "terraform.tfstate" if self.workspace == DEFAULT else f"terraform.tfstate.d/{self.workspace}/terraform.tfstate"
        return f"{folder}/{inner}" if folder else inner
