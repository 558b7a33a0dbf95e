import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from microservices.common import logs
from microservices.common.settings import ServiceSettings


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def written(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def settings(**changed: str) -> ServiceSettings:
    return ServiceSettings.model_validate({"service_name": "user-service", "SERVICE_VERSION": "v1.2.3", **changed})


def test_a_line_says_when_what_and_who_in_one_order(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings())
    token = logs.request_id.set("abc")
    structlog.get_logger().info("something happened", extra_fact=1)
    logs.request_id.reset(token)
    (line,) = written(capsys)
    event = json.loads(line)
    assert list(event) == ["time", "level", "service", "version", "event", "request_id", "extra_fact"]
    assert event["service"] == "user-service"
    assert event["version"] == "v1.2.3"
    assert event["request_id"] == "abc"


def test_outside_of_a_request_there_is_no_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings())
    structlog.get_logger().info("starting")
    assert "request_id" not in json.loads(written(capsys)[0])


def test_the_prettier_format_is_still_one_line_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings(log_format="pretty-json"))
    structlog.get_logger().info("two\nlines")
    (line,) = written(capsys)
    assert '", "level": "info"' in line


def test_what_libraries_log_comes_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings())
    logging.getLogger("uvicorn.error").error("Cancel %s running task(s)", 2)
    logging.getLogger("uvicorn.error").info("not worth a line")
    (line,) = written(capsys)
    assert json.loads(line)["event"] == "Cancel 2 running task(s)"
    assert json.loads(line)["logger"] == "uvicorn.error"


def test_an_exception_is_part_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings())
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("it broke")
    (line,) = written(capsys)
    assert "ValueError: broken" in json.loads(line)["exception"]


def test_the_level_is_a_setting(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(settings(log_level="warning"))
    structlog.get_logger().info("not said")
    structlog.get_logger().warning("said")
    assert [json.loads(line)["event"] for line in written(capsys)] == ["said"]
