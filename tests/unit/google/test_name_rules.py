from groundwork.google.name_rules import NAME_RULES
from groundwork.policy.types import TYPES


def test_every_rule_is_for_a_type_that_a_program_may_create() -> None:
    assert set(NAME_RULES) - TYPES == {"gcp:secretmanager/secretVersion:SecretVersion"}, "only the twin creates versions"


def test_a_rule_is_for_the_whole_text() -> None:
    name = NAME_RULES["gcp:storage/bucket:Bucket"]["name"]
    assert name.fullmatch("northwind-ml-dev-raw")
    assert not name.fullmatch("northwind-ml-dev-raw.example")
    assert not name.fullmatch("my-google-bucket")
