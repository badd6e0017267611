"""What each program does in each situation, as it was seen.

The tests check this table against the real programs; `python3 -B -m lib.observations` in tests/lab
writes docs/labs/observations.md from it."""

from .programs import Seen, Situation

SITUATIONS = {
    "both": Situation("SRV for both services"),
    "no-tls": Situation("SRV for xmpp-client, xmpps-client is `.`", secure="none"),
    "tls-nodata": Situation("SRV for xmpp-client, xmpps-client is NODATA", secure="nodata"),
    "tls-nxdomain": Situation("SRV for xmpp-client, xmpps-client is NXDOMAIN", secure="nxdomain"),
    "dot": Situation("`.`: there is no such service", client="none", secure="none", apart=True),
    "nxdomain": Situation("SRV is NXDOMAIN", client="nxdomain", secure="nxdomain"),
    "nodata": Situation("SRV is NODATA", client="nodata", secure="nodata"),
    "servfail": Situation("SRV is SERVFAIL", fault=("rcode=SERVFAIL",)),
    "slow": Situation("SRV comes after 1.5 s", fault=("delay=1500ms",)),
    "drop": Situation("no answer to SRV", fault=("drop=true",)),
    "refused": Situation("two targets, the first refuses connections", fail=("--how", "refuse"),
                         client="[{target: first.%s, port: 15222, priority: 10}, "
                                "{target: second.%s, port: 15222, priority: 20}]", secure="none"),
    "stopped": Situation("two targets, the host of the first is gone", stopped="prosody1",
                         client="[{target: first.%s, port: 15222, priority: 10}, "
                                "{target: second.%s, port: 15222, priority: 20}]", secure="none"),
    "removed": Situation("the same, and shunt was told that the first has failed", stopped="prosody1",
                         fail=("--how", "remove"),
                         client="[{target: first.%s, port: 15222, priority: 10}, "
                                "{target: second.%s, port: 15222, priority: 20}]", secure="none"),
}
