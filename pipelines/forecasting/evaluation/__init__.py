"""How forecasts are evaluated, and the science that the evaluation shares with the steps: the platform's part of this folder.

Nothing in here imports the rest of the pipeline, which a push may change.
"""
