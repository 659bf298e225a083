"""A forgotten hash is gone: 410 until the compaction, then 404, and not one byte of hash or salt in store or mirror."""
import hashlib
import json
import shutil
import signal

import hm
import proven


def targets_of(name, n):
    return [hashlib.sha256(f"{name} {i}".encode()).hexdigest() for i in range(n)]


def holders(folder, needle):
    """The files under a folder that hold these bytes anywhere, free pages of the database included."""
    return [file.name for file in folder.rglob("*") if file.is_file() and needle in file.read_bytes()]


def forms(*secrets):
    """What is looked for: the bytes, as they are and as text."""
    return [form for secret in secrets for form in (secret, secret.hex().encode(), secret.hex().upper().encode())]


class ForgetTest(hm.Case):
    def world(self, **settings):
        self.chain, self.daemon = hm.world(self)
        self.mirror = self.daemon.folder / "mirror"
        self.store = self.daemon.folder / "store"
        self.daemon.configure(store__mirror=self.mirror, **settings)
        return self.daemon

    def seal(self, targets):
        self.assertEqual(self.daemon.client.submit_many(targets).status, 202)
        self.daemon.ctl_ok("flush")
        self.daemon.wait_final(*targets)

    def salt_of(self, target):
        return bytes.fromhex(self.daemon.client.get(f"/v1/proofs/{target}").json()["path"][0]["right"])

    def status_of(self, target):
        return [self.daemon.client.get(f"/v1/{what}/{target}").status for what in ("hashes", "proofs")]

    def forget(self, target):
        return json.loads(self.daemon.ctl_ok("--json", "forget", target))

    def assert_erased(self, target, salt):
        for needle in (bytes.fromhex(target), salt, target.encode()):
            self.assertEqual(holders(self.store, needle) + holders(self.mirror, needle), [])

    def test_forget_and_compact_while_serving(self):
        daemon = self.world()
        daemon.start()
        first, second = targets_of("first", 40), targets_of("second", 5)
        self.seal(first)
        self.seal(second)
        gone = first[7]
        salt = self.salt_of(gone)
        self.assertIn("data.mdb", holders(self.store, salt))
        self.assertEqual(len(holders(self.mirror, bytes.fromhex(gone))), 1)
        said = self.forget(gone)
        self.assertEqual((said["sequence"], said["batch"], said["complete"]), (8, 1, False))
        self.assertEqual(said["revokeId"],
                         hashlib.sha256(b"hallmark revoke 1\n" + bytes.fromhex(gone) + salt).hexdigest())
        self.assertEqual(said["leaf"], hashlib.sha256(bytes.fromhex(gone) + salt).hexdigest())
        self.assertEqual(self.status_of(gone), [410, 410])
        again = daemon.ctl("forget", gone)
        self.assertEqual(again.returncode, 1)
        self.assertIn("was forgotten", again.stderr)
        self.assertEqual(daemon.status()["store"]["toErase"], 1)
        self.assertIn("1 not yet erased", daemon.ctl_ok("status"))
        compacted = json.loads(daemon.ctl_ok("--json", "compact"))
        self.assertEqual((compacted["ok"], compacted["erased"], compacted["mirrorFiles"]), (True, 1, 1))
        self.assertEqual(self.status_of(gone), [404, 404])
        store = daemon.status()["store"]
        self.assertEqual((store["toErase"], store["forgotten"]), (0, 1))
        self.assert_erased(gone, salt)
        others = [t for t in first + second if t != gone]
        proven.all_proven(daemon, self.chain, others)
        third = targets_of("third", 3)  # it goes on
        self.seal(third)
        proven.all_proven(daemon, self.chain, third)
        self.assertEqual(daemon.client.submit(gone).status, 202)  # accepted anew, as another leaf
        self.assertEqual(daemon.stop(), 0)

    def test_backups_before_and_after(self):
        """A backup made after the compaction holds nothing of it. One made before does: who restores it forgets again."""
        daemon = self.world()
        daemon.start()
        targets = targets_of("backed up", 30)
        self.seal(targets)
        gone, others = targets[4], targets[:4] + targets[5:]
        salt = self.salt_of(gone)
        before, after = daemon.folder / "before", daemon.folder / "after"
        daemon.ctl_ok("backup", before)
        said = self.forget(gone)
        daemon.ctl_ok("compact")
        daemon.ctl_ok("backup", after)
        for needle in forms(bytes.fromhex(gone), salt):
            for folder in (self.store, self.mirror, after):
                self.assertEqual(holders(folder, needle), [], folder)
        self.assertEqual(holders(before, salt), ["data.mdb"])
        self.assertEqual(len(holders(after, bytes.fromhex(said["revokeId"]))), 1)
        self.assertEqual(daemon.stop(), 0)
        for backup in (after, before):
            shutil.rmtree(self.store)
            daemon.ctl_ok("restore", backup)
            daemon.start()
            proven.all_proven(daemon, self.chain, others)
            self.assertEqual(self.status_of(gone), [404, 404] if backup == after else [200, 200])
            if backup == before:
                self.assertEqual(self.forget(gone)["revokeId"], said["revokeId"])
                daemon.ctl_ok("compact")
            for needle in forms(bytes.fromhex(gone), salt):
                self.assertEqual(holders(self.store, needle) + holders(self.mirror, needle), [])
            self.assertEqual(json.loads(daemon.ctl_ok("--json", "fsck", "--deep"))["counts"], {})
            proven.all_proven(daemon, self.chain, others)
            self.assertEqual(daemon.stop(), 0)

    def test_restored_from_the_mirror(self):
        """The mirror of a log with forgotten hashes rebuilds it: places, leaves and revoke ids stay."""
        daemon = self.world()
        daemon.start()
        targets = targets_of("kept", 6)
        self.seal(targets)
        salts = {t: self.salt_of(t) for t in targets[1:3]}
        kept = [self.forget(t) for t in salts]
        daemon.ctl_ok("compact")
        self.assertEqual(daemon.stop(), 0)
        shutil.rmtree(self.store)
        self.assertIn("Restored 1 batches with 6 hashes", daemon.ctl_ok("restore", self.mirror))
        daemon.start()
        left = [t for t in targets if t not in salts]
        daemon.wait_final(*left)
        proven.all_proven(daemon, self.chain, left)
        for target, salt in salts.items():
            self.assertEqual(self.status_of(target), [404, 404])
            self.assert_erased(target, salt)
        self.assertEqual(daemon.status()["store"]["forgotten"], 2)
        leaves = daemon.client.get("/v1/batches/1/leaves").body
        self.assertEqual([leaves[32 * i:32 * i + 32].hex() for i in (1, 2)], [k["leaf"] for k in kept])

    def test_before_it_is_sealed(self):
        daemon = self.world(batch__max_age="1h")
        daemon.start()
        targets = targets_of("waiting", 4)
        self.assertEqual(daemon.client.submit_many(targets).status, 202)
        self.assertIsNone(self.forget(targets[0])["batch"])
        self.assertEqual(self.status_of(targets[0]), [410, 410])
        daemon.ctl_ok("compact")
        self.assertEqual(self.status_of(targets[0]), [404, 404])
        daemon.ctl_ok("flush")
        daemon.wait_final(*targets[1:])
        proven.all_proven(daemon, self.chain, targets[1:])
        self.assertEqual(daemon.client.get("/v1/batches/1").json()["leafCount"], 4)
        self.assert_erased(targets[0], b"no salt was ever seen")

    def test_compact_without_a_daemon(self):
        daemon = self.world()
        nothing = daemon.ctl("compact")
        self.assertEqual(nothing.returncode, 1)
        self.assertIn("data.mdb", nothing.stderr)
        daemon.start()
        targets = targets_of("offline", 3)
        self.seal(targets)
        salt = self.salt_of(targets[0])
        self.forget(targets[0])
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("Erasures completed: 1", daemon.ctl_ok("compact"))
        self.assert_erased(targets[0], salt)
        daemon.start()
        self.assertEqual(self.status_of(targets[0]), [404, 404])
        proven.all_proven(daemon, self.chain, targets[1:])

    def test_refusals(self):
        daemon = self.world()
        daemon.start()
        unknown = daemon.ctl("forget", "00" * 32)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("never accepted", unknown.stderr)
        self.assertEqual(daemon.ctl("forget", "XYZ").returncode, 1)
        self.assertEqual(daemon.ctl("forget").returncode, 64)
        self.assertIn("Erasures completed: 0", daemon.ctl_ok("compact"))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(daemon.ctl("forget", "00" * 32).returncode, 69)

    def test_killed_on_the_way(self):
        """Killed after each step, the next start serves, and one more compaction completes it."""
        if not hm.has_faults():
            self.skipTest("this build has no crash points (HALLMARK_FAULTS)")
        daemon = self.world()
        daemon.start()
        for i, point in enumerate(("forgotten", "compact-scrubbed", "compact-copied", "compacted")):
            with self.subTest(point):
                targets = targets_of(point, 3)
                self.seal(targets)
                salt = self.salt_of(targets[0])
                self.assertEqual(daemon.stop(), 0)
                daemon.start(fault=point)
                if point == "forgotten":
                    self.assertNotEqual(daemon.ctl("forget", targets[0]).returncode, 0)
                else:
                    self.forget(targets[0])
                    self.assertNotEqual(daemon.ctl("compact").returncode, 0)
                daemon.died()
                daemon.start()
                self.assertIn(self.status_of(targets[0]), ([410, 410], [404, 404]))
                daemon.ctl_ok("compact")
                self.assertEqual(daemon.status()["store"]["toErase"], 0)
                self.assertEqual(daemon.status()["store"]["forgotten"], i + 1)
                self.assertEqual(self.status_of(targets[0]), [404, 404])
                self.assert_erased(targets[0], salt)
                proven.all_proven(daemon, self.chain, targets[1:])

    def test_killed_while_the_mirror_was_written(self):
        """What a killed writer left behind in the mirror, a temporary file, goes too."""
        daemon = self.world()
        daemon.start()
        targets = targets_of("left behind", 4)
        self.seal(targets)
        salt = self.salt_of(targets[2])
        self.assertEqual(daemon.stop(), 0)
        file = next(self.mirror.glob("*.batch"))
        shutil.copy(file, self.mirror / f".{2:020}.batch.tmp")
        daemon.start()
        self.forget(targets[2])
        daemon.ctl_ok("compact")
        self.assert_erased(targets[2], salt)
        self.assertEqual(holders(self.mirror, bytes.fromhex(targets[1])), [file.name])  # the others are still there
        data = file.read_bytes()
        self.assertEqual(hashlib.sha256(data[:-32]).digest(), data[-32:])

    def test_under_load(self):
        """Compaction loses nothing and refuses no write: what comes meanwhile waits."""
        daemon = self.world()
        daemon.start()
        first = targets_of("before", 2000)
        self.seal(first)
        self.forget(first[0])
        compactor = self.own(hm.Process([hm.program("hallmarkctl"), "-c", daemon.conf, "compact"]))
        accepted = []
        while not accepted or compactor.popen.poll() is None:
            target = hashlib.sha256(f"meanwhile {len(accepted)}".encode()).hexdigest()
            self.assertEqual(daemon.client.submit(target).status, 202)
            accepted.append(target)
        self.assertEqual(compactor.wait(), 0, compactor.text())
        metrics = dict(line.split() for line in daemon.client.get("/metrics").body.decode().splitlines() if line[0] != "#")
        self.assertEqual(metrics["hallmark_compactions_total"], "1")
        writes, reads = (float(metrics[f"hallmark_compaction_{what}_held_seconds"]) for what in ("writes", "reads"))
        self.assertTrue(0 < reads < writes < hm.DEADLINE, f"reads {reads}, writes {writes}")
        daemon.ctl_ok("flush")
        daemon.wait_final(*accepted)
        proven.all_proven(daemon, self.chain, accepted[-20:] + first[1:20])

    def test_stopped_meanwhile(self):
        daemon = self.world()
        daemon.start()
        targets = targets_of("stop", 3)
        self.seal(targets)
        self.forget(targets[0])
        compactor = self.own(hm.Process([hm.program("hallmarkctl"), "-c", daemon.conf, "compact"]))
        daemon.process.wait_line("event=compact ")
        daemon.process.signal(signal.SIGTERM)
        self.assertEqual(daemon.process.wait(), 0)
        self.assertIn(compactor.wait(), (0, 1))
        daemon.start()
        daemon.ctl_ok("compact")
        self.assertEqual(daemon.status()["store"]["toErase"], 0)
        self.assertEqual(self.status_of(targets[0]), [404, 404])


if __name__ == "__main__":
    hm.main()
