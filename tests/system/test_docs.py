"""Every command of the documentation that is marked to be run, run as it stands; links lead somewhere."""
import hashlib
import os
import re
import subprocess

import hm

PAGES = sorted((hm.ROOT / "docs").glob("*.md")) + [hm.ROOT / "README.md", hm.ROOT / "CONTRIBUTING.md"]
PROGRAMS = ("hallmarkd", "hallmarkctl", "hallmark")


def blocks(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", page.read_text(), re.M | re.S)


class DocsTest(hm.Case):
    def test_marked_commands(self):
        _, daemon = hm.world(self, settings={"batch.max_age": "1h"})
        daemon.configure(http__tokens_file=daemon.folder / "tokens")
        daemon.ctl_ok("token", "create", "first")
        daemon.start()
        client = hm.Client(*daemon.http.rsplit(":", 1), daemon.ctl_ok("token", "create", "test").strip())
        self.addCleanup(client.close)
        target = hashlib.sha256(b"a").hexdigest()
        self.assertEqual(client.submit(target).status, 202)
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        for name in PROGRAMS:  # as installed: the settings are where they belong
            options = "" if name == "hallmark" else f' -c "{daemon.conf}"'
            (bin_folder / name).write_text(f'#!/bin/sh\nexec "{hm.program(name)}"{options} "$@"\n')
            (bin_folder / name).chmod(0o755)
        env = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "HASH": target}
        n = 0
        for page in PAGES:
            for block in blocks(page, "sh"):
                for line in block.splitlines():
                    said = subprocess.run(["bash", "-euc", line], cwd=self.folder, env=env, capture_output=True, text=True,
                                          timeout=hm.DEADLINE * 2)
                    self.assertEqual(said.returncode, 0, f"{page.name}: {line}\n{said.stdout}{said.stderr}")
                    n += 1
        self.assertGreater(n, 10, "the marks have changed")

    def test_no_unmarked_block(self):
        for page in PAGES:
            for kind in re.findall(r"^```(.*)\n(?:.*\n)*?```$", page.read_text(), re.M):
                self.assertIn(kind, ("sh", "text", "json", ""), page.name)

    def test_every_word_of_hallmarkctl_is_a_command(self):
        """Also in blocks that are not run, and in README."""
        names = set(re.findall(r"^  ([a-z-]+(?: [a-z]+)?)(?= |$)", hm.ctl("--help").stdout, re.M))
        for page in PAGES:
            for line in re.findall(r"^(?:    |)hallmarkctl (.+)$", page.read_text(), re.M):
                words = re.sub(r"(-c|-s) \S+|--json", "", line).split()
                self.assertTrue(" ".join(words[:2]) in names or words[0] in names, f"{page.name}: {line}")

    def test_links(self):
        for page in PAGES:
            for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
                self.assertTrue((page.parent / link).exists(), f"{page.name}: {link}")


if __name__ == "__main__":
    hm.main()
