"""How the client box reads strace; needs no lab."""

import sys
import unittest

from lib.lab import ROOT

sys.path.insert(0, str(ROOT / "docker/lab/client"))
import connects  # noqa: E402

SOCKET = "{sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"192.0.2.1\")}, 16)"
PROGRESS = "= -1 EINPROGRESS (Operation now in progress)"


def begun(fd, port, result=PROGRESS):
    return f"7 connect({fd}<TCP:[99]>, {SOCKET % port} {result}"


class Connects(unittest.TestCase):
    def check(self, lines, *expected):
        found = [(a["address"], a["port"], a["outcome"]) for a in connects.read("\n".join(lines))]
        self.assertEqual(found, [("192.0.2.1", port, outcome) for port, outcome in expected])

    def test_outcomes(self):
        rows = [
            ([begun(5, 1, "= 0")], "connected"),
            ([begun(5, 1, "= -1 ENETUNREACH (Network is unreachable)")], "ENETUNREACH"),
            ([begun(5, 1)], "unfinished"),
            ([begun(5, 1), "7 getsockopt(5<TCP:[99]>, SOL_SOCKET, SO_ERROR, [0], [4]) = 0"], "connected"),
            ([begun(5, 1), "7 getsockopt(5<TCP:[99]>, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0"],
             "ECONNREFUSED"),
            ([begun(5, 1), "7 recvfrom(5<TCP:[99]>, 0x7f, 1, 0, NULL, NULL) = -1 EHOSTUNREACH (No route)"],
             "EHOSTUNREACH"),
            ([begun(5, 1), "7 sendto(5<TCP:[192.0.2.9:4->192.0.2.1:1]>, \"<\", 1, 0, NULL, 0) = 1"],
             "connected"),
        ]
        for lines, outcome in rows:
            with self.subTest(lines=lines):
                self.check(lines, (1, outcome))

    def test_a_call_that_another_interrupts(self):
        self.check([begun(5, 1, "<unfinished ...>"), begun(6, 2).replace("7", "8", 1),
                    "7 <... connect resumed>) = -1 ECONNREFUSED (Connection refused)"],
                   (1, "ECONNREFUSED"), (2, "unfinished"))

    def test_a_descriptor_that_is_used_again(self):
        self.check([begun(5, 1, "= -1 ECONNREFUSED (Connection refused)"), begun(5, 2),
                    "7 getsockopt(5<TCP:[98]>, SOL_SOCKET, SO_ERROR, [0], [4]) = 0"],
                   (1, "ECONNREFUSED"), (2, "connected"))

    def test_what_is_left_out(self):
        """DNS, and what is not TCP: choosing among addresses connects UDP sockets."""
        self.check([begun(5, 53, "= 0"), f"7 connect(5<UDP:[99]>, {SOCKET % 5222} = 0",
                    "7 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 5<TCP:[99]>"])

    def test_ipv6(self):
        line = ("7 connect(5<TCPv6:[99]>, {sa_family=AF_INET6, sin6_port=htons(1), "
                "sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"2001:db8::1\", &sin6_addr), "
                "sin6_scope_id=0}, 28) = -1 ENETUNREACH (Network is unreachable)")
        self.assertEqual(connects.read(line),
                         [{"address": "2001:db8::1", "port": 1, "outcome": "ENETUNREACH"}])
