"""Thin translations of the ports; `connect()` chooses among them, and nobody else imports them."""
