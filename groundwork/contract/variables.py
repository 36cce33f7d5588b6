"""The environment variables by which the platform's processes pass settings on."""

BUILD_STEP_VARIABLE = "GROUNDWORK_BUILD_STEP"
"""The build step that a process belongs to, `<build>/<number>`; set by the twin."""

BUILD_VARIABLE = "GROUNDWORK_BUILD"
"""The id of the build that a process belongs to; set by the twin and for the notebook's kernel."""

DEPLOYMENT_VARIABLE = "GROUNDWORK_DEPLOYMENT"
"""The deployment that a pipeline runs in, as JSON (`contract/deployment.py`)."""

FACTORY_VARIABLE = "GROUNDWORK_FACTORY"
"""The settings of the factory's builds, as JSON (`contract/factory_settings.py`)."""

IDENTITY_VARIABLE = "GROUNDWORK_IDENTITY"
"""The e-mail address of the service account that a process acts as."""

PERSON_VARIABLE = "GROUNDWORK_PERSON"
"""The e-mail address of the person who runs a command."""

PLATFORM_VARIABLE = "GROUNDWORK_PLATFORM"
"""The platform that `groundwork.connect()` chooses, such as `twin:/path`."""

PUSHER_VARIABLE = "GROUNDWORK_PUSHER"
"""The e-mail address of the account that pushed; set by the twin's Git interface for its hooks."""

RUN_VARIABLE = "GROUNDWORK_RUN"
"""The id of the pipeline run that a process belongs to; set by the twin."""

TESTED_VARIABLE = "GROUNDWORK_TESTED"
"""The pipeline folder whose tests run."""

TWIN_VARIABLE = "GROUNDWORK_TWIN"
"""The twin's folder, an absolute path."""
