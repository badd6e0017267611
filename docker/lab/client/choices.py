"""Where a library's own choice by weight leads: choices.py LIBRARY DOMAIN COUNT SEED.

Looks the SRV records of _xmpp-client._tcp.DOMAIN up COUNT times, each time over the network, and
prints as one line of JSON how often each target came first."""

import asyncio
import collections
import json
import random
import sys


async def slixmpp_first(domain):
    from slixmpp.xmlstream import resolver
    loop = asyncio.get_running_loop()
    found = await resolver.get_SRV(domain, 5222, "xmpp-client", resolver=resolver.default_resolver(loop))
    return found[0][0]


async def aioxmpp_first(domain):
    from aioxmpp import network
    found = await network.lookup_srv(domain.encode(), "xmpp-client")
    return next(iter(network.group_and_order_srv_records(found)))[0].decode()


FIRST = {"slixmpp": slixmpp_first, "aioxmpp": aioxmpp_first}


async def count(library, domain, times):
    return collections.Counter([await FIRST[library](domain) for _ in range(times)])


def main():
    library, domain, times, seed = sys.argv[1:]
    random.seed(int(seed))
    print(json.dumps(asyncio.run(count(library, domain, int(times)))))


if __name__ == "__main__":
    main()
