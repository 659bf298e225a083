"""`hallmark audit` of a log whose key hallmarkd itself has changed: nothing is found, the table of keys is right; what
either key does outside of its time is found and named."""
import csv
import json

import ethkey
import hm
from keycase import FIRST, SECOND, THIRD, KeyCase

AUTHORIZE = "0xb6a5d7de"


class RotatedTest(KeyCase):
    def setUp(self):
        super().setUp()
        self.world()
        next_key = self.daemon.folder / "key.json.next"
        next_key.touch(mode=0o600)
        next_key.write_text(ethkey.key_file(SECOND))
        self.daemon.start()
        self.issue("old")
        self.daemon.ctl_ok("key", "rotate")
        self.settled()
        self.issue("new")
        hm.until("the annexes tell both changes", lambda: len(self.annexes()) == 2)
        hm.until("all of it is final", lambda: {row["status"] for row in self.rows()} == {"final"})

    def rows(self):
        return self.daemon.client.get("/v1/batches").json()["batches"]

    def audit(self, *source):
        """The names of the findings; the files are in out."""
        source = source or ("--node", f"http://{self.daemon.http}")
        result = hm.run_program("hallmark", "audit", "--json", *source, "--rpc", self.chain.url, "-o", self.folder / "out")
        *findings, summary = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertTrue(summary["summary"]["complete"], result.stderr)
        return [f["name"] for f in findings], findings

    def table(self, name):
        with open(self.folder / "out" / f"{name}.csv", newline="") as file:
            return list(csv.DictReader(file))

    def act(self, key, data):
        """A transaction to the registry that the daemon knows nothing of, until it is final; its hash."""
        nonce = int(self.chain.rpc("eth_getTransactionCount", key.address, "latest"), 16)
        sent = self.chain.rpc("eth_sendRawTransaction", key.transaction(nonce, hm.REGISTRY, data))
        final = lambda: int(self.chain.rpc("eth_getBlockByNumber", "finalized", False)["number"], 16)
        mined = hm.until("mined", lambda: self.chain.rpc("eth_getTransactionReceipt", sent))
        hm.until("final", lambda: final() >= int(mined["blockNumber"], 16))
        return sent

    def assert_found(self, sent, name, key, number=None):
        names, findings = self.audit()
        self.assertEqual([(f["name"], f["transaction"], f["key"], f["batch"]) for f in findings], [(name, sent, key, number)])

    def test_by_the_book(self):
        for source in ((), ("--store", self.daemon.settings["store.path"])):
            names, _ = self.audit(*source)
            self.assertEqual(names, [])
            first, second = self.table("keys")
            self.assertEqual((first["key"], first["of_genesis"], first["added_by"], first["removed_by"]),
                             (FIRST.address, "yes", "", SECOND.address))
            self.assertEqual((second["key"], second["of_genesis"], second["added_by"], second["removed_by"]),
                             (SECOND.address, "no", FIRST.address, ""))
            self.assertLess(int(second["added_block"]), int(first["removed_block"]))
            anchored = {key.address: len(self.chain.anchored(key.address)) for key in (FIRST, SECOND)}
            self.assertEqual({row["key"]: int(row["anchors"]) for row in (first, second)}, anchored)
            self.assertEqual(sum(anchored.values()), len(self.rows()))
            roles = [row["role"] for row in self.table("anchors")]
            self.assertEqual((roles.count("keys"), roles.count("batch"), len(roles)), (2, len(self.rows()), len(self.rows()) + 2))

    def test_a_value_by_the_removed_key(self):
        self.assert_found(self.act(FIRST, "0x" + "ab" * 32), "anchor-by-removed-key", FIRST.address)

    def test_a_batch_again_by_the_removed_key(self):
        newest = self.rows()[-1]
        self.assert_found(self.act(FIRST, "0x" + newest["anchored"]), "anchor-by-removed-key", FIRST.address, newest["number"])

    def test_the_removed_key_lets_another_in(self):
        sent = self.act(FIRST, AUTHORIZE + THIRD.address[2:].rjust(64, "0"))
        names, findings = self.audit()
        self.assertEqual([(f["name"], f["key"]) for f in findings], [("key-event-invalid", THIRD.address)])
        self.assertEqual([row["role"] for row in self.table("anchors") if row["transaction"] == sent], ["keys"])

    def test_a_second_log_by_the_new_key(self):
        self.assert_found(self.act(SECOND, "0x" + "cd" * 32), "unknown-anchor", SECOND.address)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
