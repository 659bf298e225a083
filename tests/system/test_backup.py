"""hallmarkctl backup and restore: hot, complete, verified before it goes live; cut short anywhere, nothing is lost."""
import hashlib
import json
import os
import shutil
import signal

import hm
import proven


def targets_of(name, n):
    return [hashlib.sha256(f"{name} {i}".encode()).hexdigest() for i in range(n)]


class BackupTest(hm.Case):
    def world(self, **settings):
        self.chain, self.daemon = hm.world(self)
        self.daemon.configure(**settings)
        self.store = self.daemon.folder / "store"
        self.copy = self.daemon.folder / "backup"
        return self.daemon

    def seal(self, targets):
        self.assertEqual(self.daemon.client.submit_many(targets).status, 202)
        self.daemon.ctl_ok("flush")
        self.daemon.wait_final(*targets)

    def lose(self):
        shutil.rmtree(self.store)

    def killed(self, point, *arguments):
        process = self.own(hm.Process([hm.program("hallmarkctl"), "-c", self.daemon.conf, *arguments],
                                      env=os.environ | {"HALLMARK_FAULT": point}))
        self.assertEqual(process.wait(), -signal.SIGKILL, process.text())

    def test_backup_of_a_live_store(self):
        daemon = self.world(batch__max_age="1h")
        daemon.start()
        sealed, waiting = targets_of("sealed", 500), targets_of("waiting", 20)
        self.seal(sealed)
        self.assertEqual(daemon.client.submit_many(waiting).status, 202)
        self.assertIn("520 hashes, 1 batches, the newest is 1", daemon.ctl_ok("backup", self.copy))
        manifest = json.loads((self.copy / "manifest.json").read_text())
        log = daemon.client.get("/v1/log").json()
        self.assertEqual({key: manifest[key] for key in ("type", "version", "log", "genesis", "head", "anchored", "hashes")},
                         {"type": "HallmarkBackup", "version": 1, "log": hm.LOG_NAME, "genesis": log["genesis"],
                          "head": 1, "anchored": log["anchored"], "hashes": 520})
        files = {file["path"]: file for file in manifest["files"]}
        self.assertEqual(sorted(files), ["log/data.mdb", "tree/data.mdb"])
        found = sorted(str(f.relative_to(self.copy)) for f in self.copy.rglob("*") if f.is_file())
        self.assertEqual(found, ["log/data.mdb", "manifest.json", "tree/data.mdb"])
        for path, file in files.items():
            data = (self.copy / path).read_bytes()
            self.assertEqual((len(data), hashlib.sha256(data).hexdigest()), (file["size"], file["sha256"]))
        again = daemon.ctl("backup", self.copy)
        self.assertEqual(again.returncode, 1)
        self.assertIn("holds a backup already", again.stderr)
        self.assertEqual(daemon.stop(), 0)
        self.lose()
        self.assertIn("Restored 1 batches with 520 hashes", daemon.ctl_ok("restore", self.copy))
        daemon.start()
        proven.all_proven(daemon, self.chain, sealed)
        self.assertEqual(daemon.client.get(f"/v1/hashes/{waiting[0]}").json()["status"], "accepted")
        daemon.ctl_ok("flush")  # and it goes on
        daemon.wait_final(*waiting)
        proven.all_proven(daemon, self.chain, sealed + waiting)

    def test_the_key_only_when_asked_for(self):
        daemon = self.world()
        daemon.start()
        text, _ = hm.key()
        self.assertIn("does not hold the key", daemon.ctl_ok("backup", self.copy))
        self.assertFalse((self.copy / "key.json").exists())
        with_key = daemon.folder / "with-key"
        self.assertIn("encrypted with its passphrase", daemon.ctl_ok("backup", "--with-key", with_key))
        self.assertEqual((with_key / "key.json").read_text(), text)
        self.assertEqual((with_key / "key.json").stat().st_mode & 0o777, 0o600)
        passphrase = hm.PASSPHRASE.strip().encode()
        self.assertFalse([f for f in with_key.rglob("*") if f.is_file() and passphrase in f.read_bytes()])
        (daemon.folder / "key.json").write_text("11" * 32)
        plain = daemon.ctl("backup", "--with-key", daemon.folder / "plain")
        self.assertEqual(plain.returncode, 1)
        self.assertIn("not an encrypted key file", plain.stderr)
        self.assertFalse((daemon.folder / "plain" / "key.json").exists())

    def test_damaged_backups_never_go_live(self):
        daemon = self.world()
        daemon.start()
        self.seal(targets_of("whole", 100))
        root = bytes.fromhex(daemon.client.get("/v1/batches/1").json()["root"])
        daemon.ctl_ok("backup", self.copy)
        self.assertEqual(daemon.stop(), 0)
        occupied = daemon.ctl("restore", self.copy)
        self.assertEqual(occupied.returncode, 1)
        self.assertIn("holds a log already", occupied.stderr)
        self.lose()
        log, manifest = self.copy / "log/data.mdb", self.copy / "manifest.json"
        good, words = log.read_bytes(), manifest.read_text()
        altered = bytearray(good)
        altered[altered.rindex(root)] ^= 1
        summed = words.replace(hashlib.sha256(good).hexdigest(), hashlib.sha256(altered).hexdigest())
        for data, text, reason in ((bytes(altered), words, "not what the manifest says"),
                                   (good[:-4096], words, "not what the manifest says"),
                                   (bytes(altered), summed, "FS-"),  # altered with care: everything is computed anew
                                   (good, words.replace('"head": 1', '"head": 2'), "not the one of its manifest"),
                                   (good, words.replace('"version": 1', '"version": 2'), "use a newer one"),
                                   (good, "{}", "not the manifest"),
                                   (good, None, "cut short")):
            with self.subTest(reason):
                log.write_bytes(data)
                manifest.unlink(missing_ok=True)
                if text is not None:
                    manifest.write_text(text)
                refused = daemon.ctl("restore", self.copy)
                self.assertEqual(refused.returncode, 1, refused.stdout)
                self.assertIn(reason, refused.stderr)
                self.assertFalse((self.store / "log").exists())
        manifest.write_text(words)
        daemon.ctl_ok("restore", self.copy)
        self.assertEqual(daemon.ctl("fsck", "--deep").returncode, 0)

    def test_cut_short(self):
        """A backup or a restore that was killed is never taken for a whole one, and the next one works."""
        if not hm.has_faults():
            self.skipTest("this build has no crash points (HALLMARK_FAULTS)")
        daemon = self.world()
        daemon.start()
        targets = targets_of("killed", 50)
        self.seal(targets)
        self.killed("backup-copied", "backup", self.copy)
        self.assertTrue((self.copy / "log/data.mdb").exists())
        unfinished = daemon.folder / "unfinished"
        shutil.copytree(self.copy, unfinished)
        daemon.ctl_ok("backup", self.copy)
        self.assertEqual(daemon.stop(), 0)
        self.lose()
        self.assertIn("cut short", daemon.ctl("restore", unfinished).stderr)
        self.killed("restore-copied", "restore", self.copy)
        process = daemon.launch()  # no daemon begins a new log over it
        self.assertNotEqual(process.wait(), 0)
        self.assertIn("a restore that was cut short", process.text())
        daemon.ctl_ok("restore", self.copy)
        daemon.start()
        proven.all_proven(daemon, self.chain, targets)

    def test_a_mirror_that_is_ahead(self):
        daemon = self.world()
        daemon.configure(store__mirror=daemon.folder / "mirror")
        daemon.start()
        first, second = targets_of("first", 3), targets_of("second", 3)
        self.seal(first)
        daemon.ctl_ok("backup", self.copy)
        self.seal(second)
        self.assertEqual(daemon.stop(), 0)
        self.lose()
        refused = daemon.ctl("restore", self.copy)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("restore from the mirror", refused.stderr)
        daemon.ctl_ok("restore", daemon.folder / "mirror")
        daemon.start()
        daemon.wait_final(*first, *second)
        proven.all_proven(daemon, self.chain, first + second)

    def test_older_than_the_chain(self):
        """Batches were sealed after the backup: the daemon sees it on the chain before it seals, and declares the gap."""
        daemon = self.world()
        daemon.start()
        first, second = targets_of("before", 3), targets_of("after", 3)
        self.seal(first)
        daemon.ctl_ok("backup", self.copy)
        self.seal(second)
        sent = len(self.chain.anchored(daemon.address))
        self.assertEqual(daemon.stop(), 0)
        self.lose()
        daemon.ctl_ok("restore", self.copy)
        daemon.start()
        hm.until("the gap is declared", lambda: daemon.status()["head"] >> 32)
        values = [anchor.value for anchor in self.chain.anchored(daemon.address)]
        self.assertGreaterEqual(len(values), sent)
        self.assertEqual(len(set(values)), len(values))  # nothing is anchored twice
        self.assertEqual(daemon.client.get(f"/v1/proofs/{first[0]}").status, 200)


if __name__ == "__main__":
    hm.main()
