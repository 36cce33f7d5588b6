"""Create a secret for the key of a weather service, which the runner reads. A person adds the value."""

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
