"""Create service agents for grants before the first use of their services."""

from components.service_agents import ServiceAgents, ServiceAgentsArgs

ServiceAgents("agents", ServiceAgentsArgs(project="northwind-ml-dev", services=["pubsub", "notebooks"]))
