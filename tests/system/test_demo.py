"""scripts/demo as a newcomer starts it: builds the release, so only with --full."""
import subprocess

import hm


class DemoTest(hm.Case):
    def test_demo(self):
        said = subprocess.run(["scripts/demo"], cwd=hm.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1700)
        self.assertEqual(said.returncode, 0, said.stdout)
        for expected in ("1000 certificates hashed", "AUTHENTIC:", "NOT AUTHENTIC:", "COULD NOT BE CHECKED:", "\nDone in "):
            self.assertIn(expected, said.stdout)


if __name__ == "__main__":
    hm.main()
