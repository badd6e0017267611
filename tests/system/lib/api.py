"""The daemon's API over HTTP, as a program uses it."""

import http.client
import json
import socket


class _Unix(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Reply:
    def __init__(self, response):
        self.status, self.headers = response.status, response.headers
        self.bytes = response.read()

    @property
    def json(self):
        return json.loads(self.bytes)

    @property
    def revision(self):
        return int(self.headers["ETag"].strip('"'))


def request(where, method, path, body=None, headers=None, timeout=20):
    """One request; `where` is the path of a socket, or (host, port). `body` becomes JSON unless it
    is bytes. A header that is None is not sent, Host included."""
    if isinstance(where, tuple):
        connection = http.client.HTTPConnection(*where, timeout=timeout)
    else:
        connection = _Unix(where, timeout)
    headers = dict(headers or {})
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        connection.putrequest(method, path, skip_host="Host" in headers)
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
            headers.setdefault("Content-Length", str(len(data)))
        for name, value in headers.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(data)
        return Reply(connection.getresponse())
    finally:
        connection.close()
