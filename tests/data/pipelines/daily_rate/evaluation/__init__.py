"""The evaluation of expected rates, and the arithmetic that it shares with the steps."""
