"""A key of the weather service's that the runner reads; a person puts it in."""

from components.secret import Secret, SecretArgs

Secret(
    "secret-weather-api",
    SecretArgs(
        secret="weather-api",
        project="northwind-ml-dev",
        location="europe-west2",
        labels={"client": "northwind"},
        readers={"runner": "serviceAccount:forecasting-runner@northwind-ml-dev.iam.gserviceaccount.com"},
    ),
)
