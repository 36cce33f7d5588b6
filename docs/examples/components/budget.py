"""Notify Ada when a project has used half of its monthly budget, and all of it."""

from components.budget import Budget, BudgetArgs

Budget(
    "budget",
    BudgetArgs(
        budget="dev",
        project="northwind-ml-dev",
        billing_account="01A2B3-C4D5E6-F70809",
        amount=100,
        currency="GBP",
        thresholds=[0.5, 1.0],
        channels={"ada": "projects/northwind-ml-dev/notificationChannels/1"},
    ),
)
