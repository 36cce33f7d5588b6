"""Pub/Sub on the twin: topics, message delivery, and the outbox."""
