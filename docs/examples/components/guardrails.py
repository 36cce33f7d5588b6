"""Remove the roles of Google's default accounts. This rule applies in every environment."""

from components.guardrails import Guardrails, GuardrailsArgs

Guardrails("guardrails", GuardrailsArgs(project="northwind-ml-dev", region="europe-west2"))
