"""The store is lost, or older than the chain: the gap is declared, the log goes on, nothing is anchored twice."""
import hashlib
import json
import shutil
import time
from pathlib import Path

import ethkey
import hm
import proven
import section2 as s2
from test_forget import holders


def targets_of(name, n=3):
    return [hashlib.sha256(f"{name} {i}".encode()).hexdigest() for i in range(n)]


class RecoveryCase(hm.Case):
    def world(self, **settings):
        self.chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h", **settings})
        self.daemon.start()

    def seal(self, *names):
        """A batch for each name; their hashes."""
        targets = [targets_of(name) for name in names]
        for batch in targets:
            self.assertEqual(self.daemon.client.submit_many(batch).status, 202)
            self.daemon.ctl_ok("flush")
            self.daemon.ctl_ok("wait", "--timeout", hm.DEADLINE, *batch)
        return sum(targets, [])

    def log(self):
        return self.daemon.client.get("/v1/log").json()

    def values(self):
        """The own values on the chain, in order."""
        return [bytes.fromhex(anchor.value) for anchor in self.chain.anchored(self.daemon.address)]

    def gap(self, number):
        annex = self.daemon.client.get(f"/v1/batches/{number}/annex")
        self.assertEqual(annex.status, 200)
        return s2.read_annex(annex.body).gap

    def declared(self, number):
        """Wait until the batch that declares the gap is sealed."""
        hm.until(f"batch {number}", lambda: self.daemon.client.get(f"/v1/batches/{number}").status == 200)
        return self.gap(number)

    def alarms(self):
        return [alarm["name"] for alarm in self.daemon.status()["alarms"]]


