"""Registry calls through the lane of the anchors: keys that come and go, revocation, and what `hallmark verify` says
then. The real programs on a real chain, killed in between."""
import hashlib
import json

import hm
from keycase import ADDED, FIRST, REMOVED, REVOKED, SECOND, KeyCase


class CallTest(KeyCase):
    def test_authorize_and_deauthorize(self):
        daemon = self.world()
        daemon.start()
        self.issue("before")
        self.assertIn("Recorded", daemon.ctl_ok("key", "authorize", SECOND.address))
        self.assertIn("already", daemon.ctl("key", "authorize", SECOND.address).stderr)
        self.assertEqual(self.settled()["inForce"], [FIRST.address, SECOND.address])
        self.assertEqual(self.events(ADDED), [(FIRST.address, SECOND.address)])
        self.assertEqual(self.issuers(), [FIRST.address, SECOND.address])
        self.issue("between")
        self.assertEqual(self.annexes(), [{"version": 1, "keys": [{"add": SECOND.address}]}])
        again = daemon.ctl("key", "authorize", SECOND.address)
        self.assertEqual(again.returncode, 1)
        self.assertIn("already", again.stderr)
        daemon.ctl_ok("key", "deauthorize", SECOND.address)
        self.assertEqual(self.settled()["inForce"], [FIRST.address])
        self.assertEqual(self.events(REMOVED), [(FIRST.address, SECOND.address)])
        self.issue("after")
        self.assertEqual(self.annexes()[1:], [{"version": 1, "keys": [{"remove": SECOND.address}]}])
        self.assert_genuine("before", "between", "after")
        self.assertIn("no key of the log", daemon.ctl("key", "deauthorize", SECOND.address).stderr)
        self.assertIn("40 hexadecimal digits", daemon.ctl("key", "authorize", "0x12").stderr)
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertEqual(self.issuers(), [FIRST.address])

    def test_revoke_by_hash_id_and_proof(self):
        daemon = self.world()
        daemon.start()
        by_hash, _, forgotten, _ = (self.issue(name) for name in ("by hash", "by proof", "by id", "kept"))
        revoke_id = json.loads(daemon.ctl_ok("--json", "forget", forgotten))["revokeId"]
        answer = json.loads(daemon.ctl_ok("--json", "revoke", by_hash))
        self.assertTrue(answer["known"])
        daemon.ctl_ok("revoke", self.folder / "by proof.txt.proof.json")
        self.assertIn("no hash that this log knows", daemon.ctl_ok("revoke", revoke_id))
        self.settled()
        self.assertEqual({issuer for issuer, _ in self.events(REVOKED)}, {FIRST.address})
        self.assertIn((FIRST.address, "0x" + answer["id"]), self.events(REVOKED))
        for name in ("by hash", "by proof", "by id"):
            code, report = self.verify(name)
            self.assertEqual((code, report["authenticity"], report["force"]), (3, "genuine", "revoked"), report)
        self.assert_genuine("kept")
        self.assertIn("was forgotten", daemon.ctl("revoke", forgotten).stderr)
        missing = daemon.ctl("revoke", self.folder / "nothing.json")
        self.assertIn("No such file", missing.stderr)

    def test_a_call_that_was_mined_in_vain_twice(self):
        """The registry does nothing for a while; once that is mended the operator resumes, and the call is made once."""
        daemon = self.world()
        daemon.start()
        target = self.issue("one")
        registry = self.chain.rpc("eth_getCode", hm.REGISTRY, "latest")
        self.chain.rpc("anvil_setCode", hm.REGISTRY, "0x00")  # it stops at once: no failure, and no event
        answer = json.loads(daemon.ctl_ok("--json", "revoke", target))
        hm.until("it says so", lambda: "reverted" in [alarm["name"] for alarm in daemon.status()["alarms"]] and
                 [call["state"] for call in self.keys()["calls"]] == ["reverted"])
        hm.until("both are final", lambda: int(self.chain.rpc("eth_getTransactionCount", FIRST.address, "finalized"), 16) == 3)
        at = self.chain.head()
        hm.until("five more blocks", lambda: self.chain.head() >= at + 5)
        self.assertEqual(int(self.chain.rpc("eth_getTransactionCount", FIRST.address, "pending"), 16), 3)  # it waits for us
        self.chain.rpc("anvil_setCode", hm.REGISTRY, registry)
        self.assertEqual(self.events(REVOKED), [])
        self.assertIn("Running", daemon.ctl_ok("resume"))
        self.settled()
        self.assertEqual(self.events(REVOKED), [(FIRST.address, "0x" + answer["id"])])
        self.assertEqual(daemon.status()["alarms"], [])
        code, report = self.verify("one")
        self.assertEqual((code, report["authenticity"], report["force"]), (3, "genuine", "revoked"), report)
        self.issue("two")
        self.assert_genuine("two")
        self.assertEqual(int(self.chain.rpc("eth_getTransactionCount", FIRST.address, "latest"), 16), 5)

    def test_a_proof_of_another_log_is_not_revoked_here(self):
        daemon = self.world()
        daemon.start()
        self.issue("mine")
        proof = json.loads((self.folder / "mine.txt.proof.json").read_text())
        genesis = bytearray.fromhex(proof["genesis"])
        genesis[22] ^= 1  # in the time of its beginning
        proof["genesis"] = genesis.hex()
        header = bytearray.fromhex(proof["batch"]["header"])
        header[4:36] = hashlib.sha256(genesis).digest()
        proof["batch"]["header"] = header.hex()
        proof["path"][-2]["right"] = hashlib.sha256(header).hexdigest()
        proof["path"][-1]["left"] = hashlib.sha256(genesis).hexdigest()  # the first batch follows R_0
        proof.update(status="sealed", anchors=[])
        (self.folder / "other.json").write_text(json.dumps(proof))
        refused = daemon.ctl("revoke", self.folder / "other.json")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("another log", refused.stderr)
        self.assertEqual(self.events(REVOKED), [])

    def test_a_log_without_registry(self):
        daemon = self.world(**{"chain.anchor_to": "self"})
        daemon.start()
        for command in (("key", "authorize", SECOND.address), ("key", "deauthorize", FIRST.address), ("key", "rotate"),
                        ("revoke", "11" * 32)):
            refused = daemon.ctl(*command)
            self.assertEqual(refused.returncode, 1, command)
            self.assertIn("anchor_to is self", refused.stderr)

    def test_killed_at_every_step_of_a_call(self):
        daemon = self.world()
        daemon.start()
        target = self.issue("revoked")
        self.assertEqual(daemon.stop(), 0)
        fault = "assigned"
        daemon.start(fault=fault)
        daemon.ctl("revoke", target)
        daemon.died()
        for fault in ("signed", "sent", "mined", "final"):
            daemon.start(fault=fault)
            daemon.died()
        daemon.start()
        self.settled()
        self.assertEqual(len(self.events(REVOKED)), 1)
        self.assertEqual(self.verify("revoked")[0], 3)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"), hm.program("hallmark-signer"),
            needs_faults=True)
