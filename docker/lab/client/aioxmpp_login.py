"""Logs in with aioxmpp: aioxmpp_login.py JID PASSWORD TIMEOUT."""

import asyncio
import os
import sys

import aioxmpp
import aioxmpp.node


async def login(jid, password, timeout):
    # What is observed is where it goes, not whether it likes the certificate there.
    security = aioxmpp.make_security_layer(password, no_verify=True)
    try:
        await asyncio.wait_for(aioxmpp.node.connect_xmlstream(jid, security), timeout)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    jid, password, timeout = sys.argv[1:]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    error = loop.run_until_complete(login(aioxmpp.JID.fromstr(jid), password, float(timeout)))
    if error:
        print(error, flush=True)
    os._exit(1 if error else 0)  # its lookups run in threads, which an ordinary exit would wait for


if __name__ == "__main__":
    main()
