"""The tables that the TypeScript reader runs, too: test/reader of the repository."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from world import World, instant

from broker_token_reader import TokenReader, TokenReaderError, is_token_rejection
from broker_token_reader.rejection import KIS_DEAD_TOKEN_CODES, KIWOOM_DEAD_TOKEN_CODES

TABLES = Path(__file__).parents[2] / "test" / "reader"
HISTORIES = json.loads((TABLES / "histories.json").read_text("utf-8"))
REJECTIONS = json.loads((TABLES / "rejections.json").read_text("utf-8"))

CALLS = ("get", "facts", "replaced", "report")


def title(row: Any) -> str:
    return str(row["title"])


@pytest.mark.parametrize("history", HISTORIES, ids=title)
def test_the_python_reader(history: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    world = World()
    reader = world.reader()
    for number, step in enumerate(history["steps"], 1):
        where = f"step {number}: {step}"
        change(world, step)
        if "reads" in step:
            assert len(world.reads) == step["reads"], where
        if "reports" in step:
            assert world.reports == step["reports"], where
        for _ in range(step.get("times", 1) if any(call in step for call in CALLS) else 0):
            for result in simultaneously(step.get("parallel", 1), partial(call, reader, step)):
                check(result, step, where)
            world.advance(step.get("every", 0))


def change(world: World, step: dict[str, Any]) -> None:
    if "publish" in step:
        world.publish_token(**step["publish"])
    if "afterNextRead" in step:
        world.after_next_read = lambda: world.publish_token(**step["afterNextRead"])
    if "put" in step:
        world.values[f"/broker-tokens/kis-main/{step['put']}"] = step["value"]
    if "parameterStore" in step:
        world.failure = step["parameterStore"]
    if "reportTopic" in step:
        world.topic_fails = step["reportTopic"] == "fails"
    world.advance(step.get("advance", 0))


def simultaneously(count: int, run: Callable[[], Any]) -> list[Any]:
    if count == 1:
        return [run()]
    with ThreadPoolExecutor(count) as threads:
        return [each.result() for each in [threads.submit(run) for _ in range(count)]]


def call(reader: TokenReader, step: dict[str, Any]) -> Any:
    try:
        if "facts" in step:
            facts = reader.facts()
            expires_at = facts.expires_at and instant(facts.expires_at.timestamp())
            return {"token": facts.token, "expiresAt": expires_at, "generation": facts.generation}
        if "report" in step:
            reader.report(step["report"])
            return {}
        if "replaced" in step:
            return {"token": reader.replaced(step["replaced"])}
        return {"token": reader.get(step["get"].get("minRemaining", 0))}
    except TokenReaderError as error:
        return error


def check(result: Any, step: dict[str, Any], where: str) -> None:
    if "error" not in step:
        expected = {name: step[name] for name in ("token", "expiresAt", "generation") if name in step}
        assert result == expected, where
        return
    assert isinstance(result, TokenReaderError), where
    assert result.code == step["error"], where
    assert "FAKE-token" not in str(result)
    for part in step.get("message", []):
        assert part in str(result), where


@pytest.mark.parametrize("row", REJECTIONS, ids=title)
def test_is_token_rejection(row: dict[str, Any]) -> None:
    body = json.dumps(row["json"], ensure_ascii=False) if "json" in row else row["text"]
    for form in (body, body.encode()):
        assert is_token_rejection(row["status"], form, row.get("broker")) is row["dead"]


def test_every_dead_token_code_has_a_row_in_the_table() -> None:
    rows = "".join(json.dumps(row.get("json")) for row in REJECTIONS if row["dead"])
    assert all(code in rows for code in KIS_DEAD_TOKEN_CODES | KIWOOM_DEAD_TOKEN_CODES)
