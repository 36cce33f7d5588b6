"""What holds in every project: Google's default accounts have no role."""

from components.guardrails import Guardrails, GuardrailsArgs

Guardrails("guardrails", GuardrailsArgs(project="northwind-ml-dev", region="europe-west2"))
