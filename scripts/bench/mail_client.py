"""The senders of scripts/bench/mail: some connections on raw sockets, each mail after the other.

Prints one JSON line: mails that got 250 within the time, the seconds it took, and each mail's latency in ms
at the 50th and 99th percentile. No mail is like another: a server may not recognise it by its content.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import threading
import time
from dataclasses import dataclass, field

LINE = b"The quick brown fox jumps over the lazy dog, again and again and aga\r\n"
PATIENCE = 60.0


@dataclass
class Sender:
    """One connection; `latencies` are seconds from MAIL to 250."""

    address: tuple[str, int]
    size: int
    number: int
    latencies: list[float] = field(default_factory=list)
    last: float = 0.0

    def connect(self) -> None:
        """Connect and greet."""
        self.socket = socket.create_connection(self.address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expect(b"220")
        self._say(b"EHLO bench.example\r\n", b"250")
        head = len(self._head(0))
        self.tail = LINE * ((self.size - head) // len(LINE)) + b".\r\n"

    def send_until(self, ends: float, most: int) -> None:
        """Send mails until the time is over, or so many."""
        while len(self.latencies) < most and time.perf_counter() < ends:
            began = time.perf_counter()
            self._mail(len(self.latencies))
            self.last = time.perf_counter()
            self.latencies.append(self.last - began)

    def _mail(self, count: int) -> None:
        self._say(b"MAIL FROM:<ada@example.com>\r\n", b"250")
        self._say(b"RCPT TO:<support@localhost>\r\n", b"250")
        self._say(b"DATA\r\n", b"354")
        self.socket.sendall(self._head(count) + self.tail)
        self._expect(b"250")

    def _head(self, count: int) -> bytes:
        unique = f"{os.getpid()}.{self.number}.{count:08}".encode()
        return (
            b"From: Ada <ada@example.com>\r\nTo: support@localhost\r\nSubject: Where is my order?\r\n"
            b"Message-ID: <" + unique + b"@bench.example>\r\n\r\n"
        )

    def _say(self, line: bytes, code: bytes) -> None:
        self.socket.sendall(line)
        self._expect(code)

    def _expect(self, code: bytes) -> None:
        reply = b""
        while not reply.endswith(b"\r\n") or reply[reply[:-2].rfind(b"\n") + 1 :][3:4] == b"-":
            piece = self.socket.recv(4096)
            if not piece:
                raise ConnectionError("the server closed the connection")
            reply += piece
        if not reply.startswith(code):
            raise RuntimeError(reply.decode())


def main() -> None:
    """Send and report."""
    options = _options()
    senders = [
        Sender((options.host, options.port), options.size, number) for number in range(options.connections)
    ]
    for sender in senders:
        sender.connect()
    print("connected", flush=True)
    input()  # all begin together, when the other side is ready too
    began = time.perf_counter()
    ends = began + options.seconds
    threads = [threading.Thread(target=sender.send_until, args=(ends, options.most)) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(_report(senders, began)), flush=True)


def _report(senders: list[Sender], began: float) -> dict[str, float]:
    latencies = sorted(each for sender in senders for each in sender.latencies)
    if not latencies:
        raise SystemExit("no mail was accepted in time")
    return {
        "mails": len(latencies),
        "seconds": max(sender.last for sender in senders) - began,
        "p50": latencies[len(latencies) // 2] * 1000,
        "p99": latencies[len(latencies) * 99 // 100] * 1000,
        "cpu": time.process_time(),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--most", type=int, default=10**9, help="mails per connection")
    return parser.parse_args()


if __name__ == "__main__":
    main()
