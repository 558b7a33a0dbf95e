import pytest

from microservices.network_infra.policy import BadFilter, parse_filter

BAD_RELEASE = "deny az-1 to az-2,az-3; permit any"


def test_permit_any_permits_every_zone_to_every_zone() -> None:
    export = parse_filter("permit any")
    assert export.permits("az-1", "az-2")
    assert export.permits_everything


@pytest.mark.parametrize(
    ("origin", "target", "permitted"),
    [
        ("az-1", "az-2", False),
        ("az-1", "az-3", False),
        ("az-2", "az-1", True),
        ("az-2", "az-3", True),
        ("az-1", "az-4", True),
    ],
)
def test_the_first_rule_that_matches_decides(origin: str, target: str, permitted: bool) -> None:
    assert parse_filter(BAD_RELEASE).permits(origin, target) is permitted


def test_a_filter_that_denies_something_does_not_permit_everything() -> None:
    assert not parse_filter(BAD_RELEASE).permits_everything
    assert not parse_filter("permit az-1").permits_everything
    assert parse_filter("permit any; deny az-1").permits_everything


def test_what_no_rule_matches_is_denied() -> None:
    assert parse_filter("permit az-1 to any").denied("az-2", ["az-3", "az-1"]) == ("az-1", "az-3")


def test_denied_zones_are_named_in_order() -> None:
    assert parse_filter(BAD_RELEASE).denied("az-1", ["az-3", "az-2"]) == ("az-2", "az-3")


@pytest.mark.parametrize("text", ["allow any", "deny", "deny az-1 to", "deny az-1 az-2", ""])
def test_a_rule_that_cannot_be_read_says_what_is_accepted(text: str) -> None:
    with pytest.raises(BadFilter, match="permit"):
        parse_filter(text)
