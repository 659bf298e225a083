"""The manual pages: each says what the program at hand says, and man finds nothing to complain about."""
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import hm

PAGES = {"hallmark.1", "hallmark-audit.1", "hallmark-proof.5", "hallmarkctl.8", "hallmarkd.8", "hallmarkd.conf.5",
         "hallmark-signer.8"}


def plain(page):
    """A page as a reader sees it, in one line."""
    text = (hm.BUILD / "man" / page).read_text()
    text = re.sub(r"(?m)^\.(TH|SH|SS|TP|PP|B|BR|RS|RE|nf|fi|br) ?", "", text).replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")
    return " ".join(text.split())


def said(program, *arguments):
    done = subprocess.run([hm.program(program), *arguments], capture_output=True, text=True)
    return done.stdout or done.stderr


class ManTest(unittest.TestCase):
    def test_all_are_there(self):
        self.assertEqual({page.name for page in (hm.BUILD / "man").iterdir()}, PAGES)

    def test_fresh(self):
        """The pages of the build are those that the programs of the build make."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["python3", "-B", hm.ROOT / "man/pages.py", hm.BUILD / "manual-tables", hm.BUILD, folder], check=True)
            for page in PAGES:
                self.assertEqual((Path(folder) / page).read_text(), (hm.BUILD / "man" / page).read_text(), page)

    def test_installed(self):
        """cmake --install puts exactly these pages where man looks for them."""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["cmake", "--install", hm.BUILD, "--prefix", folder, "--component", "manual"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            installed = {file.name: file for file in Path(folder, "share/man").rglob("*.*") if file.is_file()}
            self.assertEqual(set(installed), PAGES)
            for name, file in installed.items():
                self.assertEqual(file.parent.name, f"man{name[-1]}")
                self.assertEqual(file.read_text(), (hm.BUILD / "man" / name).read_text())

    def test_help_of_the_programs(self):
        """Every sentence of --help is in the page of its program."""
        for program, page in (("hallmarkd", "hallmarkd.8"), ("hallmarkctl", "hallmarkctl.8"), ("hallmark-signer", "hallmark-signer.8")):
            text = plain(page)
            rows = re.findall(r"(?m)^ {2,6}(\S.*?)  +(\S.*)$", said(program, "--help"))
            self.assertGreater(len(rows), 4)
            for words, sentence in rows:
                self.assertIn(sentence, text, program)
                self.assertIn(words.strip(), text, program)

    def test_commands_of_hallmark(self):
        text = plain("hallmark.1")
        names = re.findall(r"(?m)^  (\w+) +\S", said("hallmark", "--help"))
        self.assertGreaterEqual(len(names), 5)
        for name in names:
            summary, usage = said("hallmark", name, "--help").strip().splitlines()[:2]
            self.assertIn(summary, text)
            self.assertIn(usage.removeprefix("usage: "), text)
        self.assertIn("HM-0001", text)

    def test_findings_of_an_audit(self):
        """Each code that docs/auditing.md explains has its line, under the same name and severity."""
        text = plain("hallmark-audit.1")
        findings = re.findall(r"(?m)^### (HA-\d{4} [\w-]+ \(\w+\))", (hm.ROOT / "docs/auditing.md").read_text())
        self.assertGreater(len(findings), 50)
        self.assertEqual([f for f in findings if f not in text], [])
        self.assertIn(said("hallmark", "audit", "--help").splitlines()[1].removeprefix("usage: "), text)

    def test_settings(self):
        for program, page in (("hallmarkd", "hallmarkd.conf.5"), ("hallmark-signer", "hallmark-signer.8")):
            text = plain(page)
            keys = re.findall(r"(?m)^#? ?(\w+) =", said(program, "--print-config"))
            self.assertGreater(len(keys), 2)
            for key in keys:
                self.assertIn(f"{key} =", text)

    def test_members_of_a_proof(self):
        """Every member of the document of section 2 has its line."""
        text = plain("hallmark-proof.5")
        source = (hm.ROOT / "common/proof_write.c" if (hm.ROOT / "common/proof_write.c").exists() else hm.ROOT / "common/proof.c")
        members = set(re.findall(r'\\"(\w+)\\":', source.read_text())) - {"left", "right"}
        self.assertGreater(len(members), 10)
        self.assertEqual([m for m in sorted(members) if not re.search(rf"\b{m}\b", text)], [])

    @unittest.skipUnless(shutil.which("man"), "man is absent")
    def test_style(self):
        for page in sorted(PAGES):
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", hm.BUILD / "man" / page],
                                  capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80",
                                                                       "PATH": "/usr/bin:/bin"})
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)


if __name__ == "__main__":
    hm.main(hm.BUILD / "man", hm.BUILD / "manual-tables")
