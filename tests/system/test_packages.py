"""The npm packages are pinned: exact versions, a hash for each, no registry of somebody's own."""
import json
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(path for pattern in ("*/package-lock.json", "*/*/package-lock.json")
               for path in ROOT.glob(pattern) if "node_modules" not in path.parts)
# Have an install script that scripts/setup does not run (npm ci --ignore-scripts), and work without it.
SCRIPT_NOT_NEEDED = {"node_modules/keccak"}  # of hardhat: a native version; the one in JavaScript does
PUBLIC = "https://registry.npmjs.org/"


class LockFileTest(unittest.TestCase):
    def test_there_are_lock_files(self):
        self.assertIn(ROOT / "contracts/package-lock.json", LOCKS)
        self.assertIn(ROOT / "tests/package-lock.json", LOCKS)

    def test_every_package_has_a_hash_and_no_private_address(self):
        for lock in LOCKS:
            for name, package in json.loads(lock.read_text())["packages"].items():
                if name == "":
                    continue
                with self.subTest(f"{lock.parent.name}: {name}"):
                    self.assertRegex(package["integrity"], r"^sha512-")
                    self.assertTrue(package.get("resolved", PUBLIC).startswith(PUBLIC))
                    self.assertTrue("hasInstallScript" not in package or name in SCRIPT_NOT_NEEDED)

    def test_debians_npm_can_read_the_lock_files(self):
        """npm 9 stops at an override of a git address: the lock files name what it is overridden with."""
        for lock in LOCKS:
            self.assertNotRegex(lock.read_text(), r"git\+|github:|ssh://", lock.parent.name)

    def test_own_dependencies_are_exact_versions(self):
        for lock in LOCKS:
            manifest = json.loads((lock.parent / "package.json").read_text())
            for kind in ("dependencies", "devDependencies"):
                for name, version in manifest.get(kind, {}).items():
                    with self.subTest(f"{lock.parent.name}: {name}"):
                        self.assertTrue(re.fullmatch(r"\d+\.\d+\.\d+", version), version)


if __name__ == "__main__":
    unittest.main()
