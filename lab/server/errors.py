"""What can go wrong between a client and its episode, and the status code that each gets.

LabError
├── Refused
│   ├── NotAccepted   the request's body or query is wrong          422
│   ├── TooSlow       the body did not come in time                 408
│   ├── TooLarge      the body is longer than is taken in           413
│   ├── NothingReset  no episode was begun yet                      400
│   ├── Busy          the one cluster is being made ready           409
│   ├── NotOver       asked for what only an ended episode tells    409
│   ├── Unforkable    there cannot be a second one (lab.errors)     409
│   └── Unknown
│       └── NoEpisode never there, or dropped                       404
└── LabFault          the lab itself broke; the episode is void     503
"""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lab.errors import LabError, LabFault, Refused, Unforkable, Unknown
from lab.plain import harmless


class NotAccepted(Refused):
    pass


class TooSlow(Refused):
    pass


class TooLarge(Refused):
    pass


class NothingReset(Refused):
    pass


class Busy(Refused):
    pass


class NotOver(Refused):
    pass


class NoEpisode(Unknown):
    pass


_STATUS: tuple[tuple[type[LabError], int], ...] = (
    (NoEpisode, 404),
    (TooSlow, 408),
    (TooLarge, 413),
    (NothingReset, 400),
    (Busy, 409),
    (NotOver, 409),
    (Unforkable, 409),
    (Refused, 422),
    (LabFault, 503),
)


def status_of(error: LabError) -> int:
    """A LabError of no other kind (something missing, say) is the lab's own trouble."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 503)


def answer_with_sentences(app: FastAPI) -> None:
    """Every refusal and every fault leaves as {"detail": one sentence}."""
    app.add_exception_handler(LabError, _lab_error)
    app.add_exception_handler(RequestValidationError, _wrong_shape)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen)


def refusal(error: LabError) -> JSONResponse:
    return _problem(status_of(error), str(error))


def unforeseen(error: Exception) -> JSONResponse:
    return _problem(503, f"The lab failed inside ({type(error).__name__}); the server lives on.")


def _problem(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status)


async def _lab_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LabError)
    return refusal(error)


async def _wrong_shape(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return _problem(422, f"The request is not accepted: {place}: {first['msg']}.")


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, LabError):
        # Whatever happens while FastAPI itself reads a body is a 400 to it.
        return refusal(error.__cause__)
    where = f"{request.method} {harmless(request.url.path[:120])}"
    sentences = {
        404: f"There is nothing at {where}; /docs lists what there is.",
        405: f"{where} is not accepted; /docs lists what is.",
    }
    generic = isinstance(error.detail, str) and error.detail in ("Not Found", "Method Not Allowed")
    answer = _problem(error.status_code, sentences.get(error.status_code, error.detail) if generic else error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _unforeseen(_request: Request, error: Exception) -> JSONResponse:
    return unforeseen(error)
