"""The examples of docs/labs that can be checked without a cluster: they are what the text says they are."""

import re
import tempfile
import unittest
from pathlib import Path

from lib.daemon import run

try:
    import yaml
except ImportError:
    yaml = None

LABS = Path(__file__).resolve().parents[2] / "docs/labs"
MANIFEST = (LABS / "kubernetes.yaml").read_text()


def check(text):
    """(exit status, what `shunt check` says) of a configuration."""
    with tempfile.TemporaryDirectory(prefix="shunt-test-") as folder:
        file = Path(folder, "shunt.yaml")
        file.write_text(text)
        status, out, err = run("check", "-c", str(file))
    return status, out + err


def configuration():
    """The ConfigMap's shunt.yaml: the lines below its key that are indented by four."""
    found = re.search(r"^  shunt\.yaml: \|\n((?:    .*\n|\n)+)", MANIFEST, re.M)
    return re.sub(r"^    ", "", found[1], flags=re.M)


class Pages(unittest.TestCase):
    def test_examples_are_good(self):
        """`yaml` is shunt's own; what is for other programs is marked `yml`."""
        count = 0
        for page in sorted(LABS.glob("*.md")):
            for example in re.findall(r"^```yaml\n(.*?)^```$", page.read_text(), re.M | re.S):
                with self.subTest(page=page.name, example=example):
                    status, said = check(example)
                    self.assertEqual(status, 0, said)
                    count += 1
        self.assertGreaterEqual(count, 4)


class Kubernetes(unittest.TestCase):
    def test_configuration_is_good(self):
        status, said = check(configuration())
        self.assertEqual(status, 0, said)
        # The warnings are those that the page speaks of.
        for line in re.findall(r"^.*warning: .*$", said, re.M):
            self.assertIn("special-use domain local", line)

    def test_a_mistake_would_be_seen(self):
        status, said = check(configuration().replace("xmpp-client:", "xmp-client:", 1))
        self.assertEqual(status, 1)
        self.assertIn('unknown key "xmp-client"', said)

    @unittest.skipUnless(yaml, "there is no python3-yaml")
    def test_its_parts_fit(self):
        parts = {(p["kind"], p["metadata"]["name"]): p for p in yaml.safe_load_all(MANIFEST)}
        self.assertEqual(set(parts), {("ConfigMap", "shunt"), ("Deployment", "shunt"), ("Service", "shunt"),
                                      ("Service", "shunt-second"), ("Pod", "client")})
        self.assertEqual(len({p["metadata"]["namespace"] for p in parts.values()}), 1)
        deployment = parts["Deployment", "shunt"]["spec"]
        pod, labels = deployment["template"]["spec"], deployment["template"]["metadata"]["labels"]
        self.assertEqual(deployment["selector"]["matchLabels"], labels)
        config = yaml.safe_load(parts["ConfigMap", "shunt"]["data"]["shunt.yaml"])
        self.assertEqual(config, yaml.safe_load(configuration()))
        ports = {p["name"]: (p["containerPort"], p["protocol"]) for p in pod["containers"][0]["ports"]}
        self.assertEqual(set(ports.values()), {(int(a.rpartition(":")[2]), protocol)
                                               for a in config["listen"] for protocol in ("UDP", "TCP")})
        for name, first in (("shunt", 5353), ("shunt-second", 5354)):
            service = parts["Service", name]["spec"]
            self.assertEqual(service["selector"], labels)
            self.assertEqual({(p["port"], ports[p["targetPort"]], p["protocol"]) for p in service["ports"]},
                             {(53, (first, "UDP"), "UDP"), (53, (first, "TCP"), "TCP")})
        mounted = {m["name"]: m for m in pod["containers"][0]["volumeMounts"]}
        self.assertEqual(set(mounted), {v["name"] for v in pod["volumes"]})
        self.assertEqual(mounted["config"]["mountPath"], "/etc/shunt")
        self.assertNotIn("subPath", mounted["config"])
        client = parts["Pod", "client"]["spec"]
        self.assertEqual(client["dnsPolicy"], "None")
        self.assertEqual(client["dnsConfig"]["nameservers"],
                         [parts["Service", "shunt"]["spec"]["clusterIP"]])


if __name__ == "__main__":
    unittest.main()
