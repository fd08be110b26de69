"""What only the Python reader has: threads, asyncio, the environment, datetimes."""

import asyncio
import runpy
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from world import TOPIC, World

from broker_token_reader import (
    AsyncTokenReader,
    BadOptionError,
    NotReplacedError,
    PausedError,
    ReportFailedError,
    TokenReader,
    TokenReaderError,
    UnavailableError,
)
from broker_token_reader.cache_policy import CachedToken

THREADS = 16


@pytest.fixture
def world() -> World:
    world = World()
    world.publish_token(1)
    return world


def in_threads(world: World, run: Callable[[], Any]) -> list[Any]:
    """Runs a call in many threads; the read goes on until all of them wait for it."""
    started = threading.Barrier(THREADS)
    waiting = threading.Event()

    def wait() -> None:
        waiting.wait(10)

    world.before_read = wait

    def one() -> Any:
        started.wait()
        try:
            return run()
        except TokenReaderError as error:
            return error

    with ThreadPoolExecutor(THREADS) as threads:
        results = [threads.submit(one) for _ in range(THREADS)]
        threading.Timer(0.3, waiting.set).start()
        return [each.result() for each in results]


def test_threads_share_the_first_read(world: World) -> None:
    reader = world.reader()
    assert in_threads(world, reader.get) == ["FAKE-token-1"] * THREADS
    assert len(world.reads) == 1


@pytest.mark.parametrize(
    ("published", "expected", "reports"),
    [(2, "FAKE-token-2", []), (1, NotReplacedError, [1])],
    ids=["a next token", "no next token"],
)
def test_threads_share_the_read_and_the_report_after_a_refusal(
    world: World, published: int, expected: object, reports: list[int]
) -> None:
    reader = world.reader()
    reader.get()
    world.publish_token(published)
    results = in_threads(world, lambda: reader.replaced("FAKE-token-1"))
    assert [each if isinstance(each, str) else type(each) for each in results] == [expected] * THREADS
    assert len(world.reads) == 2
    assert world.reports == reports


def test_threads_share_a_failure_of_parameter_store(world: World) -> None:
    reader = world.reader()
    world.failure = {"awsCode": "InternalServerError"}
    errors = in_threads(world, reader.get)
    assert {type(error) for error in errors} == {UnavailableError}
    assert len(world.reads) == 1


def test_a_caller_that_repeats_a_failed_read_at_once_reads_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = world.reader()
    repeated: list[str] = []

    class RepeatingCaller(Future[CachedToken]):
        def set_exception(self, exception: BaseException | None) -> None:
            super().set_exception(exception)
            world.failure = None
            repeated.append(reader.get())

    monkeypatch.setattr("broker_token_reader.cache.Future", RepeatingCaller)
    world.failure = {"awsCode": "InternalServerError"}
    with pytest.raises(UnavailableError):
        reader.get()
    assert repeated == ["FAKE-token-1"]


def test_a_failure_of_the_network_is_unavailable(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_arguments: Any) -> dict[str, Any]:
        raise EndpointConnectionError(endpoint_url="https://ssm.invalid")

    monkeypatch.setattr(world, "get_parameters", unreachable)
    with pytest.raises(UnavailableError, match="EndpointConnectionError"):
        world.reader().get()


def test_other_errors_of_a_client_are_not_hidden(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_arguments: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    reader = world.reader()
    with monkeypatch.context() as patch:
        patch.setattr(world, "get_parameters", broken)
        with pytest.raises(ZeroDivisionError):
            reader.get()
    assert reader.get() == "FAKE-token-1"


def test_an_interrupted_read_does_not_block_the_next_one(world: World) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    reader = world.reader()
    world.before_read = interrupt
    with pytest.raises(KeyboardInterrupt):
        reader.get()
    world.before_read = lambda: None
    assert reader.get() == "FAKE-token-1"


def test_the_expiry_is_an_aware_datetime(world: World) -> None:
    facts = world.reader().facts()
    assert facts.expires_at == datetime(2026, 11, 24, tzinfo=timezone.utc)
    assert facts.expires_at.tzinfo is timezone.utc
    assert "FAKE-token" not in repr(facts)


def test_errors_have_a_code_and_say_if_a_later_call_may_succeed(world: World) -> None:
    world.publish_token(1, paused=True)
    with pytest.raises(PausedError) as raised:
        world.reader().get()
    assert (raised.value.code, raised.value.retryable) == ("Paused", False)
    assert (NotReplacedError.code, NotReplacedError.retryable) == ("NotReplaced", True)


def test_a_failed_report_of_replaced_goes_to_on_report_error(world: World) -> None:
    errors: list[TokenReaderError] = []
    world.topic_fails = True
    with pytest.raises(NotReplacedError):
        world.reader(on_report_error=errors.append).replaced("FAKE-token-1")
    assert [error.code for error in errors] == ["ReportFailed"]


def test_report_without_a_topic_raises_and_replaced_does_not_report(world: World) -> None:
    reader = world.reader(report_topic=False)
    with pytest.raises(ReportFailedError, match="report_topic"):
        reader.report(1)
    with pytest.raises(NotReplacedError):
        reader.replaced("FAKE-token-1")
    assert world.reports == []


def test_bind_reader_sets_the_environment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_TOKENS_CREDENTIAL", "kis-main")
    monkeypatch.setenv("BROKER_TOKENS_PREFIX", "/broker-tokens")
    monkeypatch.setenv("BROKER_TOKENS_REPORT_TOPIC_KIS_MAIN", TOPIC)
    reader = TokenReader(ssm=world, sns=world, clock=world.now)
    assert reader.get() == "FAKE-token-1"
    reader.report(1)
    assert world.reports == [1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"credential": "KIS main"}, "credential must be an id.*'KIS main'"),
        ({}, "credential must be an id.*None.*BROKER_TOKENS_CREDENTIAL"),
        ({"credential": "kis", "prefix": "broker"}, "prefix must be a path"),
        (
            {"credential": "kis", "poll_interval": 0},
            "poll_interval must be a number of seconds above 0, got 0",
        ),
        ({"credential": "kis", "maximum_age": float("nan")}, "maximum_age must be"),
    ],
)
def test_bad_options_are_rejected(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOptionError, match=message):
        TokenReader(**options)


def test_the_asyncio_variant_has_the_same_methods(world: World) -> None:
    async def use() -> None:
        reader = AsyncTokenReader(world.reader())
        assert await reader.get() == "FAKE-token-1"
        assert await reader.authorization() == "Bearer FAKE-token-1"
        assert (await reader.facts()).generation == 1
        await reader.report(1)
        world.publish_token(2)
        assert await reader.replaced("FAKE-token-1") == "FAKE-token-2"

    asyncio.run(use())
    assert world.reports == [1]


def test_the_token_provider_example_gives_a_client_the_next_token(world: World) -> None:
    path = Path(__file__).parents[2] / "examples" / "token_provider.py"
    provider = runpy.run_path(str(path))["TokenProvider"](world.reader())
    assert provider.get_valid_token() == "FAKE-token-1"
    with pytest.raises(NotReplacedError):
        provider.refresh_token()
    world.publish_token(2)
    world.advance(2)
    assert provider.refresh_token() == "FAKE-token-2"
    assert provider.get_valid_token() == "FAKE-token-2"
