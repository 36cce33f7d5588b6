"""Agents that are granted something before their service was first used."""

from components.service_agents import ServiceAgents, ServiceAgentsArgs

ServiceAgents("agents", ServiceAgentsArgs(project="northwind-ml-dev", services=["pubsub", "notebooks"]))
