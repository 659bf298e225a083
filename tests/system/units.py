"""The unit files as systemd reads them: their settings, and the system calls that a filter allows."""
import re
import shutil
import subprocess

import hm

FOLDER = hm.ROOT / "systemd"


def settings(unit):
    """[(name, value)] of a unit file, in order."""
    return re.findall(r"^(\w+)=(.*)$", (FOLDER / unit).read_text(), re.M)


def call_sets():
    """Every set of system calls that this systemd knows, e.g. "@file-system", as it names them."""
    text = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], capture_output=True, text=True, check=True).stdout
    sets, name = {}, None
    for line in text.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif name and line.startswith("    ") and not line.strip().startswith("#"):
            sets[name].append(line.strip())
    return sets


def expand(sets, name):
    if not name.startswith("@"):
        return {name}
    return set().union(*(expand(sets, member) for member in sets[name]))


def allowed_calls(unit):
    """What is left of SystemCallFilter= of a unit, which begins with what it allows."""
    sets = call_sets()
    allowed = None
    for name, value in settings(unit):
        if name != "SystemCallFilter":
            continue
        calls = set().union(*(expand(sets, word) for word in value.lstrip("~").split()))
        if value.startswith("~"):
            allowed -= calls
        else:
            allowed = (allowed or expand(sets, "@default")) | calls
    return allowed


def launcher(unit, folder):
    """The words before a program that put it under the filter of a unit."""
    program = hm.BUILD / "tests/syscallfilter"
    if not program.exists() or not shutil.which("systemd-analyze"):
        raise hm.unittest.SkipTest("no libseccomp-dev or no systemd here (scripts/setup)")
    names = folder / f"{unit}.calls"
    names.write_text("".join(f"{name}\n" for name in sorted(allowed_calls(unit))))
    return [program, names]
