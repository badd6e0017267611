"""Accounts on several servers that speak with each other: talk.py, with a plan as JSON on standard input:

    clients   {JID: address of its server}; none of them looks anything up
    messages  [[FROM, TO]]: a message each, at the same time
    asks      [[FROM, JID]]: what is there? (XEP-0030), of a server or a component
    again     asks go on for so many seconds, one after the answer to the other
    timeout   seconds for each message and question

Prints one line of JSON: {"messages": [...], "asks": [...]} in the order of the plan; each has success,
error (None, a condition of XMPP, or "no answer"), text and seconds."""

import asyncio
import json
import ssl
import sys
import time
import uuid

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError, IqTimeout

PORT = 15222
LOGIN_SECONDS = 30


class Client(ClientXMPP):
    def __init__(self, jid):
        super().__init__(jid, "secret")
        self.register_plugin("xep_0030")
        self.ssl_context = ssl.create_default_context()
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE
        self.ready = self.loop.create_future()
        self.arrivals = {}  # by a message's body: a future, done with None or an error stanza
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("message_error", self.on_message)

    def on_start(self, _):
        self.send_presence()
        if not self.ready.done():
            self.ready.set_result(None)

    def on_message(self, message):
        key = message["id"] if message["type"] == "error" else message["body"]
        future = self.arrivals.get(key)
        if future and not future.done():
            future.set_result(message if message["type"] == "error" else None)


def outcome(began, error=None, text=None):
    return {"success": error is None, "error": error, "text": text or None,
            "seconds": round(time.monotonic() - began, 2)}


async def send(clients, sender, receiver, timeout):
    """A message has arrived when the other one has it, and failed when the sender is told so."""
    began, key = time.monotonic(), uuid.uuid4().hex
    arrived = asyncio.get_running_loop().create_future()
    clients[sender].arrivals[key] = clients[receiver].arrivals[key] = arrived
    message = clients[sender].make_message(mto=clients[receiver].boundjid.full, mbody=key, mtype="chat")
    message["id"] = key
    message.send()
    try:
        failed = await asyncio.wait_for(arrived, timeout)
    except asyncio.TimeoutError:
        return outcome(began, "no answer")
    return outcome(began, failed["error"]["condition"], failed["error"]["text"]) if failed else outcome(began)


async def ask(clients, sender, jid, timeout):
    began = time.monotonic()
    try:
        await clients[sender]["xep_0030"].get_info(jid=jid, timeout=timeout)
    except IqError as e:
        return outcome(began, e.condition, e.text)
    except IqTimeout:
        return outcome(began, "no answer")
    return outcome(began)


async def ask_again(again, *what):
    end = time.monotonic() + again
    while True:
        last = await ask(*what)
        if time.monotonic() > end:
            return last


async def talk(plan):
    timeout = plan.get("timeout", 30)
    clients = {jid: Client(jid) for jid in plan["clients"]}
    for jid, address in plan["clients"].items():
        clients[jid].connect((address, PORT))
    await asyncio.wait_for(asyncio.gather(*(c.ready for c in clients.values())), LOGIN_SECONDS)
    messages = [send(clients, a, b, timeout) for a, b in plan.get("messages", [])]
    asks = [ask_again(plan.get("again", 0), clients, a, b, timeout) for a, b in plan.get("asks", [])]
    done = await asyncio.gather(*messages, *asks)
    for client in clients.values():
        client.abort()
    return {"messages": done[:len(messages)], "asks": done[len(messages):]}


def main():
    plan = json.load(sys.stdin)
    print(json.dumps(asyncio.get_event_loop().run_until_complete(talk(plan))))


if __name__ == "__main__":
    main()
