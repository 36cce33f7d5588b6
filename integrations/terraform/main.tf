# What a landing zone of Terraform's hands to an environment: outputs, which `Pulumi.<stack>.yaml` takes by name
# (docs/guides/terraform.md). `terraform_data` stands for the resources that such values come from; it needs no provider.

terraform {
  required_version = ">= 1.4"
}

variable "region" {
  type    = string
  default = "europe-west2"
}

variable "reviewers" {
  type    = list(string)
  default = ["grace@northwind.example", "alan@northwind.example"]
}

variable "identities" {
  type    = number
  default = 2
}

variable "range" {
  type    = string
  default = null
}

variable "installation_id" {
  description = "Of Cloud Build's GitHub App."
  type        = number
  default     = 48291734
  sensitive   = true
}

variable "billing_account" {
  type      = string
  default   = "01A2B3-C4D5E6-F70809"
  sensitive = true
}

resource "terraform_data" "landing_zone" {
  input = {
    region     = var.region
    reviewers  = var.reviewers
    identities = var.identities
    protected  = terraform.workspace == "prod"
    thresholds = { at_most = 0.12, ratio_to_baseline = 1.05 }
    network    = { range = coalesce(var.range, terraform.workspace == "prod" ? "10.40.0.0/20" : "10.30.0.0/20") }
  }
}

resource "terraform_data" "confidential" {
  input = {
    installation_id = var.installation_id
    billing_account = var.billing_account
  }
}

output "region" {
  value = terraform_data.landing_zone.output.region
}

output "reviewers" {
  value = terraform_data.landing_zone.output.reviewers
}

output "identities" {
  value = terraform_data.landing_zone.output.identities
}

output "protected" {
  value = terraform_data.landing_zone.output.protected
}

output "thresholds" {
  value = terraform_data.landing_zone.output.thresholds
}

output "network" {
  value = terraform_data.landing_zone.output.network
}

output "installation_id" {
  value     = terraform_data.confidential.output.installation_id
  sensitive = true
}

output "billing" {
  value     = { account = terraform_data.confidential.output.billing_account }
  sensitive = true
}
