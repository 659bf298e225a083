"""`hallmark audit` over logs that hallmarkd has recovered: the gap is declared, and nothing else is found."""
import json
import shutil

import hm
from test_recovery import RecoveryCase


class RecoveredTest(RecoveryCase):
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


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
