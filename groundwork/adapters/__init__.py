"""Thin translations of the ports; `connect()` chooses among them."""
