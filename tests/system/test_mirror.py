"""The store is lost: with a mirror it is rebuilt without a gap, and nothing is anchored twice."""
import hashlib
import shutil

import hm
import proven


def targets_of(name, n=3):
    return [hashlib.sha256(f"{name} {i}".encode()).hexdigest() for i in range(n)]


class MirrorTest(hm.Case):
    def world(self):
        chain, daemon = hm.world(self)
        self.mirror = daemon.folder / "mirror"
        daemon.configure(store__mirror=self.mirror)
        return chain, daemon

    def seal(self, daemon, targets):
        self.assertEqual(daemon.client.submit_many(targets).status, 202)
        daemon.ctl_ok("flush")
        daemon.ctl_ok("wait", "--timeout", hm.DEADLINE, *targets)

    def lose_and_restore(self, daemon):
        shutil.rmtree(daemon.folder / "store")
        return daemon.ctl("restore", self.mirror)

    def test_lost_after_final(self):
        chain, daemon = self.world()
        daemon.start()
        batches = [targets_of(f"batch {i}") for i in range(3)]
        for targets in batches:
            self.seal(daemon, targets)
        daemon.wait_final(*sum(batches, []))
        self.assertEqual(daemon.stop(), 0)
        result = self.lose_and_restore(daemon)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Restored 3 batches with 9 hashes", result.stdout)
        daemon.start()
        later = targets_of("later")
        self.seal(daemon, later)
        daemon.wait_final(*sum(batches, []), *later)
        proven.all_proven(daemon, chain, sum(batches, []) + later)

    def test_lost_just_after_sending(self):
        chain, daemon = self.world()
        targets = targets_of("sent")
        daemon.start(fault="sent")
        self.assertEqual(daemon.client.submit_many(targets).status, 202)
        daemon.died()
        result = self.lose_and_restore(daemon)
        self.assertEqual(result.returncode, 0, result.stderr)
        daemon.start()
        daemon.wait_final(*targets)
        proven.all_proven(daemon, chain, targets)

    def test_added_later(self):
        chain, daemon = hm.world(self)
        daemon.start()
        targets = targets_of("before the mirror")
        self.seal(daemon, targets)
        daemon.wait_final(*targets)
        self.assertEqual(daemon.stop(), 0)
        self.mirror = daemon.folder / "mirror"
        daemon.configure(store__mirror=self.mirror)
        daemon.start()
        daemon.process.wait_line("event=mirror-filled batches=1")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(self.lose_and_restore(daemon).returncode, 0)
        daemon.start()
        daemon.wait_final(*targets)
        proven.all_proven(daemon, chain, targets)

    def test_mirror_that_cannot_be_written_stops_sealing(self):
        """What is not in the mirror is not anchored; it is accepted, waits, and goes on by itself."""
        _, daemon = self.world()
        daemon.start()
        targets = targets_of("waits")
        held = self.mirror.with_name("elsewhere")
        self.mirror.rename(held)
        for file in held.iterdir():
            file.unlink()
        held.rmdir()
        self.assertEqual(daemon.client.submit_many(targets).status, 202)
        daemon.process.wait_line("event=seal-failed .*step=mirror")
        self.assertEqual(daemon.client.get(f"/v1/hashes/{targets[0]}").json()["status"], "accepted")
        self.assertEqual(daemon.client.get("/readyz").status, 503)

    def test_refusals(self):
        _, daemon = self.world()
        daemon.start()
        targets = targets_of("kept")
        self.seal(daemon, targets)
        self.assertEqual(daemon.stop(), 0)
        occupied = daemon.ctl("restore", self.mirror)
        self.assertNotEqual(occupied.returncode, 0)
        self.assertIn("holds a log already", occupied.stderr)
        shutil.rmtree(daemon.folder / "store")
        nothing = daemon.ctl("restore", daemon.folder)
        self.assertIn("is no mirror and no backup", nothing.stderr)
        file = next(self.mirror.glob("*.batch"))
        data = bytearray(file.read_bytes())
        data[-90] ^= 1  # in the target of the last record
        file.write_bytes(data)
        damaged = self.lose_and_restore_again(daemon)
        self.assertNotEqual(damaged.returncode, 0)
        self.assertIn("does not have the hash that it ends with", damaged.stderr)

    def lose_and_restore_again(self, daemon):
        shutil.rmtree(daemon.folder / "store", ignore_errors=True)
        return daemon.ctl("restore", self.mirror)


if __name__ == "__main__":
    hm.main()
