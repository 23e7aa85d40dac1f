"""A real server on loopback under load: verifications per second, and what its memory does."""

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from likeness.child_server import ChildServer

CALL_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """A ready-made body; making it is not what is measured."""

    path: str
    body: bytes
    content_type: str

    @classmethod
    def form(cls, call: str, fields: Mapping[str, str], files: Mapping[str, bytes]) -> "Request":
        """A multipart body of text fields and files."""
        boundary = uuid.uuid4().hex
        parts = [(name, "", value.encode()) for name, value in fields.items()]
        parts += [(name, f'; filename="{name}"', value) for name, value in files.items()]
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + value + b"\r\n"
            for name, extra, value in parts
        )
        end = f"--{boundary}--\r\n".encode()
        return cls(f"/faceid/lite/raw/{call}", body + end, f"multipart/form-data; boundary={boundary}")


def send(connection: http.client.HTTPConnection, request: Request) -> dict[str, Any]:
    """Send a request.

    Raises:
        RuntimeError: it was answered with anything but success.
    """
    connection.request("POST", request.path, request.body, {"Content-Type": request.content_type})
    response = connection.getresponse()
    answer: dict[str, Any] = json.loads(response.read())
    if response.status != http.HTTPStatus.OK:
        msg = f"{response.status} {answer.get('error_message')}"
        raise RuntimeError(msg)
    return answer


def connect(server: ChildServer) -> http.client.HTTPConnection:
    """A connection of one's own."""
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=CALL_LIMIT_S)


def memory_mb(server: ChildServer) -> float:
    """Resident memory of the server and its workers, shared pages counted once (PSS), in MiB."""
    parent = psutil.Process(server.process.pid)
    return float(sum(member.memory_full_info().pss for member in (parent, *parent.children(recursive=True)))) / 2**20


def throughput(server: ChildServer, request: Request, calls: int, clients: int, tick: Callable[[], None]) -> float:
    """Calls per second that `clients` clients together get answered.

    Raises:
        RuntimeError: a call failed; what is left is not sent.
    """
    left, lock = [calls], threading.Lock()
    failures: list[Exception] = []

    def work() -> None:
        connection = connect(server)
        while not failures:
            with lock:
                if left[0] == 0:
                    return
                left[0] -= 1
            try:
                send(connection, request)
            except (RuntimeError, OSError, http.client.HTTPException) as error:
                failures.append(error)
            tick()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError("a call failed under load") from failures[0]
    return calls / (time.perf_counter() - start)
