"""Changes while it runs, as clients of the DNS see them."""

import json
import threading
import unittest

from lib import client, upstream
from lib.daemon import Daemon, run
from lib.dnsmsg import query, rr, srv
from lib.live import A_CLIENT, B_CLIENT, BOTH, CLIENT, OTHER, SERVER, Case, policy, texts, until


class Targets(Case):
    def test_how(self):
        rows = [
            # how, client set, server set, A of the target, its RCODE
            ("remove", [B_CLIENT], [], ["192.0.2.11"], "NOERROR"),
            ("demote", ["65535 5 5222 a.lab.example.", B_CLIENT], ["65535 5 5269 a.lab.example."],
             ["192.0.2.11"], "NOERROR"),
            ("none", ["0 0 0 ."], ["0 0 0 ."], ["192.0.2.11"], "NOERROR"),
            ("no-address", BOTH, ["0 5 5269 a.lab.example."], [], "NOERROR"),
            ("nxdomain", BOTH, ["0 5 5269 a.lab.example."], [], "NXDOMAIN"),
            ("refuse", BOTH, ["0 5 5269 a.lab.example."], ["192.0.2.77"], "NOERROR"),
            ("blackhole", BOTH, ["0 5 5269 a.lab.example."], ["192.0.2.99"], "NOERROR"),
        ]
        lab = "lab: {refuse-address: [192.0.2.77], blackhole-address: [192.0.2.99]}\n"
        with Daemon(policy(more=lab)) as d:
            for how, clients, servers, addresses, rcode in rows:
                with self.subTest(how=how):
                    self.shunt(d, "target", "fail", "a.lab.example", "--how", how)
                    self.assertEqual(sorted(texts(d)), sorted(clients))
                    self.assertEqual(texts(d, SERVER), servers)
                    m = client.ask_udp(d.address, query("a.lab.example", "A"))
                    self.assertEqual((m.texts("A"), m.status), (addresses, rcode))
                    m = client.ask_udp(d.address, query(CLIENT, "SRV"))
                    if clients == BOTH:  # additional addresses of the target agree
                        kept = [r.text for r in m.additional
                                if r.name == "a.lab.example." and r.type == 1]
                        self.assertEqual(kept, addresses)
                    self.shunt(d, "target", "restore", "a.lab.example")
                    self.assertEqual(texts(d), BOTH)
                    self.assertEqual(texts(d, "a.lab.example", "A"), ["192.0.2.11"])

    def test_remove_is_the_default(self):
        with Daemon(policy()) as d:
            out, err = self.shunt(d, "target", "fail", "a.lab.example")
            self.assertEqual(texts(d), [B_CLIENT])
            self.assertRegex(out, r"(?m)^  - _xmpp-client\._tcp\.lab\.example\. 5 IN SRV "
                                  r"10 5 5222 a\.lab\.example\.$")
            self.assertRegex(out, r"Clients may use the old until 20\d\d-.*Z \(5s\)")
            self.assertIn("the bare domain", err)  # _xmpp-server has nothing left

    def test_how_long_the_old_may_be_used(self):
        """As long as the TTL of what was handed out, be it that there is nothing (RFC 2308)."""
        with Daemon(policy()) as d:
            for words in (["fail", "a.lab.example"], ["restore", "a.lab.example"],
                          ["fail", "a.lab.example", "--how", "none"]):
                self.assertEqual(self.json(d, "target", *words)["old_for"], 5, words)
            self.shunt(d, "reset")
            self.shunt(d, "target", "set", "a.lab.example", "--ttl", "7s")
            self.assertEqual(self.json(d, "target", "restore", "a.lab.example")["old_for"], 7)

    def test_domain_service_and_port(self):
        with Daemon(policy()) as d:
            self.shunt(d, "target", "fail", "a.lab.example", "--domain", "lab.example")
            self.assertEqual((texts(d), texts(d, SERVER)), ([B_CLIENT], []))
            self.assertEqual(texts(d, OTHER), ["0 5 5299 a.lab.example."])
            self.shunt(d, "reset")
            self.shunt(d, "target", "fail", "a.lab.example", "--service", "xmpp-server")
            self.assertEqual((texts(d), texts(d, SERVER)), (BOTH, []))
            self.shunt(d, "reset")
            self.shunt(d, "target", "fail", "a.lab.example:5299")
            self.assertEqual((texts(d), texts(d, OTHER)), (BOTH, []))

    def test_set(self):
        with Daemon(policy()) as d:
            self.shunt(d, "target", "set", "a.lab.example", "--priority", "30", "--weight", "7",
                       "--port", "443", "--ttl", "1m", "--service", "xmpp-client", "--domain",
                       "lab.example")
            m = client.ask_udp(d.address, query(CLIENT, "SRV"))
            self.assertIn("30 7 443 a.lab.example.", m.texts())
            self.assertEqual({r.ttl for r in m.answer + m.additional}, {60})
            row = [t for t in self.json(d, "target", "list", "lab.example")["targets"]
                   if t["target"] == "a.lab.example." and t["service"] == "xmpp-client"][0]
            self.assertEqual((row["priority"], row["was"]["priority"]), (30, 10))
            out = self.shunt(d, "target", "list")[0]
            self.assertRegex(out, r"(?m)^lab\.example\. +xmpp-client +30 \(10\) +7 \(5\) +443 \(5222\) ")

    def test_for_undoes_itself(self):
        with Daemon(policy()) as d:
            reply = self.json(d, "target", "fail", "a.lab.example", "--for", "400ms")
            self.assertIn("ends", reply)
            self.assertTrue(until(lambda: texts(d) == BOTH))
            self.assertEqual(self.json(d, "target", "list")["changes"], [])

    def test_count_undoes_itself(self):
        with Daemon(policy()) as d:
            self.shunt(d, "target", "fail", "a.lab.example", "--count", "3")
            seen = [texts(d) for _ in range(5)]
            self.assertEqual(seen, [[B_CLIENT]] * 3 + [BOTH] * 2)
            self.assertTrue(until(lambda: not self.json(d, "target", "list")["changes"]))

    def test_target_of_upstream_without_policy(self):
        behave = upstream.answers(
            rr("_xmpp-client._tcp.far.example.", "SRV", srv(1, 1, 5222, "up1.example.")),
            rr("_xmpp-client._tcp.far.example.", "SRV", srv(2, 1, 5222, "up2.example.")))
        name = "_xmpp-client._tcp.far.example"
        with upstream.Upstream(behave) as u, Daemon(policy(u)) as d:
            before = sorted(texts(d, name))
            self.shunt(d, "target", "fail", "up1.example")
            self.assertEqual(texts(d, name), ["2 1 5222 up2.example."])
            self.shunt(d, "target", "restore", "up1.example")
            self.assertEqual(sorted(texts(d, name)), before)
            self.assertEqual(u.count(rrtype="SRV"), 1)  # the cache was not touched

    def test_every_worker_at_once(self):
        """Each question comes from a port of its own, and so to any of the workers."""
        with Daemon("threads: 2\n" + policy()) as d:
            for i in range(20):
                self.shunt(d, "target", "set", "a.lab.example", "--priority", str(100 + i))
                wanted = f"{100 + i} 5 5222 a.lab.example."
                for _ in range(32):
                    self.assertIn(wanted, texts(d))

    def test_names_with_near_matches(self):
        with Daemon(policy(more="faults: [{name: slow, match: {type: TXT}, delay: 1s}]\n")) as d:
            rows = [
                (["target", "restore", "nope.example"], "nope.example"),
                (["target", "list", "lab.exampel"], "lab.example"),
                (["target", "fail", "a.lab.example", "--domain", "lab.exampl"], "lab.example"),
                (["target", "fail", "a.lab.example", "--service", "xmpp-clent"], "xmpp-client"),
                (["fault", "remove", "slwo"], "slow"),
                (["fault", "add", "x", "view=tow", "drop=true"], "two"),
                (["fault", "add", "slow", "drop=true"], "slow"),
            ]
            for words, offered in rows:
                with self.subTest(words=words):
                    self.assertIn(offered, self.shunt(d, *words, expect=1)[1])
            self.assertEqual(texts(d), BOTH)
            self.assertIn("did you mean a.lab.example",
                          self.shunt(d, "target", "fail", "aa.lab.example")[1])
            self.assertIn("did you mean a.lab.example",
                          self.shunt(d, "target", "fail", "a.lab.exmaple", "--unknown")[1])

    def test_usage_is_2(self):
        with Daemon(policy()) as d:
            for words in (["target"], ["target", "fial", "x"], ["target", "fail"],
                          ["target", "set", "a.lab.example"], ["target", "fail", "x", "--how", "y"],
                          ["target", "set", "x", "--priority", "65536"],
                          ["target", "fail", "x", "--for", "banana"], ["fault", "add", "x"],
                          ["fault", "add", "x", "nonsense=1"], ["fault", "add", "x", "delay=soon"],
                          ["cache", "flush", "--below"], ["reset", "now"], ["status", "--nonsense"],
                          ["explain"], ["reload", "--url"]):
                with self.subTest(words=words):
                    self.assertTrue(self.shunt(d, *words, expect=2)[1])

    def test_help_has_an_example(self):
        for command in ("status", "target", "fault", "reset", "reload", "cache", "explain"):
            status, out, _ = run(command, "--help")
            self.assertEqual(status, 0)
            self.assertIn(f"Usage: shunt {command}", out)
            self.assertIn("Example: shunt " + command, out)

    def test_no_daemon_is_1(self):
        for words in (["status"], ["target", "list"], ["reset"], ["explain", "lab.example"]):
            status, _, err = run(*words, "--url", "unix:///nonexistent/shunt.sock")
            self.assertEqual(status, 1)
            self.assertIn("/nonexistent/shunt.sock", err)


