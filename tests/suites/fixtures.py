#!/usr/bin/env python3
"""Run `hallmark verify` over a folder of recorded credentials and compare every verdict.

    fixtures.py FOLDER|INDEX.json [ID...]

The index is a list of {id, file, env, expected, failing_step, options, revocation_list_unreachable, local, date}.
`env` names a file of recorded look-ups for --recorded; for Open Badges 2.0 it is a folder whose files answer for
https://example.org/ and https://www.example.org/. A fixture is judged at its own date, else at DATE.

Where Hallmark answers otherwise than the index on purpose, one of the RULES says so and why; such a fixture must
give exactly what the rule says, and is listed. The last line is `passed P failed F skipped S missing M`.
"""
import json, os, subprocess, sys, tempfile
from pathlib import Path

DATE = "2026-11-22T00:00:00Z"
BUILD = Path(os.environ.get("HALLMARK_BUILD", Path(__file__).parents[2] / "build/dev"))
HALLMARK = BUILD / "hallmark"
HOSTS = ("https://example.org/", "https://www.example.org/")


class Answer:
    """What hallmark said about one file."""

    def __init__(self, code, line, list_unreachable):
        self.exit = code
        self.list_unreachable = list_unreachable  # the recorded file says null where a list should be
        self.json = json.loads(line)
        self.authenticity = self.json["authenticity"]
        self.force = self.json["force"]
        self.code = self.json["code"]
        self.codes = {step["code"] for step in self.json["steps"]}

    def status(self, name):
        """The worst status of a step; None if it was not taken."""
        found = [s["status"] for s in self.json["steps"] if s["name"] == name]
        return next((s for s in ("failed", "unknown", "passed", "skipped") if s in found), None)

    def __str__(self):
        return f"{self.authenticity}/{self.force} {self.code} exit {self.exit}: {self.json['message']}"


# -- What the index expects (design.md, "Verdict") ---------------------------------------------------

FORCE_STEPS = ("checkRevokedStatus", "ensureValidityPeriodStarted", "checkExpiresDate")


def meets(fixture, a):
    """True if the answer is what the index expects."""
    expected, step = fixture["expected"], (fixture.get("failing_step") or "").rsplit("/", 1)[-1]
    if expected == "partial":
        local = fixture["local"]
        return ((a.status("compareHashes") == "passed") == local["hashOk"] and
                (not local["hashOk"] or (a.status("checkReceipt") == "passed") == local["receiptOk"]))
    if expected == "success":
        if "HM-2420" in a.codes:  # a test chain
            return a.authenticity == "could-not-check" and a.exit == 2
        if a.list_unreachable:
            return (a.authenticity, a.force, a.exit) == ("genuine", "unknown", 2)
        return (a.authenticity, a.exit) == ("genuine", 0)
    if expected == "failure":
        if step in FORCE_STEPS:
            return a.force in ("revoked", "suspended", "not-yet", "expired") and a.exit != 0 and a.status(step) == "failed"
        known = step and not step.startswith("(")
        return a.authenticity == "not-genuine" and a.exit == 1 and (not known or a.status(step) == "failed")
    if expected == "error":
        return a.authenticity in ("could-not-check", "not-genuine") and a.exit in (1, 2)
    if expected in ("valid", "warning"):
        return a.authenticity == "genuine" and a.exit == 0
    if expected == "invalid":
        return a.exit != 0
    raise ValueError(f"unknown expectation {expected!r}")


# -- Where we answer otherwise, and why we are right ------------------------------------------------

RULES = [
    ("a base proof is the holder's own genuine copy, from which proofs for others are made: not a forgery",
     lambda f, a: f["expected"] == "failure" and a.code == "HM-3605" and a.exit == 2),
    ("a date is not written as its standard wants: the document may well be what was issued, so it is not called forged",
     lambda f, a: f["expected"] == "failure" and a.status("validateDateFormat") == "failed"
     and a.authenticity == "could-not-check" and a.exit == 2),
    ("bbs-2023 is not supported, and the answer says so",
     lambda f, a: a.code == "HM-1203" and a.json["message"].endswith("(bbs-2023)") and a.exit == 2),
    ("a description of a badge on another site than its issuer's: anybody can write one that names him",
     lambda f, a: f["expected"] in ("valid", "warning") and a.code == "HM-3022" and a.exit == 4),
    ("the key stands only in the document itself (its id is the fragment of a URL that nobody could reach): "
     "whoever wrote the document chose it, so it names no issuer",
     lambda f, a: f["expected"] in ("valid", "warning") and "HM-3306" in a.codes
     and a.authenticity == "unknown-issuer" and a.exit == 4),
    ("the issuer's key could not be looked up: a signature that nobody can check proves nothing",
     lambda f, a: f["expected"] in ("valid", "warning") and a.codes & {"HM-3301", "HM-3304"}
     and a.authenticity == "could-not-check" and a.exit == 2),
]


