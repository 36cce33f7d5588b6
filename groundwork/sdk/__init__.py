"""The part of the platform that pipelines import; they import nothing else of it.

`platform`: the connection, the deployment, the warehouse and the errors. `runs`: start a run, read its rows, notify its owners.
`step_log`: the log of a step. `report_blocks`: a run's own report. `evaluation`: the platform's evaluation of a candidate.
"""
