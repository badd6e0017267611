"""Logs in with slixmpp: slixmpp_login.py JID PASSWORD TIMEOUT."""

import asyncio
import ssl
import sys

from slixmpp import ClientXMPP


class Client(ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.result = self.loop.create_future()
        self.last = "nothing happened"
        # What is observed is where it goes, not whether it likes the certificate there.
        self.ca_certs = None
        self.ssl_context = ssl.create_default_context()
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.add_event_handler("session_start", lambda _: self.finish(None))
        self.add_event_handler("failed_auth", lambda _: self.finish("not authenticated"))
        self.add_event_handler("stream_error", lambda e: self.finish(f"stream error: {e['condition']}"))
        self.add_event_handler("connection_failed", self.on_failed)

    def on_failed(self, error):
        """It would begin again for ever: the end is when it has nowhere left to go."""
        self.last = str(error)
        if self._dns_answers is None:
            self.finish(self.last)

    def finish(self, error):
        if not self.result.done():
            self.result.set_result(error)


async def login(client, timeout):
    client.connect()
    try:
        error = await asyncio.wait_for(asyncio.shield(client.result), timeout)
    except asyncio.TimeoutError:
        error = f"not within {timeout:g} s: {client.last}"
    client.abort()
    return error


def main():
    jid, password, timeout = sys.argv[1:]
    client = Client(jid, password)
    error = client.loop.run_until_complete(login(client, float(timeout)))
    sys.exit(error)  # None is 0, a text is printed and is 1


if __name__ == "__main__":
    main()
