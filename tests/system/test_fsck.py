"""hallmarkctl fsck on a live store: sound while it is written to, and what was damaged is named by its code."""
import hashlib
import json
import shutil

import hm


def targets_of(name, n):
    return [hashlib.sha256(f"{name} {i}".encode()).hexdigest() for i in range(n)]


class FsckTest(hm.Case):
    def world(self, mirror=True):
        self.chain, self.daemon = hm.world(self)
        self.mirror = self.daemon.folder / "mirror"
        if mirror:
            self.daemon.configure(store__mirror=self.mirror)
        self.daemon.start()
        return self.daemon

    def seal(self, targets):
        self.assertEqual(self.daemon.client.submit_many(targets).status, 202)
        self.daemon.ctl_ok("flush")
        self.daemon.wait_final(*targets)

    def fsck(self, *options):
        done = self.daemon.ctl("--json", "fsck", *options)
        return done.returncode, json.loads(done.stdout)

    def test_sound(self):
        daemon = self.world()
        self.assertEqual(self.fsck("--deep")[0], 0)  # nothing in it yet
        for name, n in (("one", 1), ("more", 300), ("many", 3000)):
            self.seal(targets_of(name, n))
        daemon.configure(batch__max_age="1h")  # nothing moves while it is counted
        daemon.ctl_ok("reload")
        daemon.ctl_ok("forget", targets_of("more", 1)[0])
        self.assertEqual(daemon.client.submit(targets_of("waits", 1)[0]).status, 202)
        code, said = self.fsck()
        # the forgotten hash is in the mirror until the next compaction
        self.assertEqual((code, said["counts"]), (1, {"FS-604": 1}), said)
        daemon.ctl_ok("compact")
        for options in ((), ("--deep",)):
            code, said = self.fsck(*options)
            self.assertEqual((code, said["ok"], said["findings"]), (0, True, []))
            checked = said["checked"]
            self.assertGreaterEqual(checked["batches"], 3)
            self.assertEqual((checked["hashes"], checked["forgotten"]), (3302, 1))
            self.assertEqual(checked["mirrorFiles"], checked["batches"])
            self.assertEqual(checked["anchors"], checked["batches"])
        self.assertIn("Sound: 3302 hashes (1 forgotten)", daemon.ctl_ok("fsck"))
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.fsck("--deep")[0], 0)  # as well without a daemon

    def test_beside_the_writer(self):
        """It finds nothing while hashes are accepted, sealed, forgotten and anchored; everything is acknowledged."""
        daemon = self.world()
        daemon.configure(batch__max_age="100ms")
        daemon.ctl_ok("reload")
        self.seal(targets_of("first", 3000))
        checks = []
        for round_number in range(4):
            check = self.own(hm.Process([hm.program("hallmarkctl"), "-c", daemon.conf, "--json", "fsck", "--deep"]))
            n = 0
            while n == 0 or check.popen.poll() is None:
                targets = targets_of(f"round {round_number} {n}", 50)
                self.assertEqual(daemon.client.submit_many(targets).status, 202)
                n += 1
            self.assertEqual(check.wait(), 0, check.text())
            checks.append(json.loads(check.text()))
        self.assertTrue(all(check["ok"] for check in checks))
        self.assertGreater(checks[-1]["checked"]["hashes"], 3000)

    def flip(self, file, needle, offset=0):
        """Change one bit behind the last place where these bytes are."""
        data = bytearray(file.read_bytes())
        at = data.rindex(needle) + offset
        data[at] ^= 1
        file.write_bytes(data)

    def test_damage_is_named(self):
        daemon = self.world()
        targets = targets_of("damaged", 40)
        self.seal(targets)
        batch = daemon.client.get("/v1/batches/1").json()
        leaves = daemon.client.get("/v1/batches/1/leaves").body
        node = hashlib.sha256(leaves[:64]).digest()
        transaction = batch["anchors"][0]["transactionHash"]
        raw = bytes.fromhex(self.chain.rpc("eth_getRawTransactionByHash", transaction)[2:])
        self.assertEqual(daemon.stop(), 0)
        store = daemon.folder / "store"
        sound = daemon.folder / "sound"
        daemon.ctl_ok("compact")  # nothing twice in the file: what is found is what is used
        shutil.copytree(store, sound)
        mirror_file = next(self.mirror.glob("*.batch"))
        mirrored = mirror_file.read_bytes()
        for file, needle, offset, code, deep in (
                ("log", bytes.fromhex(batch["header"]), 20, "FS-303", False),
                ("log", bytes.fromhex(batch["root"]), 0, "FS-402", False),
                ("log", bytes.fromhex(batch["seal"]), 0, "FS-303", False),
                ("tree", leaves[320:352], 0, "FS-402", False),
                ("tree", node, 0, "FS-404", True),
                ("log", bytes.fromhex(targets[5]), 40, "FS-403", True),
                ("log", raw, 60, "FS-505", False)):
            with self.subTest(code, file=file):
                self.flip(store / file / "data.mdb", needle, offset)
                status, said = self.fsck(*(["--deep"] if deep else []))
                self.assertEqual(status, 1, said)
                self.assertIn(code, said["counts"])
                shutil.rmtree(store)
                shutil.copytree(sound, store)
        for change, code in ((lambda: mirror_file.unlink(), "FS-601"),
                             (lambda: mirror_file.write_bytes(mirrored[:-40]), "FS-602"),
                             (lambda: self.flip(mirror_file, bytes.fromhex(targets[9])), "FS-603"),
                             (lambda: shutil.copy(mirror_file, self.mirror / f"{9:020}.batch"), "FS-605")):
            with self.subTest(code):
                change()
                status, said = self.fsck()
                self.assertEqual(status, 1, said)
                self.assertIn(code, said["counts"])
                mirror_file.write_bytes(mirrored)
        words = daemon.ctl("fsck")
        self.assertEqual(words.returncode, 1)
        self.assertIn("FS-605 batch 9: the mirror holds batches that the store does not know", words.stdout)
        self.assertIn("NOT SOUND", words.stdout)

    def test_what_cannot_be_checked(self):
        daemon = self.world(mirror=False)
        self.assertEqual(daemon.stop(), 0)
        daemon.configure(store__path=daemon.folder / "elsewhere")
        nothing = daemon.ctl("fsck")
        self.assertEqual(nothing.returncode, 2)
        self.assertIn("elsewhere", nothing.stderr)
        self.assertEqual(daemon.ctl("fsck", "more").returncode, 64)
        self.assertEqual(daemon.ctl("status", "--deep").returncode, 64)


if __name__ == "__main__":
    hm.main()
