#!/usr/bin/env python3
"""Writes the queries that the gate plays: stream.py >stream.txt. Always the same ones.

What a forwarder in an XMPP lab hears: the services and hosts of the policy, the names of the office
and its programs, some of them often and most of them seldom, names that do not exist, and some that
nobody has asked for before.
"""

import random

QUERIES = 4096
SITES = 600

# Share, then what is asked. {s} is a site, those with small numbers come more often; {n} is a number.
MIX = [
    (12, "_xmpp-client._tcp.lab.example SRV"),
    (3, "_xmpps-client._tcp.lab.example SRV"),
    (5, "_xmpp-server._tcp.lab.example SRV"),
    (2, "_xmpp-server._tcp.conference.lab.example SRV"),
    (2, "_xmpp-client._tcp.c{n}.customers.example SRV"),
    (3, "xmpp1.lab.example A"),
    (3, "xmpp1.lab.example AAAA"),
    (1, "xmpp2.lab.example AAAA"),
    (1, "lab.example A"),
    (20, "www.site{s}.example.com A"),
    (14, "www.site{s}.example.com AAAA"),
    (5, "www.site{s}.example.com HTTPS"),
    (4, "api.eu-central.site{s}.example.net A"),
    (4, "_xmpp-client._tcp.site{s}.example.org SRV"),
    (3, "_xmpp-server._tcp.site{s}.example.org SRV"),
    (2, "_xmpps-client._tcp.site{s}.example.org SRV"),
    (2, "site{s}.example.org TXT"),
    (2, "Mail.Site{s}.Example.COM A"),
    (5, "nx{s}.example.com A"),
    (3, "nx{s}.corp.example AAAA"),
]
NEW = (4, "host{n}.site{s}.example.com A")


def main():
    draw = random.Random(20)
    kinds = MIX + [NEW]
    sites = [1 / rank for rank in range(1, SITES + 1)]
    print("# Made by stream.py, which says what these are. NAME TYPE [edns] [do] [new]")
    for i in range(QUERIES):
        kind = draw.choices(kinds, [share for share, _ in kinds])[0]
        site = draw.choices(range(SITES), sites)[0]
        number = i if kind is NEW else draw.randrange(50)
        line = kind[1].format(s=site, n=number)
        edns = draw.random()
        line += " edns do" if edns < 0.08 else " edns" if edns < 0.65 else ""
        print(line + (" new" if kind is NEW else ""))


if __name__ == "__main__":
    main()