class FromChainTest(RecoveryCase):
    def lose(self, source):
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.daemon.settings["store.path"])
        said = self.daemon.ctl("restore", "--from-chain", source)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.daemon.start()

    def goes_on(self, source):
        log = self.log()
        lost = self.values()
        self.lose(source)
        number = s2.number_after_recovery(0, len(lost))
        gap = self.declared(number)
        self.assertEqual((gap.last_number, gap.last_value.hex()), (0, log["r0"]))
        self.assertEqual((gap.unknown_count, gap.unknown_hash), (len(lost), s2.values_hash(lost)))
        self.assertEqual((gap.orphan_count, gap.orphan_hash), (0, s2.values_hash([])))
        self.assertEqual([self.log()[name] for name in ("genesis", "issuers")], [log["genesis"], log["issuers"]])
        after = self.seal("after", "later")
        self.daemon.wait_final(*after)
        proven.all_proven(self.daemon, self.chain, after, {number: lost})
        self.assertEqual([batch.number for batch in proven.published(self.daemon.client)], [number, number + 1, number + 2])
        self.assertEqual(self.alarms(), [])

    def test_by_the_genesis_from_events(self):
        self.world()
        self.daemon.wait_final(*self.seal("one", "two", "three"))
        self.goes_on(self.log()["genesis"])

    def test_by_an_old_proof_from_nonces(self):
        """Without a registry the anchors are found nonce by nonce."""
        self.world(**{"chain.registry": None, "chain.anchor_to": "self"})
        kept = self.seal("one", "two")
        self.daemon.wait_final(*kept)
        proof = self.folder / "old.proof.json"
        proof.write_bytes(self.daemon.client.get(f"/v1/proofs/{kept[0]}").body)
        self.goes_on(proof)

    def test_while_the_last_one_is_not_final(self):
        """Nothing is sealed before all nonces agree."""
        self.chain, self.daemon = hm.world(self, block_time=0, settings={"batch.max_age": "1h"})
        self.daemon.start()
        self.seal("one")
        hm.until("in the pool", lambda: int(self.chain.rpc("txpool_status")["pending"], 16) == 1)
        self.lose(self.log()["genesis"])
        self.daemon.client.submit_many(targets_of("after"))
        self.daemon.ctl_ok("flush")
        for step in range(3):  # pending, mined, and one block short of final
            looks = self.daemon.status()["chain"]["looks"]
            hm.until("three more looks", lambda: self.daemon.status()["chain"]["looks"] > looks + 3)
            self.assertEqual(self.daemon.client.get("/v1/batches").json()["batches"], [], step)
            self.assertIn("old-store", self.alarms())
            self.chain.mine()
        gap = self.declared(s2.number_after_recovery(0, 1))
        self.assertEqual(gap.unknown_count, 1)

    def test_nothing_was_anchored_yet(self):
        self.world()
        genesis = self.log()["genesis"]
        self.lose(genesis)
        after = self.seal("first")
        self.daemon.wait_final(*after)
        proven.all_proven(self.daemon, self.chain, after)
        self.assertEqual(self.log()["head"], 1)

    def test_started_without_a_restore(self):
        """A second log is not begun in silence: a mirror forbids it, and without one an alarm says what it may be."""
        mirror = self.folder / "mirror"
        self.world(**{"store.mirror": mirror})
        kept = self.seal("one")
        self.daemon.wait_final(*kept)
        began = int(self.log()["genesis"][30:46], 16)
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.daemon.settings["store.path"])
        hm.until("another second: one that begins in the same is the same log", lambda: time.time() >= began + 1)
        process = self.daemon.launch()
        self.assertIn("restore the store from it", process.wait_line("event=start-failed .*")[0])
        process.wait()
        shutil.rmtree(self.daemon.settings["store.path"])
        self.daemon.configure(store__mirror=None)
        self.daemon.start()
        self.assertIn("hallmarkctl restore", self.daemon.process.wait_line("event=alarm alarm=key-used-before .*")[0])
        self.daemon.wait_final(*self.seal("of another log"))
        for _ in range(2):
            self.assertIn("key-used-before", self.alarms())
            self.assertRegex(self.daemon.ctl_ok("status"), "ALARM +key-used-before: .*hallmarkctl restore")
            self.assertIn('hallmark_alarm{name="key-used-before"} 1', self.daemon.client.get("/metrics").body.decode())
            self.assertEqual(self.daemon.stop(), 0)
            self.daemon.start()  # it is not forgotten

    def test_a_key_that_sent_something_else_before(self):
        """As after deploy-registry: no anchors, no alarm."""
        self.chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h"})
        key = ethkey.Key()
        self.chain.fund(key.address)
        ethkey.install(self.daemon, key)
        self.chain.rpc("eth_sendRawTransaction", key.transaction(0, key.address, "0x"))
        hm.until("it is final", lambda: int(self.chain.rpc("eth_getTransactionCount", key.address, "finalized"), 16) == 1)
        self.daemon.start()
        self.daemon.wait_final(*self.seal("first"))
        self.assertEqual(self.alarms(), [])

    def test_refusals(self):
        self.world()
        genesis = self.log()["genesis"]
        self.assertEqual(self.daemon.stop(), 0)
        store = self.daemon.settings["store.path"]
        for source, word in ((genesis, "holds a log already"), ("00" * 103, "no genesis"), ("nowhere", "neither"),
                             (self.daemon.conf, "is no proof"), (genesis[:-2], "neither")):
            said = self.daemon.ctl("restore", "--from-chain", source)
            self.assertNotEqual(said.returncode, 0)
            self.assertIn(word, said.stderr)
        shutil.rmtree(store)
        self.daemon.configure(log__name="another.example.fr")
        self.assertIn("of another log", self.daemon.ctl("restore", "--from-chain", genesis).stderr)
        self.assertEqual(self.daemon.ctl("restore").returncode, 64)
        self.assertEqual(self.daemon.ctl("restore", "--from-chain", genesis, "folder").returncode, 64)


