"""Renders the reviewers' view of a candidate from data: one page and a summary, with all text escaped."""