# -- Look-ups ----------------------------------------------------------------------------------------

def baked(data):
    """The text in a PNG under the keyword "openbadges" (iTXt without compression, or tEXt)."""
    at = 8
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at:at + 4], "big"), data[at + 4:at + 8]
        keyword, _, text = data[at + 8:at + 8 + size].partition(b"\0")
        if keyword == b"openbadges" and kind in (b"iTXt", b"tEXt"):
            return text[2:].split(b"\0", 2)[-1] if kind == b"iTXt" else text
        at += size + 12
    return b""


def hosted_copy(path):
    """What the issuer's site shows at the id of a hosted assertion: the assertion itself."""
    data = path.read_bytes()
    try:
        document = json.loads(baked(data) if data.startswith(b"\x89PNG") else data)
        return {document["id"]: document}
    except (ValueError, KeyError, TypeError):
        return {}


def of_folder(folder, path):
    http = hosted_copy(path)
    for asset in sorted(folder.iterdir()):
        try:
            body = json.loads(asset.read_text())
        except ValueError:
            continue  # pictures and pages
        for host in HOSTS:
            http.setdefault(host + asset.name, body)
    return {"http": http, "chain": {}, "options": {}}


def recorded(root, fixture, path, scratch):
    """The file for --recorded."""
    env = (fixture.get("env") or "").split(" ")[0]
    if env and (root / env).is_file():
        return root / env
    content = of_folder(root / env, path) if env else {"http": {}, "chain": {}, "options": {}}
    file = Path(scratch) / "recorded.json"
    file.write_text(json.dumps(content))
    return file


# -- The run -----------------------------------------------------------------------------------------

def missing(root, fixture):
    env = (fixture.get("env") or "").split(" ")[0]
    return [name for name in (fixture["file"], env) if name and not (root / name).exists()]


def ask(root, fixture, scratch):
    path = root / fixture["file"]
    lookups = recorded(root, fixture, path, scratch)
    run = subprocess.run([HALLMARK, "verify", "--json", "--at", fixture.get("date") or DATE, "--recorded", lookups, path],
                         capture_output=True, text=True, timeout=60)
    if run.returncode < 0 or not run.stdout.strip():
        raise RuntimeError(f"exit {run.returncode}: {run.stderr.strip()[-400:]}")
    http = json.loads(lookups.read_text()).get("http", {})
    return Answer(run.returncode, run.stdout.splitlines()[0], None in http.values())


def forgeries(root, count):
    """Documents that the reference verifier calls verified and must not: forged from one whose look-ups are known."""
    lookups = root / "env/ethereum-sepolia-v3.env.json"
    for path in sorted((root / "attacks").glob("*.json")):
        run = subprocess.run([HALLMARK, "verify", "--json", "--at", DATE, "--recorded", lookups, path],
                             capture_output=True, text=True, timeout=60)
        answer = Answer(run.returncode, run.stdout.splitlines()[0], False)
        good = answer.authenticity == "not-genuine" and answer.exit == 1
        count["passed" if good else "failed"] += 1
        if not good:
            print(f"failed attacks/{path.name}: is {answer}")


def main():
    index = Path(sys.argv[1])
    index = index / "index.json" if index.is_dir() else index
    wanted, root = set(sys.argv[2:]), index.parent
    count = dict.fromkeys(("passed", "failed", "skipped", "missing"), 0)
    with tempfile.TemporaryDirectory() as scratch:
        for fixture in json.loads(index.read_text()):
            if wanted and fixture["id"] not in wanted:
                continue
            gone = missing(root, fixture)
            if gone:
                print(f"missing {fixture['id']}: {', '.join(gone)}")
                count["missing"] += 1
                continue
            answer = ask(root, fixture, scratch)
            if meets(fixture, answer):
                count["passed"] += 1
                continue
            why = next((why for why, holds in RULES if holds(fixture, answer)), None)
            if why:
                print(f"on purpose {fixture['id']}: expected {fixture['expected']}, is {answer}\n    because {why}")
                count["passed"] += 1
            else:
                print(f"failed {fixture['id']}: expected {fixture['expected']} {fixture.get('failing_step') or ''}, is {answer}")
                count["failed"] += 1
    if not wanted:
        forgeries(root, count)
    print(" ".join(f"{word} {n}" for word, n in count.items()))
    return 0 if count["failed"] == count["missing"] == 0 and count["passed"] > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
