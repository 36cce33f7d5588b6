"""Make Ada's address available to alerts and budgets."""

from components.email_channel import EmailChannel, EmailChannelArgs

EmailChannel("ada", EmailChannelArgs(email="ada@northwind.example", project="northwind-ml-dev", labels={"client": "northwind"}))
