"""The drill: a log of a million hashes is backed up while it serves, lost, restored, and serves again.

It measures too; HALLMARK_DRILL is another number of hashes. Minutes, so only with --full."""
import hashlib
import json
import os
import shutil
import time

import hm
import proven

N = int(os.environ.get("HALLMARK_DRILL", "1000000"))
AT_ONCE = 250000
BATCHES = 4


def target(i):
    return hashlib.sha256(b"drill %d" % i).digest()


class DrillTest(hm.Case):
    def timed(self, what, *arguments):
        start = time.monotonic()
        said = self.daemon.ctl_ok(*arguments, deadline=600)
        print(f"drill: {what}: {time.monotonic() - start:.1f} s: {said.splitlines()[-1]}", flush=True)
        return said

    def test_drill(self):
        chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h", "store.map_size": "4G"})
        daemon = self.daemon
        client = daemon.start()
        for batch in range(BATCHES):
            first = batch * N // BATCHES
            for at in range(first, first + N // BATCHES, AT_ONCE):
                n = min(AT_ONCE, first + N // BATCHES - at)
                reply = client.post(b"".join(target(i) for i in range(at, at + n)), "application/octet-stream")
                self.assertEqual(reply.status, 202)
            daemon.ctl_ok("flush")
            daemon.wait_final(target(first).hex(), deadline=300)
        sample = [target(i * (N // 50)).hex() for i in range(50)]
        copy = daemon.folder / "backup"
        self.timed("backup", "backup", copy)
        self.timed("fsck", "fsck")
        self.timed("fsck --deep", "fsck", "--deep")
        daemon.ctl_ok("forget", sample[0])
        self.timed("compact", "compact")
        self.assertEqual(json.loads((copy / "manifest.json").read_text())["hashes"], N)
        self.assertEqual(daemon.stop(), 0)
        shutil.rmtree(daemon.folder / "store")
        self.timed("restore", "restore", copy)
        start = time.monotonic()
        daemon.start()
        print(f"drill: start: {time.monotonic() - start:.1f} s", flush=True)
        proven.all_proven(daemon, chain, sample)


if __name__ == "__main__":
    hm.main()
