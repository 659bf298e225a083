"""The units: as little exposed as systemd can tell without running them, and well formed."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import hm
import units

# Unit, highest exposure level × 10 (systemd-analyze security --offline=true).
CEILINGS = {"hallmarkd.service": 13, "hallmark-signer.service": 5, "hallmark-backup.service": 13}


class UnitsTest(unittest.TestCase):
    def test_every_service_has_a_ceiling(self):
        self.assertEqual(sorted(unit.name for unit in units.FOLDER.glob("*.service")), sorted(CEILINGS))

    def test_exposure(self):
        for unit, ceiling in CEILINGS.items():
            with self.subTest(unit):
                done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={ceiling}",
                                       units.FOLDER / unit], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
                self.assertIn("Overall exposure level", done.stdout)

    def test_well_formed(self):
        """systemd-analyze verify has nothing to say, but that programs are not installed here."""
        with tempfile.TemporaryDirectory() as folder:
            for file in units.FOLDER.iterdir():
                text = file.read_text()
                for program in ("hallmarkd", "hallmarkctl", "hallmark-signer"):
                    text = text.replace(f"/usr/bin/{program} ", f"{hm.program(program)} ")
                (Path(folder) / file.name).write_text(text)
            names = [file for file in Path(folder).iterdir() if file.suffix in (".service", ".socket", ".timer")]
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True)
            said = [line for line in done.stderr.splitlines() if "hallmark" in line]
            self.assertEqual(said, [])

    def test_filter(self):
        """What the filter leaves is what a server needs, and nothing that changes the machine."""
        for unit in CEILINGS:
            calls = units.allowed_calls(unit)
            with self.subTest(unit):
                self.assertGreater(len(calls), 150)
                self.assertTrue({"read", "write", "mmap", "fdatasync", "accept4", "execve"} <= calls)
                self.assertFalse({"mount", "reboot", "ptrace", "bpf", "setuid", "chown", "init_module", "setpriority"} & calls)


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is absent (scripts/setup)")
        sys.exit(77)
    hm.main(hm.program("hallmarkd"), hm.program("hallmarkctl"), hm.program("hallmark-signer"))
