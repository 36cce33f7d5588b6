"""Answers the engine's calls from the twin's services (pulumi/provider.proto describes each call)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from groundwork.ports.errors import Denied
from groundwork.twin import lifecycle, lookups
from groundwork.twin.core.resource_type import UNKNOWN, Properties, ResourceType, dig, known
from groundwork.twin.core.store import Refused, Store
from groundwork.twin.interfaces.pulumi import wire


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves the types that the twin knows and refuses every other by name."""

    def __init__(self, store: Store, version: str, identity: str | None = None) -> None:
        """`identity` is the service account that the engine works for; None: the person at the keyboard."""
        self._store = store
        self._identity = identity
        self._version = version
        self._project = ""

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802  the protocol's signature, here and below
        """Say that secrets may be sent."""
        return pb.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Return the version of Google's provider that this one stands for."""
        return plugin_pb2.PluginInfo(version=self._version)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Accept the configuration of Google's provider: only the project matters."""
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Never replace everything because the configuration changed: each resource carries its own project."""
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Take the project from the stack's configuration."""
        self._project = wire.decode(request.args).get("project", "")
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Fill in Google's defaults, and return errors that do not depend on other resources. The program chooses all names."""
        with _refusing(context):
            resource_type = _resource_type(request)
            inputs = lifecycle.completed(resource_type, wire.decode(request.news), self._project)
            return pb.CheckResponse(
                inputs=wire.encode(inputs, wire.secrets(request.news)),
                failures=[
                    pb.CheckFailure(property=fault.property, reason=fault.reason)
                    for fault in lifecycle.faults(resource_type, inputs)
                ],
            )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Say what changed, and whether Google could change it in place."""
        with _refusing(context):
            resource_type = _resource_type(request)
            old, new = wire.decode(request.old_inputs), wire.decode(request.news)
            changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
            replaces = sorted(path for path in resource_type.fixed if dig(old, path) != dig(new, path))
            replaces += sorted(resource_type.replaced(old, new).intersection(changed))
            same_id = (
                bool(replaces) and not resource_type.adopts and known(new) and resource_type.id(old) == resource_type.id(new)
            )
            return pb.DiffResponse(
                changes=pb.DiffResponse.DIFF_SOME if changed else pb.DiffResponse.DIFF_NONE,
                diffs=changed,
                replaces=replaces,
                deleteBeforeReplace=same_id,
            )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Make a resource."""
        with _refusing(context):
            resource_type, inputs = _resource_type(request), wire.decode(request.properties)
            if request.preview:
                return pb.CreateResponse(properties=_state(resource_type, UNKNOWN, inputs, request.properties))
            id_ = lifecycle.create(self._store, resource_type, inputs, wire.secrets(request.properties), by=self._identity)
            return pb.CreateResponse(id=id_, properties=_state(resource_type, id_, inputs, request.properties))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return a resource as it is; nothing when it is not there, or not finished. An import gives nothing but the id."""
        with _refusing(context):
            resource_type = _resource_type(request)
            inputs = lifecycle.read(self._store, resource_type, request.id, by=self._identity)
            if inputs is None:
                return pb.ReadResponse()
            marked = resource_type.secret_paths(wire.secrets(request.inputs))
            return pb.ReadResponse(
                id=request.id,
                inputs=wire.encode(inputs, marked),
                properties=_state(resource_type, request.id, inputs, request.properties),
            )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Change a resource in place."""
        with _refusing(context):
            resource_type, inputs = _resource_type(request), wire.decode(request.news)
            if not request.preview:
                lifecycle.update(self._store, resource_type, request.id, inputs, wire.secrets(request.news), by=self._identity)
            return pb.UpdateResponse(properties=_state(resource_type, request.id, inputs, request.news))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Delete a resource."""
        with _refusing(context):
            lifecycle.delete(self._store, _resource_type(request), request.id, by=self._identity)
            return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Do nothing: every operation here is short, and is left whole."""
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Return the agent of a service; refuse other look-ups: a program gets its values as arguments."""
        if request.tok not in lookups.AGENTS:
            context.abort(
                grpc.StatusCode.UNIMPLEMENTED,
                f"the twin does not know {request.tok}; pass the value in instead of looking it up",
            )
        with _refusing(context):
            project = wire.decode(request.args).get("project") or self._project
            return pb.InvokeResponse(**{"return": wire.encode(lookups.agent_of(self._store, request.tok, project), frozenset())})

    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Refuse methods of resources."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the twin does not know {request.tok}")

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, N802
        """Refuse: the schema of Google's provider is not here."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "the twin has no schema; import with `--generate-code=false`")


@contextmanager
def _refusing(context: grpc.ServicerContext) -> Iterator[None]:
    """Turn a refusal into the error that the engine shows beside the resource."""
    try:
        yield
    except Refused as refused:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(refused))
    except Denied as denied:
        context.abort(grpc.StatusCode.PERMISSION_DENIED, f"{denied.message}; {denied.hint}")


def _resource_type(request: Any) -> ResourceType:
    return lifecycle.resource_type_of(request.urn.split("::")[2].split("$")[-1])


def _state(resource_type: ResourceType, id_: str, inputs: Properties, raw: Any) -> Any:
    """Return inputs and outputs for the engine."""
    return wire.encode(lifecycle.state(resource_type, id_, inputs), resource_type.secret_paths(wire.secrets(raw)))
