"""The key in use changes, or goes for good: every stage of it, killed in between, and what `hallmark verify` says of
anchors by the old key, the new one, and the one that was removed. The real programs on a real chain."""
import datetime
import hashlib
import json
import shutil

import ethkey
import hm
import proven
from keycase import ADDED, FIRST, REMOVED, SECOND, KeyCase
from signerhost import SignerHost


class RotateTest(KeyCase):
    def assert_rotated(self, new):
        self.assertEqual(self.settled()["inForce"], [new])
        self.assertEqual(self.keys()["sender"], new)
        self.assertEqual(self.issuers(), [new])
        self.assertEqual(self.events(ADDED), [(FIRST.address, new)])
        self.assertEqual(self.events(REMOVED), [(new, FIRST.address)])
        self.assertTrue(self.chain.anchored(new))

    def test_a_key_file(self):
        daemon = self.world()
        daemon.start()
        self.issue("old")
        answer = daemon.ctl_ok("key", "rotate")
        self.assertIn("Made a new key", answer)
        new = json.loads((daemon.folder / "key.json.next").read_text())["address"]
        new = "0x" + new.removeprefix("0x")
        self.assertIn(new, answer)
        busy = daemon.ctl("key", "rotate")
        self.assertRegex(busy.stderr, "under way|is being stored")
        hm.until("the new key sends", lambda: self.keys()["sender"] == new)
        hm.until("it has no money", lambda: "funds" in [a["name"] for a in daemon.status()["alarms"]])
        self.chain.fund(new)
        self.settled()
        self.assert_rotated(new)
        daemon.address = new
        self.issue("new")
        self.assertEqual(sum((annex["keys"] for annex in self.annexes()), []), [{"add": new}, {"remove": FIRST.address}])
        self.assert_genuine("old", "new")
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.issue("after a restart")
        self.assert_genuine("old", "after a restart")
        self.assertEqual(daemon.stop(), 0)
        (daemon.folder / "key.json.next").rename(daemon.folder / "key.json")
        daemon.start()
        self.issue("the file in its place")
        self.assert_genuine("the file in its place")

    def rotate_through(self, *faults):
        """To the second key, killed at each of these points in turn."""
        daemon = self.world()
        (daemon.folder / "key.json.next").touch(mode=0o600)
        (daemon.folder / "key.json.next").write_text(ethkey.key_file(SECOND))
        daemon.start()
        self.issue("old")
        self.assertEqual(daemon.stop(), 0)
        daemon.start(fault=faults[0])
        daemon.ctl("key", "rotate")
        daemon.died()
        for fault in faults[1:]:
            daemon.start(fault=fault)
            daemon.died()
        daemon.start()
        self.settled()
        self.assert_rotated(SECOND.address)
        self.issue("new")
        self.assert_genuine("old", "new")
        values = [a.value for key in (FIRST, SECOND) for a in self.chain.anchored(key.address)]
        self.assertEqual(len(values), len(set(values)))

    def test_killed_at_every_stage(self):
        self.rotate_through("rotation-authorize", "rotation-drain", "rotation-prove", "rotation-remove")

    def test_killed_within_stages(self):
        self.rotate_through("sent", "rotation-prove", "sealed", "signed", "final")

    def test_hallmark_signer_with_two_keys(self):
        daemon = self.world()
        host = SignerHost(self, FIRST, SECOND)
        host.start()
        daemon.configure(key__file=None, key__passphrase_file=None, key__signer=host.socket, key__address=FIRST.address)
        daemon.start()
        self.issue("old")
        daemon.ctl_ok("key", "rotate")
        self.settled()
        self.assert_rotated(SECOND.address)
        self.issue("new")
        self.assert_genuine("old", "new")
        host.process.wait_line(f"event=signed key={FIRST.address} .*what=authorize")
        host.process.wait_line(f"event=signed key={SECOND.address} .*what=deauthorize")
        self.assertIn("no key but the one in use", self.refusal_without_second(host))

    def refusal_without_second(self, host):
        self.assertEqual(host.stop(), 0)
        host.configure(key__file=host.folder / "key1.json")
        host.start()
        return self.daemon.ctl("key", "rotate").stderr

    def test_a_store_lost_after_a_rotation(self):
        """The annexes in the mirror say which key is left."""
        daemon = self.world()
        mirror = daemon.folder / "mirror"
        daemon.configure(store__mirror=mirror)
        (daemon.folder / "key.json.next").touch(mode=0o600)
        (daemon.folder / "key.json.next").write_text(ethkey.key_file(SECOND))
        daemon.start()
        old = self.issue("old")
        daemon.ctl_ok("key", "rotate")
        self.settled()
        hm.until("the annex tells it", lambda: len(self.annexes()) == 2)
        daemon.wait_final(old)
        hm.until("all is final", lambda: {row["status"] for row in proven.batch_rows(daemon.client)} == {"final"})
        self.assertEqual(daemon.stop(), 0)
        shutil.rmtree(daemon.folder / "store")
        daemon.ctl_ok("restore", mirror)
        (daemon.folder / "key.json.next").rename(daemon.folder / "key.json")
        daemon.start()
        self.assertEqual(self.issuers(), [SECOND.address])
        self.assertEqual(self.keys()["sender"], SECOND.address)
        self.issue("after the loss")
        self.assert_genuine("after the loss")

    def test_the_key_in_use_is_taken_out(self):
        """What waits is sealed and final first; then the log is closed, and says so."""
        daemon = self.world(**{"batch.max_age": "1h"})
        daemon.start()
        path = self.folder / "last.txt"
        path.write_text("last")
        target = hashlib.sha256(b"last").hexdigest()
        self.assertEqual(daemon.client.submit(target).status, 202)
        daemon.ctl_ok("key", "deauthorize", FIRST.address)
        hm.until("closed", lambda: self.keys()["change"] == "closed")
        self.fetch("last", target)
        self.assertEqual(self.issuers(), [])
        self.assertEqual(self.events(REMOVED), [(FIRST.address, FIRST.address)])
        self.assert_genuine("last")
        self.assertIn("the key in use was removed", daemon.client.get("/readyz").body.decode())
        self.assertIn("nothing is anchored any more", daemon.ctl("key", "rotate").stderr)
        late = hashlib.sha256(b"late").hexdigest()
        self.assertEqual(daemon.client.submit(late).status, 202)
        daemon.ctl_ok("flush")
        sent = len(self.chain.anchored(FIRST.address))
        self.chain.mine(3)
        self.assertEqual(daemon.client.get(f"/v1/hashes/{late}").json()["status"], "accepted")
        self.assertEqual(len(self.chain.anchored(FIRST.address)), sent)

    def test_what_the_removed_key_signs_does_not_count(self):
        """The old key anchors the next value by itself: no proof by it is genuine."""
        daemon = self.world()
        (daemon.folder / "key.json.next").touch(mode=0o600)
        (daemon.folder / "key.json.next").write_text(ethkey.key_file(SECOND))
        daemon.start()
        self.issue("old")
        daemon.ctl_ok("key", "rotate")
        self.settled()
        self.issue("new")
        path = self.folder / "new.txt.proof.json"
        proof = json.loads(path.read_text())
        nonce = int(self.chain.rpc("eth_getTransactionCount", FIRST.address, "latest"), 16)
        raw = FIRST.transaction(nonce, hm.REGISTRY, "0x" + proof["anchors"][0]["merkleRoot"])
        tx = self.chain.rpc("eth_sendRawTransaction", raw)
        receipt = hm.until("mined", lambda: self.chain.rpc("eth_getTransactionReceipt", tx))
        number = int(receipt["blockNumber"], 16)
        hm.until("final", lambda: int(self.chain.rpc("eth_getBlockByNumber", "finalized", False)["number"], 16) >= number)
        block = self.chain.rpc("eth_getBlockByNumber", receipt["blockNumber"], False)
        anchor = proof["anchors"][0]
        anchor.pop("evidence", None)
        anchor.pop("proofValue", None)
        anchor.update({"from": FIRST.address, "transactionHash": tx, "blockNumber": number, "blockHash": block["hash"],
                       "blockTime": datetime.datetime.fromtimestamp(int(block["timestamp"], 16), datetime.timezone.utc)
                       .strftime("%Y-%m-%dT%H:%M:%SZ")})
        proof["anchors"] = [anchor]
        path.write_text(json.dumps(proof))
        code, report = self.verify("new")
        self.assertEqual((code, report["authenticity"]), (1, "not-genuine"), report)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"), hm.program("hallmark-signer"),
            needs_faults=True)
