"""Where a library's own choice by weight leads: choices.py LIBRARY DOMAIN COUNT SEED.

Looks the SRV records of _xmpp-client._tcp.DOMAIN up COUNT times, each time over the network, and
prints as one line of JSON how often each target came first. With "all" as COUNT it looks them up
once, and prints the targets in the order in which they would be tried."""

import asyncio
import collections
import json
import random
import sys


async def slixmpp_order(domain):
    from slixmpp.xmlstream import resolver
    loop = asyncio.get_running_loop()
    found = await resolver.get_SRV(domain, 5222, "xmpp-client", resolver=resolver.default_resolver(loop))
    return [host for host, _ in found]


async def aioxmpp_order(domain):
    from aioxmpp import network
    found = await network.lookup_srv(domain.encode(), "xmpp-client")
    return [host.decode() for host, _ in network.group_and_order_srv_records(found)]


ORDER = {"slixmpp": slixmpp_order, "aioxmpp": aioxmpp_order}


async def count(library, domain, times):
    return collections.Counter([(await ORDER[library](domain))[0] for _ in range(times)])


def main():
    library, domain, times, seed = sys.argv[1:]
    random.seed(int(seed))
    if times == "all":
        print("\n".join(asyncio.run(ORDER[library](domain))))
    else:
        print(json.dumps(asyncio.run(count(library, domain, int(times)))))


if __name__ == "__main__":
    main()
