"""`hallmark audit` over logs that hallmarkd has recovered: the gap is declared, and nothing else is found."""
import json
import shutil

import hm
import rpcproxy
import section2 as s2
from test_recovery import RecoveryCase, targets_of

SHIM = hm.BUILD / "tests/writefault.so"


class AuditedCase(RecoveryCase):
    def found(self, *source):
        result = hm.run_program("hallmark", "audit", "--json", *source, "--rpc", self.chain.url)
        *findings, summary = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(result.returncode, summary["summary"]["exit"])
        return sorted(f["name"] for f in findings)

    def both(self):
        node = self.found("--node", f"http://{self.daemon.http}")
        self.assertEqual(node, self.found("--store", self.daemon.settings["store.path"]))
        return node

    def put_back(self, backup):
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.daemon.settings["store.path"])
        shutil.copytree(backup, self.daemon.settings["store.path"])


class RecoveredTest(AuditedCase):
    def test_a_lost_store(self):
        self.world()
        self.daemon.wait_final(*self.seal("one", "two"))
        genesis = self.log()["genesis"]
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.daemon.settings["store.path"])
        self.daemon.ctl_ok("restore", "--from-chain", genesis)
        self.daemon.start()
        self.daemon.wait_final(*self.seal("after"))
        self.assertEqual(self.both(), ["gap-with-loss"])

    def test_an_older_store_with_a_branch_of_its_own(self):
        self.world()
        self.daemon.wait_final(*self.seal("one"))
        self.assertEqual(self.daemon.stop(), 0)
        backup = self.folder / "backup"
        shutil.copytree(self.daemon.settings["store.path"], backup)
        self.daemon.start()
        self.daemon.wait_final(*self.seal("lost"))
        self.put_back(backup)
        self.daemon.configure(chain__rpc="http://127.0.0.1:1")  # it seals before it can see the chain
        self.daemon.start()
        orphans = self.seal("branch")
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.configure(chain__rpc=self.chain.url)
        self.daemon.start()
        self.daemon.wait_final(*orphans, *self.seal("after"))
        self.assertEqual(self.both(), ["gap-with-loss"])


class SealingTest(AuditedCase):
    """A batch is being sealed, and stays so, while the store turns out to be older than the chain."""

    def setUp(self):
        super().setUp()
        if hm.is_sanitized():
            self.skipTest("a sanitized build cannot be run with LD_PRELOAD")

    def older_store(self):
        """Store and mirror of before the last batch; the values on the chain."""
        self.mirror = self.folder / "mirror"
        self.world(**{"store.mirror": self.mirror})
        self.daemon.wait_final(*self.seal("one"))
        self.assertEqual(self.daemon.stop(), 0)
        store = self.daemon.settings["store.path"]
        for folder in (store, self.mirror):
            shutil.copytree(folder, f"{folder}.old")
        self.daemon.start()
        self.daemon.wait_final(*self.seal("lost"))
        self.assertEqual(self.daemon.stop(), 0)
        for folder in (store, self.mirror):
            shutil.rmtree(folder)
            shutil.move(f"{folder}.old", folder)
        return self.values()

    def order(self, text):
        partial = self.folder / "order.new"
        partial.write_text(text)
        partial.rename(self.folder / "order")

    def looks(self, n):
        seen = self.daemon.status()["chain"]["looks"]
        hm.until(f"{n} more looks at the chain", lambda: self.daemon.status()["chain"]["looks"] >= seen + n)

    def stalled_batch(self, name):
        """A batch whose mirror file is being written, for as long as it is wanted; its hashes."""
        self.order("fsync STALL")
        targets = targets_of(name)
        self.assertEqual(self.daemon.client.submit_many(targets).status, 202)
        self.daemon.ctl_ok("flush")
        hm.until("the mirror stalls", (self.folder / "order.stalled").exists)
        return targets

    def test_it_becomes_an_orphan(self):
        values = self.older_store()
        proxy = rpcproxy.Proxy(self, self.chain.port)
        blind = proxy.rule(rpcproxy.unavailable)
        self.daemon.configure(chain__rpc=proxy.url)
        self.order("")
        self.daemon.start(environment={"LD_PRELOAD": str(SHIM), "WRITEFAULT": str(self.folder / "order"),
                                       "WRITEFAULT_UNDER": str(self.mirror)})
        branch = self.stalled_batch("branch")
        blind.end()
        hm.until("the loss is seen",  # an idle daemon looks once a minute, and whenever it reloads
                 lambda: self.daemon.ctl("reload").returncode == 0 and "old-store" in self.alarms())
        self.looks(5)  # all nonces agree: but for the batch, the gap would be planned by now
        self.assertNotIn("event=anchors-listed", self.daemon.process.text())
        self.order("")
        number = s2.number_after_recovery(2, len(values))
        gap = self.declared(number)
        orphan = bytes.fromhex(self.daemon.client.get("/v1/batches/2").json()["anchored"])
        self.assertEqual((gap.last_number, gap.last_value), (2, orphan))
        self.assertEqual((gap.orphan_count, gap.orphan_hash), (1, s2.values_hash([orphan])))
        self.daemon.wait_final(*branch, *self.seal("after"))
        self.assertNotIn(orphan, self.values())
        self.assertEqual(self.both(), ["gap-with-loss"])


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
