"""What `hallmark audit` leaves behind, and how it goes on: files, samples, stores, broken-off runs, --follow."""
import csv
import hashlib
import json
import re
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import auditlog as al
import hm
import rpcproxy as p
from test_audit import Audited

FILES = ["anchors.csv", "batches.csv", "findings.json", "keys.csv", "manifest.sha256", "report.md"]


class Filed(Audited):
    def setUp(self):
        super().setUp()
        self.double.requests.clear()
        folder = tempfile.TemporaryDirectory(prefix="hallmark-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def command(self, *options, source=None, rpc=None):
        return ["hallmark", "audit", *(source or ["--node", self.double.url]), "--rpc", rpc or self.chain.url, *options]

    def run_to(self, name, *options, exit=0, **where):
        """The files of a run, by name."""
        result = hm.run_program(*self.command("-o", self.folder / name, *options, **where))
        self.assertEqual((result.returncode, result.stderr), (exit, ""), result.stdout)
        return self.files(name)

    def files(self, name):
        return {path.name: path.read_bytes() for path in (self.folder / name).iterdir()}

    def leaves_asked_for(self):
        return sorted(int(path.split("/")[3]) for path in self.double.requests if path.endswith("/leaves"))


class FilesTest(Filed):
    def test_the_same_inputs_give_the_same_bytes(self):
        self.log[3].leaves.reverse()
        self.log[3].freeze("root")
        one, other = (self.run_to(name, "--sample", "4", "--seed", "x", exit=1) for name in ("one", "other"))
        self.assertEqual(sorted(one), sorted([*FILES, "sample.csv"]))
        self.assertEqual(one, other)

    def test_the_manifest_covers_every_other_file(self):
        files = self.run_to("out")
        lines = files.pop("manifest.sha256").decode().splitlines()
        self.assertEqual({line[66:]: line[:64] for line in lines},
                         {name: hashlib.sha256(data).hexdigest() for name, data in files.items()})

    def rows(self, data):
        """RFC 4180: every line ends with CRLF and has as many fields as the first."""
        text = data.decode("utf-8")
        self.assertEqual(text.count("\n"), text.count("\r\n"))
        self.assertTrue(text.endswith("\r\n"))
        lines = list(csv.reader(text.splitlines(), strict=True))
        self.assertEqual({len(line) for line in lines}, {len(lines[0])})
        return [dict(zip(lines[0], line)) for line in lines[1:]]

    def test_the_tables(self):
        self.log.authorize(0, 1)
        self.log.anchor(self.log.append(al.leaves(2, "x")), key=1)
        self.log.deauthorize(1, 0)
        self.chain.settle()
        files = self.run_to("out")
        batches, anchors, keys = (self.rows(files[name + ".csv"]) for name in ("batches", "anchors", "keys"))
        self.assertEqual([row["anchored"] for row in batches], [b.value.hex() for b in self.log.batches])
        self.assertEqual([row["anchor_transaction"] for row in batches],
                         [b.claims[0]["transactionHash"] for b in self.log.batches])
        self.assertEqual([row["role"] for row in anchors], ["batch"] * 5 + ["keys", "batch", "keys"])
        self.assertEqual([(row["key"], row["of_genesis"], row["anchors"], row["added_by"], row["removed_by"]) for row in keys],
                         [(al.KEYS[0], "yes", "5", "", al.KEYS[1]), (al.KEYS[1], "no", "1", al.KEYS[0], "")])
        found = json.loads(files["findings.json"])
        self.assertEqual((found["batches"], found["leaves"], found["keys"], found["complete"]), (6, 17, 2, True))
        self.assertEqual({f["name"] for f in found["findings"]}, {"key-undeclared"})

    def test_the_report_in_two_languages(self):
        self.log[3].freeze()
        self.log[3].leaves.reverse()
        report = self.run_to("out", exit=1)["report.md"].decode()
        english, french = report.split("\n---\n")
        self.assertIn("HA-1008 error: The leaves of this batch do not lead to its root", english)
        self.assertIn("HA-1008 erreur: Les feuilles de ce lot ne mènent pas à sa racine", french)
        self.assertIn("[lot 3]", french)

    def test_on_the_terminal_in_french(self):
        self.log.batches.pop()
        self.log.follow_head()
        result = hm.run_program(*self.command("--lang", "fr"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("HA-3005 erreur: Une clé du registre a inscrit", result.stdout)
        self.assertIn("certif.example.fr : constats ; 4 lots, 11 feuilles, 5 transactions de 1 clés", result.stdout)

    def test_a_progress_line_on_a_terminal_only(self):
        command = self.command()
        done, said = hm.on_terminal([hm.program(command[0]), *command[1:]], stdout=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"trees rebuilt [", said)

    def test_usage(self):
        rpc, node = ["--rpc", self.chain.url], ["--node", self.double.url]
        for options in ([], node, rpc, [*node, "--store", "x", *rpc], [*node, *rpc, "--sample", "3"],
                        [*node, *rpc, "--sample", "0", "--seed", "x"], [*node, *rpc, "--sample", "x", "--seed", "x"],
                        [*node, *rpc, "--every", "0"], [*node, *rpc, "file"], [*node, *rpc, "--lang", "de"],
                        ["--node", "ftp://x", *rpc]):
            with self.subTest(options):
                result = hm.run_program("hallmark", "audit", *options)
                self.assertEqual(result.returncode, 64)
                self.assertIn("usage: hallmark audit", result.stderr)


class WorkedAuditTest(Filed):
    """The audit in docs/auditing.md is done here, and prints what stands there."""

    def plain(self, text):
        """Without what differs from run to run."""
        for pattern, word in ((r"(0x)?[0-9a-f]{64}", "HASH"), (r"127\.0\.0\.1:\d+", "HOST"), (r"block \d+", "block N"),
                              (r",\d+,(\d{4}-[^,]*Z)", ",N,TIME")):
            text = re.sub(pattern, word, text)
        return text.replace("\r\n", "\n")

    def printed(self):
        """What stands behind each command of the page."""
        text = (hm.ROOT / "docs/auditing.md").read_text().split("## A worked audit")[1].split("\n# The findings")[0]
        lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
        starts = [i for i, line in enumerate(lines) if line.startswith("$ ")] + [len(lines)]
        return [(lines[a][2:], "\n".join(lines[a + 1:b]) + "\n") for a, b in zip(starts, starts[1:])]

    def audit(self, rpc, *options):
        result = hm.run_program("hallmark", "audit", "--node", self.double.url, "--rpc", rpc, *options)
        return self.plain(result.stdout), f"{result.returncode}\n"

    def test_what_the_page_prints(self):
        (command, clean), (_, zero), (_, keys), (_, sample), (again, found), (_, one) = self.printed()
        self.assertIn("--sample 3 --seed 2026-11-22", command)
        self.log.authorize(0, 1)
        self.log.anchor(self.log.append(al.leaves(2, "x"), {"version": 1, "keys": [{"add": al.KEYS[1]}]}), key=1)
        self.chain.settle()
        out = self.folder / "worked"
        self.assertEqual(self.audit(self.chain.url, "-o", out, "--sample", "3", "--seed", "2026-11-22"), (self.plain(clean), zero))
        for name, text in (("keys", keys), ("sample", sample)):
            self.assertEqual(self.plain((out / f"{name}.csv").read_bytes().decode()), self.plain(text))
        self.log[3].freeze()
        self.log[3].leaves[:2] = self.log[3].leaves[1::-1]
        hidden = self.log.anchor(al.sha(b"second log"))["transactionHash"]
        self.log.anchor(self.log.append(al.leaves(2, "y")))
        self.chain.settle()
        proxy = p.Proxy(self, self.chain.port)
        proxy.rule(p.changed(lambda logs: [log for log in logs if log["transactionHash"] != hidden]), "eth_getLogs")
        self.assertNotIn("-o", again)
        self.assertEqual(self.audit(proxy.url), (self.plain(found), one))


class SampleTest(Filed):
    def draw(self, name, n, seed):
        data = self.run_to(name, "--sample", str(n), "--seed", seed)["sample.csv"]
        return [tuple(line.split(",")) for line in data.decode().splitlines()[1:]]

    def test_drawn_by_the_seed_alone(self):
        one = self.draw("one", 6, "2026-11")
        self.assertEqual((len(one), len(set(one))), (6, 6))
        self.assertEqual(one, self.draw("again", 6, "2026-11"))
        self.assertNotEqual(one, self.draw("other", 6, "2026-12"))
        for number, index, leaf in one:
            self.assertEqual(self.log[int(number)].leaves[int(index)].hex(), leaf)

    def test_by_the_rule_that_the_documentation_gives(self):
        """Anybody can draw again: this is the rule, written a second time."""
        places, i = [], 0
        everything = [(b.number, j) for b in self.log.batches for j in range(len(b.leaves))]
        total = len(everything)
        while len(places) < 6:
            drawn = int.from_bytes(hashlib.sha256(f"hallmark sample 1\nseed\n{i}".encode()).digest()[:8], "big")
            if drawn < 2**64 - 1 - (2**64 - 1) % total and drawn % total not in places:
                places.append(drawn % total)
            i += 1
        self.assertEqual([(int(n), int(j)) for n, j, _ in self.draw("out", 6, "seed")],
                         [everything[place] for place in sorted(places)])

    def test_more_than_there_are(self):
        self.assertEqual(len(self.draw("out", 1000, "x")), 15)


class StoreTest(Filed):
    def test_store_and_node_tell_the_same(self):
        by_node = self.run_to("node", "--sample", "3", "--seed", "x")
        by_store = self.run_to("store", "--sample", "3", "--seed", "x", source=["--store", self.daemon.folder / "store"])
        self.assertEqual(by_node, by_store)

    def test_a_backup(self):
        """It has no index, and needs none."""
        backup = self.folder / "backup"
        self.daemon.ctl_ok("backup", backup)
        self.assertEqual(sorted(f.name for f in backup.iterdir() if f.is_dir()), ["log", "tree"])
        self.assertEqual(self.run_to("backup-out", source=["--store", backup]), self.run_to("node"))

    def test_a_store_in_use(self):
        self.daemon.start()
        self.addCleanup(self.daemon.kill)
        self.run_to("out", source=["--store", self.daemon.folder / "store"])

    def test_an_anchor_that_the_store_does_not_know(self):
        self.log.anchor(al.sha(b"second log"))
        self.chain.settle()
        files = self.run_to("out", source=["--store", self.daemon.folder / "store"], exit=1)
        self.assertEqual([f["name"] for f in json.loads(files["findings.json"])["findings"]], ["unknown-anchor"])

    def test_no_store(self):
        result = hm.run_program(*self.command(source=["--store", self.folder / "nothing"]))
        self.assertEqual(result.returncode, 2)
        self.assertIn("nothing", result.stderr)


class ResumeTest(Filed):
    def test_what_was_read_is_not_read_again(self):
        self.double.hook = lambda path: path.endswith("4/leaves") and (503, b"{}")
        self.addCleanup(setattr, self.double, "hook", None)
        files = self.run_to("out", exit=2)
        self.assertIn("audit.state", files)
        self.assertEqual([f["name"] for f in json.loads(files["findings.json"])["findings"]], ["source-incomplete"])
        self.double.hook = None
        self.double.requests.clear()
        whole = self.run_to("out")
        self.assertEqual(self.leaves_asked_for(), [4, 5])
        self.assertEqual(whole, self.run_to("fresh"))

    def test_killed_on_the_way(self):
        """At the third batch; what two of them say is in the file."""
        reached, killed = threading.Event(), threading.Event()

        def hold(path):
            if path.endswith("3/leaves") and not killed.is_set():
                reached.set()
                killed.wait(hm.DEADLINE)
        self.double.hook = hold
        self.addCleanup(setattr, self.double, "hook", None)
        command = self.command("-o", self.folder / "out")
        process = hm.Process([hm.program(command[0]), *command[1:]])
        self.addCleanup(process.kill)
        self.assertTrue(reached.wait(hm.DEADLINE))
        process.kill()
        killed.set()
        self.double.requests.clear()
        whole = self.run_to("out")
        self.assertEqual(self.leaves_asked_for(), [3, 4, 5])
        self.assertEqual(whole, self.run_to("fresh"))

    def test_transactions_are_not_fetched_again(self):
        proxy = p.Proxy(self, self.chain.port)
        rule = proxy.rule(p.unavailable, "eth_getTransactionCount")
        self.run_to("out", exit=2, rpc=proxy.url)
        self.assertEqual(proxy.calls["eth_getTransactionByHash"], 5)
        rule.end()
        self.run_to("out", rpc=proxy.url)
        self.assertEqual(proxy.calls["eth_getTransactionByHash"], 5)

    def test_a_torn_state_file(self):
        self.double.hook = lambda path: path.endswith("4/leaves") and (503, b"{}")
        self.addCleanup(setattr, self.double, "hook", None)
        state = self.folder / "out/audit.state"
        self.run_to("out", exit=2)
        state.write_bytes(state.read_bytes()[:-10])
        self.double.hook = None
        self.double.requests.clear()
        self.run_to("out")
        self.assertEqual(self.leaves_asked_for(), [3, 4, 5])

    def test_the_state_of_another_source(self):
        self.double.hook = lambda path: path.endswith("4/leaves") and (503, b"{}")
        self.addCleanup(setattr, self.double, "hook", None)
        self.run_to("out", exit=2)
        self.double.hook = None
        self.run_to("out", source=["--store", self.daemon.folder / "store"])

    def test_what_changed_in_between_is_told(self):
        self.double.hook = lambda path: path.endswith("4/leaves") and (503, b"{}")
        self.addCleanup(setattr, self.double, "hook", None)
        self.run_to("out", exit=2)
        self.double.hook = None
        self.log[2].shown["root"] = "ab" * 32
        files = self.run_to("out", exit=1)
        self.assertEqual({f["name"] for f in json.loads(files["findings.json"])["findings"]},
                         {"batch-changed", "root-differs", "seal-differs"})


class FollowTest(Filed):
    def follow(self, rpc=None):
        command = self.command("--follow", "--every", "1", "-o", self.folder / "out", rpc=rpc)
        process = hm.Process([hm.program(command[0]), *command[1:]])
        self.addCleanup(process.kill)
        return process

    def metrics(self):
        path = self.folder / "out/metrics.prom"
        lines = path.read_text().splitlines() if path.exists() else []
        return {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in lines if not line.startswith("#")}

    def wait_metric(self, name, value):
        hm.until(f"{name} {value}", lambda: self.metrics().get(f"hallmark_audit_{name}") == str(value))

    def end(self, process, exit):
        process.signal(signal.SIGTERM)
        self.assertEqual(process.wait(), exit, process.text())

    def test_a_log_that_grows_and_is_tampered_with(self):
        process = self.follow()
        self.wait_metric("head", 5)
        batch = self.log.append(al.leaves(3, "new"), status="sealed")
        self.wait_metric("head", 6)
        self.log.anchor(batch)
        batch.status = "final"
        self.chain.settle()
        self.wait_metric("transactions", 6)
        self.assertEqual(process.lines, [])
        extra = self.log.anchor(al.sha(b"second log"))["transactionHash"]
        self.chain.settle()
        process.wait_line(f"HA-3005.*{extra}")
        self.wait_metric('findings{code="HA-3005",name="unknown-anchor",severity="error"}', 1)
        self.end(process, 1)
        self.assertIn("6 batches, 18 leaves, 7 transactions", process.lines[-1])
        self.assertEqual(len(process.lines), 2, process.text())

    def test_an_endpoint_that_is_gone_for_a_while(self):
        proxy = p.Proxy(self, self.chain.port)
        process = self.follow(proxy.url)
        self.wait_metric("complete", 1)
        rule = proxy.rule(p.dropped)
        process.wait_line("HA-9001")
        self.wait_metric("complete", 0)
        rule.end()
        self.wait_metric("complete", 1)
        self.end(process, 0)

    def test_a_batch_that_changes_before_it_is_final(self):
        batch = self.log.append(al.leaves(3, "new"), status="sealed")
        process = self.follow()
        self.wait_metric("head", 6)
        batch.leaves[0] = al.sha(b"another")
        self.log.follow_head()
        process.wait_line("HA-1017")
        self.end(process, 1)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
