"""How much a user has looked at, and what: made from the user's number, the same in every process. Pure."""

PRODUCTS = 20

_LIGHT = 24  # rows
_HEAVY = 500
_HEAVY_MORE = 40


def length(user: int) -> int:
    """Of any 20 users that follow each other 9 have a long history (500 to 660 rows), the others a short one.

    Scattered so that customers, who come in strides of 17, bring their long histories at even distances.
    """
    if user * 17 % PRODUCTS < 9:
        return _HEAVY + _HEAVY_MORE * (user % 5)
    return _LIGHT + user % 8


def rows(user: int) -> list[int]:
    """The products that the user looked at, oldest first."""
    return [(user * 7 + step * step * 3 + step) % PRODUCTS + 1 for step in range(length(user))]
