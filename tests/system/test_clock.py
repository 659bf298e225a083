"""The wall clock jumps, back by an hour and ahead by a day: batches close in time, sealed-at never goes back."""
import hashlib

import hm
import proven
import document
import section2 as s2

SHIFT = hm.BUILD / "tests/clockshift.so"


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class ClockTest(hm.Case):
    def setUp(self):
        super().setUp()
        if hm.is_sanitized():
            self.skipTest("a sanitized build cannot be run with LD_PRELOAD")

    def jump(self, seconds):
        partial = self.folder / "shift.new"
        partial.write_text(str(seconds))
        partial.rename(self.folder / "shift")  # never read half written

    def test_jumps(self):
        chain, daemon = hm.world(self)
        self.jump(0)
        client = daemon.start(environment={"LD_PRELOAD": str(SHIFT), "CLOCKSHIFT": str(self.folder / "shift")})
        targets, sealed_at = [], []
        for jump in (0, -3600, -3600, 86400, 82800, -3600):
            self.jump(jump)
            targets.append(digest(len(targets)))
            self.assertEqual(client.submit(targets[-1]).status, 202)
            daemon.wait_final(targets[-1])  # not an hour later
            row = client.get(f"/v1/batches/{len(targets)}").json()
            sealed_at.append(s2.decode_header(s2.unhex(row["header"], 140)).sealed_at)
            self.assertEqual(document.read_time(row["sealedAt"]), sealed_at[-1])
        self.assertEqual(sealed_at, sorted(sealed_at))
        self.assertGreater(sealed_at[3] - sealed_at[2], 80_000)  # it did jump
        self.assertEqual(daemon.stop(), 0)
        self.jump(-7200)
        client = daemon.start(environment={"LD_PRELOAD": str(SHIFT), "CLOCKSHIFT": str(self.folder / "shift")})
        targets.append(digest("after a restart"))
        client.submit(targets[-1])
        daemon.wait_final(targets[-1])
        proven.all_proven(daemon, chain, targets)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), SHIFT)
