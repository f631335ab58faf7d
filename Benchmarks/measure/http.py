"""A small HTTP/1.1 client: one connection, requests prepared ahead, as little work in Python as can be."""

import json
import socket


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 16)

    @staticmethod
    def prepare(method, path, body=None):
        """The bytes of a request."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        return head.encode() + data

    def send(self, request):
        """Sends a prepared request; returns status and body."""
        self.socket.sendall(request)
        received = bytearray()
        while (end := received.find(b"\r\n\r\n")) < 0:
            count = self.socket.recv_into(self.buffer)
            if count == 0:
                raise ConnectionError("the server hung up")
            received += self.buffer[:count]
        head = bytes(received[:end]).lower()
        status = int(head[9:12])
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        body = received[end + 4 :]
        while len(body) < length:
            count = self.socket.recv_into(self.buffer)
            if count == 0:
                raise ConnectionError("the server hung up")
            body += self.buffer[:count]
        return status, body

    def ask(self, method, path, body=None):
        """Sends a request that must succeed; returns the answer's JSON, or None."""
        status, answer = self.send(self.prepare(method, path, body))
        if status not in (200, 204):
            raise SystemExit(f"{method} {path}: {status} {bytes(answer[:500])!r}")
        return json.loads(answer) if answer else None

    def close(self):
        self.socket.close()
