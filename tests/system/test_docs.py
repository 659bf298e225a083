"""Every command in a block of the documentation is run as it stands; links lead somewhere.

  ```sh            here: README's from top to bottom in one shell, the others line by line with a daemon that serves
  ```sh stopped    here, with the daemon stopped and its store lost
  ```sh root       by test_debian.py, in a chroot
  ```sh elsewhere  by what ELSEWHERE names; so are some lines of README that build
"""
import fcntl
import hashlib
import os
import re
import shutil
import socket
import struct
import subprocess
import unittest

import hm

README = hm.ROOT / "README.md"
GUIDES = sorted((hm.ROOT / "docs").glob("*.md")) + [hm.ROOT / "CONTRIBUTING.md"]
PAGES = [README, *GUIDES]
PROGRAMS = ("hallmarkd", "hallmarkctl", "hallmark")

# Not run here: command → the file that runs it, or why none can, and words that must stand in that file.
ELSEWHERE = {
    "scripts/demo": ("tests/system/test_demo.py", '"scripts/demo"'),
    "scripts/test": ("scripts/test", "build dev"),  # it is what runs this test
    "scripts/setup": ("scripts/demo", "scripts/setup"),
    "cmake --preset release && cmake --build --preset release": ("scripts/demo", "cmake --build --preset release"),
    "scripts/package": ("tests/system/test_debian.py", '"scripts/package"'),
    "hallmark verify --rpc https://a-node-of-the-chain diploma.json": ("tests/system/test_blockcerts.py", '"--rpc"'),
    "hallmark verify --btc https://blockstream.info/api certificate.json": ("tests/system/test_btc.py", '"--btc"'),
    "hallmark verify --at 2026-03-12 --lang fr badge.json": ("tests/system/test_btc.py", '"--at"'),
    # Measurements of many minutes: the options exist, the figures are not judged.
    "scripts/bench": ("scripts/bench", '"--sizes"'),
    "scripts/bench --sizes 100000,1000000,10000000,50000000": ("scripts/bench", '"--sizes"'),
    "scripts/bench --soak 20": ("scripts/bench", '"--soak"'),
}


def blocks(page, kind="sh"):
    """Texts of the blocks of one kind, also of those inside a list."""
    found = re.findall(rf"^( *)```{kind}\n(.*?)^ *```$", page.read_text(), re.M | re.S)
    return [re.sub(rf"^{indent}", "", text, flags=re.M) for indent, text in found]


def bare(line):
    return re.sub(r"\s+# .*", "", line)


def loopback_up():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING


def alone():
    """In a network of its own, where every port is free and nothing but loopback is there."""
    os.setsid()
    loopback_up()