class Together(Case):
    def test_revision_and_if_match(self):
        with Daemon(policy()) as d:
            seen = self.api(d, "GET", "/v1/targets")
            self.assertEqual(seen.revision, seen.json["revision"])
            path, body = "/v1/targets/a.lab.example", {"how": "remove"}
            first = self.api(d, "PATCH", path, body, If_Match=f'"{seen.revision}"')
            self.assertEqual(first.status, 200)
            self.assertGreater(first.revision, seen.revision)
            stale = self.api(d, "PATCH", "/v1/targets/b.lab.example", body,
                             If_Match=f'"{seen.revision}"')
            self.assertEqual(stale.status, 409)
            self.assertEqual(texts(d), [B_CLIENT])
            for method, where, what in (
                    ("POST", "/v1/reset", None),
                    ("POST", "/v1/faults", {"name": "x", "drop": "true"})):
                reply = self.api(d, method, where, what, If_Match=f'"{seen.revision}"')
                self.assertEqual(reply.status, 409, where)
            self.assertEqual(self.api(d, "POST", "/v1/reset", None,
                                      If_Match=f'"{first.revision}"').status, 200)
            self.assertEqual(texts(d), BOTH)

    def test_two_at_once(self):
        """Both say what they saw: of each pair of changes exactly one is taken."""
        with Daemon(policy()) as d:
            for i in range(10):
                seen = self.api(d, "GET", "/v1/status").revision
                replies = []

                def change(name, number=i, revision=seen):
                    replies.append(self.api(d, "PATCH", f"/v1/targets/{name}.lab.example",
                                            {"priority": 100 + number}, If_Match=f'"{revision}"'))
                both = [threading.Thread(target=change, args=(name,)) for name in "ab"]
                for t in both:
                    t.start()
                for t in both:
                    t.join()
                self.assertEqual(sorted(r.status for r in replies), [200, 409])

    def test_many_without_if_match(self):
        """None is lost."""
        with Daemon(policy()) as d:
            before = self.api(d, "GET", "/v1/status").revision

            def change(number):
                self.api(d, "PATCH", f"/v1/targets/t{number}.example", {"how": "remove"})
            threads = [threading.Thread(target=change, args=(i,)) for i in range(20)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            listed = self.json(d, "target", "list")
            self.assertEqual(listed["revision"], before + 20)
            self.assertEqual({c["target"] for c in listed["changes"]},
                             {f"t{i}.example." for i in range(20)})


class Files(Case):
    """Reset and reload."""

    def test_reload_keeps_changes(self):
        with Daemon(policy()) as d:
            self.shunt(d, "target", "fail", "a.lab.example")
            d.configure(policy().replace("priority: 20", "priority: 25"))
            self.assertRegex(self.shunt(d, "reload")[0], r"^reloaded; generation \d+")
            self.assertEqual(texts(d), ["25 5 5222 b.lab.example."])
            self.shunt(d, "reset")
            self.assertEqual(texts(d), [A_CLIENT, "25 5 5222 b.lab.example."])

    def test_reload_with_reset(self):
        with Daemon(policy()) as d:
            self.shunt(d, "target", "fail", "a.lab.example")
            self.shunt(d, "reload", "--reset")
            self.assertEqual(texts(d), BOTH)

    def test_reload_of_a_bad_file(self):
        with Daemon(policy()) as d:
            self.shunt(d, "target", "fail", "a.lab.example")
            d.configure(policy(more="nonsense: 1\n"))
            err = run("reload", "--url", f"unix://{d.dir}/control.sock")
            self.assertEqual(err[0], 1)
            self.assertRegex(err[2], r"shunt\.yaml:\d+:\d+: error: .*nonsense")
            self.assertEqual(texts(d), [B_CLIENT])

    def test_reload_leaves_control_as_it_is(self):
        with Daemon(policy()) as d:
            d.reload(policy(more="control: {socket: off, http: off}\n"),
                     "warning control.socket has changed")
            texts(d)
            seen = run("wait", "--url", f"unix://{d.dir}/control.sock", "--since", "10s",
                       "--service", "xmpp-client", "--timeout", "5s")
            self.assertEqual(seen[0], 0, seen)

    def test_reload_names_changes_whose_target_is_gone(self):
        gone = "\n".join(line for line in policy().splitlines() if "b.lab" not in line) + "\n"
        words = r"to b\.lab\.example\. stays, but no record of the policy leads there"
        with Daemon(policy()) as d:
            self.shunt(d, "target", "fail", "b.lab.example")
            self.shunt(d, "target", "fail", "up9.example")  # never was in the policy
            d.configure(gone)
            err = self.shunt(d, "reload")[1]
            self.assertRegex(err, words)
            self.assertEqual(err.count("stays"), 1)
            d.output.wait("warning .*" + words)
            self.assertEqual(self.json(d, "reload")["warnings"], [])
            d.reload(policy())
            self.assertEqual(texts(d), [A_CLIENT])
            d.reload(gone, "warning .*" + words)

    def test_reset_is_quick_and_counted(self):
        with Daemon(policy()) as d:
            self.assertIn("nothing to drop", self.shunt(d, "reset")[0])
            self.shunt(d, "target", "fail", "a.lab.example")
            self.shunt(d, "target", "fail", "b.lab.example")
            self.shunt(d, "fault", "add", "x", "type=TXT", "drop=true")
            self.assertIn("dropped 3 live changes", self.shunt(d, "reset")[0])
            self.assertEqual(texts(d), BOTH)


class Faults(Case):
    FILE = "faults: [{name: of-file, match: {type: TXT, domain: lab.example}, rcode: REFUSED}]\n"

    def status_of(self, d, name=CLIENT, qtype="SRV"):
        m = client.ask_udp(d.address, query(name, qtype), timeout=0.7)
        return m and m.status

    def test_add_list_remove(self):
        with Daemon(policy(more=self.FILE)) as d:
            out = self.shunt(d, "fault", "add", "broken", "service=xmpp-client",
                             "domain=lab.example", "rcode=SERVFAIL")[0]
            self.assertIn("added broken", out)
            self.assertEqual(self.status_of(d), "SERVFAIL")
            self.assertEqual(self.status_of(d, SERVER), "NOERROR")
            self.assertEqual(self.status_of(d, "lab.example", "TXT"), "REFUSED")
            faults = {f["name"]: f for f in self.json(d, "fault", "list")["faults"]}
            self.assertEqual((faults["broken"]["used"], faults["broken"]["from"]), (1, "live"))
            self.assertEqual((faults["of-file"]["used"], faults["of-file"]["from"]), (1, "file"))
            self.assertRegex(self.shunt(d, "fault", "list")[0], r"(?m)^broken +on +1 +1 +live +match:")
            self.shunt(d, "fault", "remove", "broken")
            self.assertEqual(self.status_of(d), "NOERROR")
            self.shunt(d, "fault", "remove", "of-file")
            self.assertNotEqual(self.status_of(d, "lab.example", "TXT"), "REFUSED")
            self.shunt(d, "reset")
            self.assertEqual(self.status_of(d, "lab.example", "TXT"), "REFUSED")

    def test_drop_the_first(self):
        with Daemon(policy()) as d:
            self.shunt(d, "fault", "add", "second-try", f"name={CLIENT}", "drop=true", "first=2")
            self.assertEqual([self.status_of(d) for _ in range(3)], [None, None, "NOERROR"])

    def test_count_and_for(self):
        with Daemon(policy()) as d:
            self.shunt(d, "fault", "add", "twice", "type=SRV", "rcode=REFUSED", "--count", "2")
            self.assertEqual([self.status_of(d) for _ in range(3)],
                             ["REFUSED", "REFUSED", "NOERROR"])
            self.shunt(d, "fault", "add", "soon-over", "type=SRV", "rcode=REFUSED", "--for", "300ms")
            self.assertTrue(until(lambda: self.status_of(d) == "NOERROR"))

    def test_a_delay_counts_as_time_to_the_reply(self):
        with Daemon(policy()) as d:
            self.shunt(d, "fault", "add", "slow", "type=SRV", "delay=200ms")
            self.assertEqual(self.status_of(d), "NOERROR")
            events = self.json(d, "wait", "--name", CLIENT, "--timeout", "5s")["events"]
            self.assertEqual([e["ms"] >= 200 for e in events], [True], events)

    def test_by_client_and_view(self):
        with Daemon(policy()) as d:
            self.shunt(d, "fault", "add", "x", "client=127.0.0.3", "rcode=REFUSED")
            self.shunt(d, "fault", "add", "y", "view=two", "rcode=NOTIMP")
            seen = [client.ask_udp(d.address, query(CLIENT, "SRV"), source=f"127.0.0.{i}").status
                    for i in (1, 2, 3)]
            self.assertEqual(seen, ["NOERROR", "NOTIMP", "REFUSED"])


class Cache(Case):
    def test_show_and_flush(self):
        behave = upstream.answers(rr("a.up.example.", "A", "192.0.2.1"),
                                  rr("a.up.example.", "TXT", "hello"),
                                  rr("b.a.up.example.", "A", "192.0.2.2"))
        with upstream.Upstream(behave) as u, Daemon(policy(u)) as d:
            ask = [("a.up.example", "A"), ("a.up.example", "TXT"), ("b.a.up.example", "A")]

            def fill():
                for name, qtype in ask:
                    texts(d, name, qtype)
                return u.count()
            self.assertEqual([fill(), fill()], [3, 3])
            out = self.shunt(d, "cache", "show", "a.up.example")[0]
            self.assertRegex(out, r"a\.up\.example\. \d+ IN A 192\.0\.2\.1")
            self.assertIn("hello", out)
            self.assertNotIn("192.0.2.2", out)
            self.assertIn("192.0.2.2", self.shunt(d, "cache", "show", "a.up.example", "--below")[0])
            self.assertNotIn("hello", self.shunt(d, "cache", "show", "a.up.example", "A")[0])
            self.assertIn("nothing is kept", self.shunt(d, "cache", "show", "no.example", expect=1)[1])
            self.assertEqual(self.json(d, "cache", "stats")["stats"]["entries"], 3)
            self.assertIn("removed 1 entry", self.shunt(d, "cache", "flush", "a.up.example", "A")[0])
            self.assertEqual(fill(), 4)
            self.assertIn("removed 2", self.shunt(d, "cache", "flush", "a.up.example")[0])
            self.assertEqual(fill(), 6)
            self.assertIn("removed 3",
                          self.shunt(d, "cache", "flush", "up.example", "--below")[0])
            self.assertEqual(fill(), 9)
            self.assertIn("removed 3", self.shunt(d, "cache", "flush")[0])
            self.assertEqual(fill(), 12)

    def test_a_change_flushes_nothing(self):
        with upstream.Upstream(upstream.answers(rr("a.up.example.", "A", "192.0.2.1"))) as u, \
                Daemon(policy(u)) as d:
            texts(d, "a.up.example", "A")
            self.shunt(d, "target", "fail", "a.lab.example")
            self.shunt(d, "fault", "add", "x", "type=TXT", "drop=true")
            self.shunt(d, "reset")
            texts(d, "a.up.example", "A")
            self.assertEqual(u.count(), 1)


class Modes(Case):
    def test_amend_against_upstream(self):
        name = "_xmpp-client._tcp.amended.example"
        behave = upstream.answers(rr(name + ".", "SRV", srv(1, 1, 5222, "up1.example.")),
                                  rr(name + ".", "SRV", srv(2, 1, 5222, "up2.example.")))
        with upstream.Upstream(behave) as u, Daemon(policy(u)) as d:
            amended = ["2 1 5222 up2.example.", "90 1 5222 up1.example."]
            for _ in range(2):  # from upstream, and from the cache
                self.assertEqual(sorted(texts(d, name)), amended)
            self.shunt(d, "target", "fail", "up2.example")
            self.assertEqual(texts(d, name), ["90 1 5222 up1.example."])
            self.shunt(d, "target", "set", "up1.example", "--port", "443")
            self.assertEqual(texts(d, name), ["90 1 443 up1.example."])
            self.shunt(d, "reset")
            self.assertEqual(sorted(texts(d, name)), amended)
            self.assertEqual(u.count(name + "."), 1)

    def test_views(self):
        views = policy(more="""  - {name: v.lab.example, view: two, addresses: [192.0.2.22]}
  - {name: v.lab.example, addresses: [192.0.2.21]}
""")
        with Daemon(views) as d:
            def seen():
                return [texts(d, "v.lab.example", "A", f"127.0.0.{i}") for i in (1, 2)]
            self.assertEqual(seen(), [["192.0.2.21"], ["192.0.2.22"]])
            self.shunt(d, "target", "fail", "v.lab.example", "--how", "nxdomain")
            self.assertEqual(seen(), [[], []])
            self.shunt(d, "reset")
            self.assertEqual(seen(), [["192.0.2.21"], ["192.0.2.22"]])


if __name__ == "__main__":
    unittest.main()
