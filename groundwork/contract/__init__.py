"""The settings that the Pulumi program, the platform and the pipelines agree on."""
