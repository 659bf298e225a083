"""A store is lost, or put back from a backup, in a log whose key was changed: what went on before the change counts as
what came after it, and a key that was removed anchors nothing more. The real programs on a real chain."""
import hashlib
import json
import shutil

import ethkey
import hm
import section2 as s2
from keycase import FIRST, SECOND, KeyCase


class KeyRecoveryTest(KeyCase):
    def setUp(self):
        super().setUp()
        self.world()
        self.store = self.daemon.folder / "store"
        self.next = self.daemon.folder / "key.json.next"
        hm.write_private(self.next, ethkey.key_file(SECOND))
        self.daemon.start()

    def rotate(self):
        self.daemon.ctl_ok("key", "rotate")
        self.settled()
        hm.until("the annex tells of it", lambda: any({"remove": FIRST.address} in annex.get("keys", []) for annex in self.annexes()))
        hm.until("all is final", lambda: all(row["status"] == "final" for row in self.daemon.client.get("/v1/batches").json()["batches"]))

    def lose(self):
        self.genesis = self.daemon.client.get("/v1/log").json()["genesis"]
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.store)

    def second_key_in_place(self):
        self.next.rename(self.daemon.folder / "key.json")

    def values(self):
        """Of both keys: the first one stopped before the second one began."""
        return [bytes.fromhex(a.value) for key in (FIRST, SECOND) for a in self.chain.anchored(key.address)]

    def found(self):
        result = hm.run_program("hallmark", "audit", "--json", "--node", f"http://{self.daemon.http}", "--rpc", self.chain.url)
        return sorted(json.loads(line)["name"] for line in result.stdout.splitlines()[:-1])

    def goes_on(self, known, unknown):
        """By the second key, behind a gap: so many values on the chain are known to the store, so many are not."""
        values = self.values()
        self.assertEqual(len(values), known + unknown)
        self.daemon.start()
        number = s2.number_after_recovery(known, len(values))
        hm.until("the gap is declared", lambda: self.daemon.client.get(f"/v1/batches/{number}").status == 200)
        gap = s2.read_annex(self.daemon.client.get(f"/v1/batches/{number}/annex").body).gap
        self.assertEqual((gap.unknown_count, gap.unknown_hash), (unknown, s2.values_hash(values[known:])))
        self.assertEqual(gap.orphan_count, 0)
        self.assertEqual(self.daemon.client.get(f"/v1/batches/{number}").json()["previous"], values[-1].hex())
        self.issue("after")
        self.assertEqual(self.issuers(), [SECOND.address])
        self.assertEqual(self.keys()["sender"], SECOND.address)
        self.assert_genuine("one", "after")
        self.assertEqual(self.found(), ["gap-with-loss"])

    def test_a_backup_of_before_the_change_and_the_new_key(self):
        self.issue("one")
        self.daemon.ctl_ok("backup", self.folder / "backup")
        self.rotate()
        self.issue("lost")
        self.lose()
        self.second_key_in_place()
        self.daemon.ctl_ok("restore", self.folder / "backup")
        self.goes_on(1, len(self.values()) - 1)

    def test_a_backup_of_after_the_change(self):
        self.issue("one")
        self.rotate()
        known = len(self.values())
        self.daemon.ctl_ok("backup", self.folder / "backup")
        self.issue("lost")
        self.lose()
        self.second_key_in_place()
        self.daemon.ctl_ok("restore", self.folder / "backup")
        self.goes_on(known, 1)

    def test_no_backup_at_all(self):
        self.issue("one")
        self.rotate()
        self.lose()
        self.second_key_in_place()
        self.daemon.ctl_ok("restore", "--from-chain", self.genesis)
        self.goes_on(0, len(self.values()))

    def test_a_backup_that_lacks_nothing(self):
        self.issue("one")
        self.rotate()
        self.daemon.ctl_ok("backup", self.folder / "backup")
        self.lose()
        self.second_key_in_place()
        self.daemon.ctl_ok("restore", self.folder / "backup")
        self.daemon.start()
        self.issue("after")
        self.assert_genuine("one", "after")
        self.assertEqual(self.found(), [])

    def stands_still(self):
        """The first key was removed: nothing is sealed or sent by it, and what is accepted waits."""
        sent = len(self.chain.anchored(FIRST.address))
        head = self.daemon.client.get("/v1/log").json()["head"]
        alarm = hm.until("it says so", lambda: [a for a in self.daemon.status()["alarms"] if a["name"] == "key-gone"])[0]
        self.assertIn("hallmarkctl restore", alarm["remedy"])
        late = hashlib.sha256(b"late").hexdigest()
        self.assertEqual(self.daemon.client.submit(late, "bytes").status, 202)
        self.daemon.ctl_ok("flush")
        at = self.chain.head()
        hm.until("five more blocks", lambda: self.chain.head() >= at + 5)
        self.assertEqual(self.daemon.client.get(f"/v1/hashes/{late}").json()["status"], "accepted")
        self.assertEqual(self.daemon.client.get("/v1/log").json()["head"], head)
        self.assertEqual(len(self.chain.anchored(FIRST.address)), sent)
        self.assertIn('hallmark_alarm_urgent{name="key-gone"} 1', self.daemon.client.get("/metrics").body.decode())

    def test_a_store_of_before_the_change_and_the_old_key(self):
        """A copy of the files, put back; then the operator does what the alarm says."""
        self.issue("one")
        self.daemon.ctl_ok("backup", self.folder / "backup")
        self.assertEqual(self.daemon.stop(), 0)
        shutil.copytree(self.store, self.folder / "copy")
        self.daemon.start()
        self.rotate()
        self.issue("lost")
        self.lose()
        shutil.copytree(self.folder / "copy", self.store)
        self.next.rename(self.folder / "kept.json")
        self.daemon.start()
        self.stands_still()
        self.assertEqual(self.daemon.stop(), 0)
        shutil.rmtree(self.store)
        (self.folder / "kept.json").rename(self.daemon.folder / "key.json")
        self.daemon.ctl_ok("restore", self.folder / "backup")
        self.goes_on(1, len(self.values()) - 1)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark"))
