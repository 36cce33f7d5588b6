"""The platform's part of this folder: the evaluation of forecasts, and the science that it shares with the steps.

No module in this folder imports the rest of the pipeline, which a push may change.
"""