class OlderStoreTest(RecoveryCase):
    """A copy of the store is put back while the chain has gone on."""

    def copy(self):
        self.assertEqual(self.daemon.stop(), 0)
        shutil.copytree(self.store, self.backup)
        self.daemon.start()

    def put_back(self):
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.store)
        shutil.copytree(self.backup, self.store)

    def world(self, **settings):
        super().world(**settings)
        self.store, self.backup = Path(self.daemon.settings["store.path"]), self.folder / "backup"

    def test_the_gap_is_declared_and_orphans_are_sealed_again(self):
        """And a mirror that is named then holds all of it: the store is rebuilt over the gap too."""
        self.world()
        kept = self.seal("one", "two")
        self.daemon.wait_final(*kept)
        self.copy()
        self.daemon.wait_final(*self.seal("lost three", "lost four"))
        values = self.values()
        self.put_back()
        self.daemon.configure(chain__rpc="http://127.0.0.1:1")  # it seals before it can see the chain
        self.daemon.start()
        orphans = self.seal("branch three", "branch four")
        branch = [batch.anchored for batch in proven.published(self.daemon.client)][2:]
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.configure(chain__rpc=self.chain.url)
        self.daemon.start()
        number = s2.number_after_recovery(4, len(values))
        gap = self.declared(number)
        self.assertEqual((gap.last_number, gap.last_value), (4, branch[-1]))
        self.assertEqual((gap.unknown_count, gap.unknown_hash), (2, s2.values_hash(values[2:])))
        self.assertEqual((gap.orphan_count, gap.orphan_hash), (2, s2.values_hash(branch)))
        after = self.seal("after")
        self.daemon.wait_final(*kept, *orphans, *after)
        proofs = proven.all_proven(self.daemon, self.chain, kept + orphans + after, {number: values[2:]})
        self.assertEqual([proofs[targets[0]].header.number for targets in (orphans, orphans[3:], after)],
                         [number + 1, number + 2, number + 3])
        self.assertEqual(len(self.values()), 4 + 4)
        self.stand_unanchored(3, 4)
        self.rebuild_from_a_mirror()
        last = self.seal("last")
        self.daemon.wait_final(*last)
        proven.all_proven(self.daemon, self.chain, kept + orphans + after + last, {number: values[2:]})
        self.stand_unanchored(3, 4)
        self.forget_in_both(orphans[1])

    def forget_in_both(self, target):
        """The orphan's file in the mirror holds it as well as that of the batch it was sealed again in."""
        mirror = self.folder / "mirror"
        salt = bytes.fromhex(self.daemon.client.get(f"/v1/proofs/{target}").json()["path"][0]["right"])
        needles = [bytes.fromhex(target), salt]
        self.assertEqual([len(holders(mirror, needle)) for needle in needles], [2, 2])
        self.daemon.ctl_ok("forget", target)
        compacted = json.loads(self.daemon.ctl_ok("--json", "compact"))
        self.assertEqual((compacted["erased"], compacted["mirrorFiles"]), (1, 2))
        for needle in needles:
            self.assertEqual(holders(mirror, needle) + holders(self.store, needle), [])
        self.daemon.ctl_ok("fsck", "--deep")

    def stand_unanchored(self, *numbers):
        for number in numbers:
            row = self.daemon.client.get(f"/v1/batches/{number}").json()
            self.assertEqual((row["status"], row["anchors"]), ("sealed", []))

    def rebuild_from_a_mirror(self):
        mirror = self.folder / "mirror"
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.ctl_ok("fsck", "--deep")
        self.daemon.configure(store__mirror=mirror)
        self.daemon.start()
        self.daemon.process.wait_line("event=mirror-filled batches=8")
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.store)
        self.assertIn("Restored 8 batches with 15 hashes", self.daemon.ctl_ok("restore", mirror))
        self.daemon.start()

    def test_with_a_mirror_nothing_is_lost(self):
        """A store that is older than its mirror does not start; restored from the mirror it lacks nothing."""
        mirror = self.folder / "mirror"
        self.world(**{"store.mirror": mirror})
        kept = self.seal("one")
        self.copy()
        kept += self.seal("two")
        self.daemon.wait_final(*kept)
        self.put_back()
        process = self.daemon.launch()
        refused = process.wait_line("event=start-failed .*")[0]
        self.assertIn("code=conflict", refused)
        self.assertIn(f"hallmarkctl restore {mirror}", refused)
        process.wait()
        shutil.rmtree(self.store)
        self.daemon.ctl_ok("restore", mirror)
        self.daemon.start()
        kept += self.seal("three")
        self.daemon.wait_final(*kept)
        proven.all_proven(self.daemon, self.chain, kept)

    def test_a_store_that_is_not_older_goes_on(self):
        self.world()
        kept = self.seal("one")
        self.daemon.wait_final(*kept)
        self.copy()
        self.put_back()
        self.daemon.start()
        after = self.seal("two")
        self.daemon.wait_final(*after)
        proven.all_proven(self.daemon, self.chain, kept + after)
        self.assertEqual(json.loads(self.daemon.ctl_ok("--json", "status"))["head"], 2)


if __name__ == "__main__":
    hm.main()
