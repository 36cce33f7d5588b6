"""What a reviewer is shown of a candidate: one page and a summary, rendered and escaped by the platform from data."""