class ReadmeTest(hm.Case):
    def checkout(self):
        """The project as somebody finds it who has built it: what the walk reads and nothing else."""
        folder = self.folder / "hallmark"
        (folder / "build").mkdir(parents=True)
        (folder / "build/release").symlink_to(hm.BUILD)
        (folder / "tests").symlink_to(hm.ROOT / "tests")
        return folder

    def test_readme_from_top_to_bottom(self):
        network = ["unshare", "--net", "--pid", "--fork", "--kill-child"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        if subprocess.run([*network, "true"], capture_output=True).returncode != 0:
            self.skipTest("no network of its own may be made here (unshare --net)")
        lines = [line for block in blocks(README) for line in block.splitlines() if bare(line) not in ELSEWHERE]
        script = self.folder / "readme.sh"
        script.write_text("set -eu -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n" + "\n".join(lines) + "\n")
        starter = "import sys; sys.path.insert(0, sys.argv[1]); import os, test_docs; test_docs.alone(); os.execvp('bash', ['bash', *sys.argv[2:]])"
        env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        said = subprocess.run([*network, "python3", "-c", starter, hm.ROOT / "tests/system", script], cwd=self.checkout(), env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=hm.DEADLINE * 3)
        log = self.folder / "hallmark/first-log/hallmarkd.log"
        self.assertEqual(said.returncode, 0, said.stdout + (log.read_text() if log.exists() else ""))
        for expected in ("final  diploma.txt", "AUTHENTIC: ", "IN FORCE", "clean; 1 batches, 1 leaves"):
            self.assertIn(expected, said.stdout)
        self.assertIn("event=stopped", log.read_text())


class GuidesTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h"})
        daemon = self.daemon
        daemon.configure(http__tokens_file=daemon.folder / "tokens")
        daemon.ctl_ok("token", "create", "first")
        daemon.start()
        client = hm.Client(*daemon.http.rsplit(":", 1), daemon.ctl_ok("token", "create", "test").strip())
        self.addCleanup(client.close)
        self.target, anchored = (hashlib.sha256(word).hexdigest() for word in (b"a", b"b"))
        self.assertEqual(client.submit(anchored).status, 202)
        daemon.ctl_ok("flush")
        daemon.ctl_ok("wait", "--final", anchored)
        (self.folder / "old.proof.json").write_bytes(client.get(f"/v1/proofs/{anchored}").body)
        self.assertEqual(client.submit(self.target).status, 202)
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for name in PROGRAMS:  # as installed: the settings are where they belong
            options = "" if name == "hallmark" else f' -c "{daemon.conf}"'
            (self.bin / name).write_text(f'#!/bin/sh\nexec "{hm.program(name)}"{options} "$@"\n')
            (self.bin / name).chmod(0o755)

    def obey(self, page, line):
        env = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "HASH": self.target, "BACKUP": str(self.folder / "backup"),
               "PROOF": str(self.folder / "old.proof.json")}
        said = subprocess.run(["bash", "-euc", line], cwd=self.folder, env=env, capture_output=True, text=True, timeout=hm.DEADLINE * 2)
        self.assertEqual(said.returncode, 0, f"{page.name}: {line}\n{said.stdout}{said.stderr}")

    def test_guides(self):
        n = 0
        for page in GUIDES:
            for line in (line for block in blocks(page) for line in block.splitlines() if bare(line) not in ELSEWHERE):
                self.obey(page, line)
                if " key authorize " in line:  # as the page says: when it is in force
                    key = line.split()[-1]
                    hm.until("the key is in force", lambda: key in self.daemon.client.get("/v1/log").json()["issuers"])
                n += 1
        self.assertGreater(n, 20, "the marks have changed")
        self.assertEqual(self.daemon.stop(), 0)
        stopped = [(page, line) for page in GUIDES for block in blocks(page, "sh stopped") for line in block.splitlines()]
        self.assertGreater(len(stopped), 1)
        for page, line in stopped:
            shutil.rmtree(self.daemon.folder / "store")
            self.obey(page, line)


class PagesTest(unittest.TestCase):
    def test_every_block_has_a_mark(self):
        for page in PAGES:
            for kind in re.findall(r"^ *```(.*)\n(?:.*\n)*?^ *```$", page.read_text(), re.M):
                self.assertIn(kind, ("sh", "sh stopped", "sh root", "sh elsewhere", "text", "json"), page.name)

    def test_no_command_hides(self):
        """In a block that is not run, or in one that is only indented."""
        for page in PAGES:
            hidden = "\n".join(blocks(page, "text")) + "\n".join(re.findall(r"(?<=\n\n)    (.*)", page.read_text()))
            self.assertEqual(re.findall(r"^(?:hallmark\w*|scripts/\w+|systemctl|apt\S*|curl|cmake) [^\[]*$", hidden, re.M), [], page.name)

    def test_what_runs_elsewhere(self):
        used = {bare(line) for page in PAGES for kind in ("sh", "sh elsewhere") for block in blocks(page, kind) for line in block.splitlines()}
        for line, (file, words) in ELSEWHERE.items():
            self.assertIn(line, used)
            self.assertIn(words, (hm.ROOT / file).read_text(), line)
            print(f"not run here: {line} (by {file})", flush=True)
        for page in PAGES:
            for line in (line for block in blocks(page, "sh elsewhere") for line in block.splitlines()):
                self.assertIn(bare(line), ELSEWHERE, page.name)

    def test_every_word_of_hallmarkctl_is_a_command(self):
        """Also in running text."""
        names = set(re.findall(r"^  ([a-z-]+(?: [a-z]+)?)(?= |$)", hm.ctl("--help").stdout, re.M))
        for page in PAGES:
            for line in re.findall(r"(?:^ *|`)hallmarkctl ([^`\n]+)", page.read_text(), re.M):
                words = re.sub(r"(-c|-s) \S+|--json", "", line).split()
                self.assertTrue(" ".join(words[:2]) in names or words[0] in names, f"{page.name}: {line}")

    def test_links(self):
        for page in PAGES:
            for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
                self.assertTrue((page.parent / link).exists(), f"{page.name}: {link}")

    def test_every_alert_has_its_line(self):
        rules = (hm.ROOT / "config/monitoring/hallmark.rules.yml").read_text()
        guide = (hm.ROOT / "docs/operating.md").read_text()
        self.assertEqual(re.findall(r"- alert: (\w+)", rules), re.findall(r"^\| `(Hallmark\w+)` \|", guide, re.M))


if __name__ == "__main__":
    hm.main()
