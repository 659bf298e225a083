"""The completion scripts: in step with the commands, and at work in the real shells."""
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import hm

ASK = {
    "bash": """source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hallmarkctl; printf '%s\\n' "${COMPREPLY[@]}" """,
    # What zsh's own functions would be given is printed.
    "zsh": """compdef() { :; }; compadd() { [[ $1 == -- ]] && shift; print -l -- "$@"; }
              _files() { [[ $1 == -/ ]] && print FOLDERS || print FILES; }
              source $1; shift; words=("$@"); CURRENT=$#; _hallmarkctl""",
    "fish": """source $argv[1]; complete -C "$argv[2..-1]" | string split -f 1 \\t""",
}
OPTIONS = {"bash": ["--norc", "-c"], "zsh": ["-f", "-c"], "fish": ["--no-config", "-c"]}


def commands():
    """name → words of its help line, from --help."""
    help_text = hm.ctl("--help").stdout
    lines = help_text.split("\n\n")[1].splitlines()
    return {re.match(r"  ([a-z-]+(?: [a-z]+)?)(?= |$)", line)[1]: line for line in lines}


class CompletionTest(unittest.TestCase):
    shell = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hallmark-completion-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "a-folder").mkdir()
        (self.folder / "a-file").write_text("")
        made = hm.ctl("completion", self.shell)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.script = self.folder / "script"
        self.script.write_text(made.stdout)

    def complete(self, *words):
        extra = ["ask"] if self.shell != "fish" else []
        said = subprocess.run([self.shell, *OPTIONS[self.shell], ASK[self.shell], *extra, str(self.script), "hallmarkctl", *words],
                              capture_output=True, text=True, cwd=self.folder, timeout=hm.DEADLINE,
                              env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "TERM": "dumb"})
        self.assertEqual(said.stderr, "")
        return {word.rstrip("/") for word in said.stdout.split()}

    def starting(self, words, start):
        """zsh filters what it is given by itself."""
        return {word for word in words if word.startswith(start)} if self.shell == "zsh" else words

    def test_commands(self):
        names = commands()
        self.assertGreater(len(names), 12)
        self.assertEqual(self.complete(""), {name.split()[0] for name in names})
        self.assertEqual(self.complete("--json", "-c", "x", ""), {name.split()[0] for name in names})
        self.assertEqual(self.starting(self.complete("pa"), "pa"), {"pause"})
        for first in {name.split()[0] for name in names if " " in name}:
            self.assertEqual(self.complete(first, ""), {n.split()[1] for n in names if n.startswith(first + " ")})
        self.assertEqual(self.complete("status", "") - {"FILES"}, set())

    def test_options(self):
        common = {"--config", "--socket", "--json", "--version", "--help"}
        longs = lambda *words: {word for word in self.complete(*words) if word.startswith("--")}
        self.assertEqual(longs("status", "--"), common)
        for name, line in commands().items():
            own = set(re.findall(r"\[(--[a-z-]+)", line))
            self.assertEqual(longs(*name.split(), "--"), common | own, name)

    def test_files_and_folders(self):
        folders = self.complete("restore", "")
        files = self.complete("key", "import", "")
        if self.shell == "zsh":
            self.assertEqual((folders, files), ({"FOLDERS"}, {"FILES"}))
        else:
            self.assertEqual(folders, {"a-folder"})
            self.assertEqual(files, {"a-folder", "a-file", "script"})
        self.assertEqual(self.complete("-c", "a-fi"), {"FILES"} if self.shell == "zsh" else {"a-file"})


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for shell in ASK:
        if shutil.which(shell):
            suite.addTests(loader.loadTestsFromTestCase(type(f"{shell.title()}Test", (CompletionTest,), {"shell": shell})))
        else:
            suite.addTest(unittest.FunctionTestCase(
                lambda: unittest.TestCase().skipTest("the shell is absent (scripts/setup --full)"), description=shell))
    return suite


if __name__ == "__main__":
    hm.main(hm.program("hallmarkctl"))
