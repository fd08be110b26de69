"""RequestsAuth and HttpxAuth against a broker on localhost."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import requests
from world import World

from broker_token_reader import NotReplacedError, PausedError
from broker_token_reader.httpx_auth import HttpxAuth
from broker_token_reader.requests_auth import RequestsAuth

KIS_DEAD = (500, {"rt_cd": "1", "msg_cd": "EGW00123", "msg1": "기간이 만료된 token 입니다."})
KIWOOM_DEAD = (200, {"return_code": 8005, "return_msg": "Token이 유효하지 않습니다"})


@dataclass
class Broker:
    """Accepts one token and refuses all others."""

    accepted: str = "FAKE-token-1"
    refusal: tuple[int, object] = KIS_DEAD
    seen: list[tuple[str, bytes]] = field(default_factory=list)
    url: str = ""

    def tokens(self) -> list[str]:
        return [token for token, _body in self.seen]


@pytest.fixture(params=[KIS_DEAD, KIWOOM_DEAD], ids=["KIS", "Kiwoom"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    broker = Broker(refusal=request.param)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            token = self.headers["authorization"].removeprefix("Bearer ")
            broker.seen.append((token, body))
            accepted = 200, {"rt_cd": "0", "return_code": 0, "price": "70000"}
            status, reply = accepted if token == broker.accepted else broker.refusal
            content = json.dumps(reply, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json;charset=UTF-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            """No output in tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    broker.url = f"http://127.0.0.1:{server.server_port}/order"
    yield broker
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def world() -> World:
    world = World()
    world.publish_token(1)
    return world


Send = Callable[[str, bytes], Any]


@pytest.fixture(params=["requests", "httpx", "httpx asyncio"])
def send(request: pytest.FixtureRequest, world: World) -> Iterator[Send]:
    """Sends one request and returns the JSON reply."""
    reader = world.reader()
    if request.param == "requests":
        with requests.Session() as session:
            session.trust_env = False
            session.auth = RequestsAuth(reader)
            yield lambda url, body: session.post(url, data=body).json()
    elif request.param == "httpx":
        with httpx.Client(auth=HttpxAuth(reader), trust_env=False) as client:
            yield lambda url, body: client.post(url, content=body).json()
    else:

        async def post(url: str, body: bytes) -> Any:
            async with httpx.AsyncClient(auth=HttpxAuth(reader), trust_env=False) as client:
                return (await client.post(url, content=body)).json()

        yield lambda url, body: asyncio.run(post(url, body))


def test_a_request_has_the_token(broker: Broker, send: Send, world: World) -> None:
    assert send(broker.url, b"order")["price"] == "70000"
    assert broker.seen == [("FAKE-token-1", b"order")]
    assert len(world.reads) == 1


def test_a_request_with_a_replaced_token_is_sent_once_more(broker: Broker, send: Send, world: World) -> None:
    send(broker.url, b"first")
    broker.accepted = "FAKE-token-2"
    world.publish_token(2)
    assert send(broker.url, b"second")["price"] == "70000"
    assert broker.seen[1:] == [("FAKE-token-1", b"second"), ("FAKE-token-2", b"second")]
    assert send(broker.url, b"third")["price"] == "70000"
    assert broker.tokens()[3:] == ["FAKE-token-2"]
    assert world.reports == []
    assert len(world.reads) == 2


def test_a_rejected_token_without_a_replacement_raises_and_is_reported_once(
    broker: Broker, send: Send, world: World
) -> None:
    broker.accepted = "FAKE-token-2"
    for _ in range(20):
        with pytest.raises(NotReplacedError):
            send(broker.url, b"order")
    assert broker.tokens() == ["FAKE-token-1"] * 20
    assert world.reports == [1]
    assert len(world.reads) == 2


def test_a_rejected_replacement_is_reported_too(broker: Broker, send: Send, world: World) -> None:
    send(broker.url, b"order")
    broker.accepted = "FAKE-token-3"
    world.publish_token(2)
    with pytest.raises(NotReplacedError):
        send(broker.url, b"order")
    assert broker.tokens()[1:] == ["FAKE-token-1", "FAKE-token-2"]
    assert world.reports == [2]


def test_a_paused_credential_raises_instead_of_sending_the_revoked_token(
    broker: Broker, send: Send, world: World
) -> None:
    send(broker.url, b"order")
    broker.accepted = ""
    world.publish_token(1, at=0, paused=True)
    for _ in range(3):
        with pytest.raises(PausedError):
            send(broker.url, b"order")
    assert len(broker.seen) == 2


def test_requests_does_not_send_a_stream_twice(broker: Broker, world: World) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = RequestsAuth(world.reader())
        session.post(broker.url, data=b"order")
        broker.accepted = "FAKE-token-2"
        world.publish_token(2)
        session.post(broker.url, data=iter([b"once"]), headers={"content-length": "4"})
        assert broker.tokens() == ["FAKE-token-1", "FAKE-token-1"]
        assert session.post(broker.url, data=b"order").json()["price"] == "70000"


@pytest.mark.parametrize(
    ("content_type", "padding"), [("text/plain", 0), ("application/json", 5000)], ids=["text", "long"]
)
def test_a_reply_that_is_no_short_json_is_no_rejection(world: World, content_type: str, padding: int) -> None:
    text = json.dumps({"return_code": 8005, "return_msg": "x" * padding})

    def reply(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=text, headers={"content-type": content_type})

    with httpx.Client(auth=HttpxAuth(world.reader()), transport=httpx.MockTransport(reply)) as client:
        assert client.get("https://broker.invalid/").text == text
    assert world.reports == []
