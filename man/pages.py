"""Writes the manual pages from the tables of the programs: pages.py TABLES PROGRAMS OUT

TABLES is the program built from tables.c, PROGRAMS the folder of the built programs (their --help), OUT a folder.
What stands here is only prose; every command, option, setting and code comes from the programs."""
import json
import re
import subprocess
import sys
from pathlib import Path


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


class Page:
    """One page in the macros of man(7)."""

    def __init__(self, name, section, about, version):
        self.name, self.section = name, section
        self.lines = [f'.TH {name.upper()} {section} "" "hallmark {version}" "Hallmark"', ".SH NAME",
                      f"{escape(name)} \\- {escape(about)}"]

    def head(self, title):
        self.lines.append(f".SH {title.upper()}")

    def sub(self, title):
        self.lines.append(f".SS {escape(title)}")

    def text(self, *paragraphs):
        for i, paragraph in enumerate(paragraphs):
            if i > 0 or not self.lines[-1].startswith((".SH", ".SS")):
                self.lines.append(".PP")
            self.lines.append(escape(" ".join(paragraph.split())))

    def synopsis(self, *lines):
        self.head("synopsis")
        for i, line in enumerate(lines):
            program, _, rest = line.partition(" ")
            self.lines += ([".br"] if i else []) + [f".B {escape(program)}"] + ([escape(rest)] if rest else [])

    def item(self, term, text):
        self.lines += [".TP", f".B {escape(term)}", escape(" ".join(text.split()))]

    def code(self, text):
        self.lines += [".PP", ".nf", ".RS 4", *[escape(line) for line in text.strip("\n").splitlines()], ".RE", ".fi"]

    def see(self, *pages):
        self.head("see also")
        others = [p for p in pages if p != f"{self.name}({self.section})"]
        for i, page in enumerate(others):
            name, section = page.rstrip(")").split("(")
            self.lines.append(f".BR {escape(name)} ({section}){',' if i < len(others) - 1 else ''}")

    def write(self, out):
        (out / f"{self.name}.{self.section}").write_text("\n".join(self.lines) + "\n")


ALL = ["hallmark(1)", "hallmark-audit(1)", "hallmark-proof(5)", "hallmarkctl(8)", "hallmarkd(8)", "hallmarkd.conf(5)", "hallmark-signer(8)"]


def help_options(programs, name):
    """[(words, help)] of what a program says of its own options; words are "-c, --config FILE"."""
    said = subprocess.run([programs / name, "--help"], capture_output=True, text=True, check=True).stdout
    return [(words.strip(), text) for words, text in re.findall(r"(?m)^  (.{18,}?)  +(\S.*)$", said) if "--" in words]


def exit_table(page, rows):
    page.head("exit status")
    for code, text in rows:
        page.item(code, text)


def settings_items(page, table):
    section = None
    for item in table:
        if item["section"] != section:
            section = item["section"]
            page.sub(f"[{section}]")
        default = f'default: {item["default"]}' if item["default"] else "no default"
        notes = [default] + (["may be repeated"] if item["list"] else []) + \
                ([f'one of {", ".join(item["choices"])}'] if item["choices"] else []) + \
                (["taken over by a reload"] if item["reload"] else [])
        page.item(f'{item["key"]} =', f'{item["help"]} ({"; ".join(notes)})')


def hallmarkd(t, programs, out):
    page = Page("hallmarkd", 8, "accepts hashes of credentials and anchors them on a chain", t["version"])
    page.synopsis("hallmarkd [-c FILE] [--check-config] [--print-config] [--version]")
    page.head("description")
    page.text("""hallmarkd takes 32-byte hashes of credentials over HTTP, keeps them on disk, closes them into Merkle trees and
        anchors each tree on an Ethereum-compatible chain with one transaction. Whoever holds a credential and its proof can
        check it with any node of that chain, without asking the issuer.""",
              """A hash is acknowledged once it is on disk. A transaction is stored before it is sent. A crash anywhere is the
        same as a restart.""")
    page.head("options")
    for words, text in help_options(programs, "hallmarkd"):
        page.item(words, text)
    page.head("signals")
    page.item("SIGHUP", "read the settings again; the old ones stay if the new are bad")
    page.item("SIGTERM, SIGINT", "finish the requests in flight and stop")
    page.head("environment")
    page.item("CREDENTIALS_DIRECTORY", "its file passphrase opens the key, unless [key] passphrase_file is set")
    page.item("NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS", "as systemd sets them")
    exit_table(page, [("0", "stopped in order, or what was asked for was printed"),
                      ("1", "it could not start or go on; the last line of the log says why"),
                      ("64, 78", "a mistake on the command line, in the settings")])
    page.head("files")
    page.item("/etc/hallmark/hallmarkd.conf", "settings")
    page.item("/var/lib/hallmark", "the store: hashes, salts, trees, transactions. As private as what was hashed")
    page.item("/run/hallmark/control.sock", "the socket of hallmarkctl")
    page.see(*ALL)
    page.write(out)


def hallmarkctl(t, out):
    page = Page("hallmarkctl", 8, "controls hallmarkd, its key and its store", t["version"])
    options = {o["name"]: o for o in t["ctlOptions"]}
    page.synopsis("hallmarkctl [OPTION...] COMMAND [ARGUMENT...]")
    page.head("description")
    page.text("""hallmarkctl asks a running hallmarkd over its control socket, or works on key, registry and store by itself.
        It reads the settings of the daemon. Members of the group of the socket may use it; what reads the store or the key
        needs the rights to do so.""")
    page.head("commands")
    for c in t["ctlCommands"]:
        words = [c["name"]]
        for name in c["options"]:
            value = options[name]["value"]
            words.append(f"[--{name} {value}]" if value else f"[--{name}]")
        page.item(" ".join(words + [c["arguments"]]).strip(), c["help"])
    page.head("options")
    for o in t["ctlOptions"]:
        words = (f"-{o['letter']}, " if o["letter"] else "") + f"--{o['name']}" + (f" {o['value']}" if o["value"] else "")
        page.item(words, o["help"])
    page.head("forgetting")
    page.text("""forget destroys a hash and its salt in the store. The leaf stays and opens nothing: every other proof still
        verifies, and the hash can still be revoked by the id that forget prints. Old copies are in free pages and in the
        mirror until compact has run; status says how many erasures are not yet complete. Backups made before are yours to
        destroy.""")
    page.head("backup and restore")
    page.text("""backup copies the store while the daemon serves, and writes manifest.json last. The key is left out unless
        --with-key asks for its file, which is encrypted (Web3 secret storage); keep the passphrase somewhere else. restore
        takes a mirror or a backup into an empty store: every file is checked, every tree, header and value is computed anew,
        and the store goes live whole. The daemon then takes no nonce before all nonces of the chain agree.""")
    page.head("findings of fsck")
    page.text("fsck prints one line a finding; at most 20 of each code are told, the rest is counted.")
    for f in t["findings"]:
        page.item(f["code"], f'{f["text"]}. {f["remedy"]}.')
    exit_table(page, [("0", "done; fsck: the store is sound"),
                      ("1", "refused or failed: the reason is on standard error; fsck: there are findings"),
                      ("2", "fsck could not be finished"),
                      ("64", "a mistake on the command line"), ("69", "no daemon answers"),
                      ("77", "not allowed"), ("78", "a mistake in the settings")])
    page.see(*ALL)
    page.write(out)


def conf(t, out):
    page = Page("hallmarkd.conf", 5, "settings of hallmarkd and hallmarkctl", t["version"])
    page.head("description")
    page.text("""Sections in brackets, one key = value a line. Comments begin with # and stand on their own line. An unknown
        key, a bad value, an indented line or a combination that is not safe is an error; all are reported at once by
        hallmarkd --check-config, with file and line. hallmarkd --print-config prints what is in force.""",
              "Durations are 500ms, 2s, 10min, 1h; sizes 64K, 1M, 64G; amounts 20gwei, 0.05ether.")
    page.head("keys")
    settings_items(page, t["settings"])
    page.head("example")
    page.code("""[log]
name = certif.example.fr
[chain]
rpc = http://127.0.0.1:8545
chain_id = 11155111
registry = 0x4a11ac000000000000000000000000000000beef""")
    page.see(*ALL)
    page.write(out)


def signer(t, programs, out):
    page = Page("hallmark-signer", 8, "holds the issuer's key and signs for hallmarkd", t["version"])
    page.synopsis("hallmark-signer [-c FILE] [--check-config] [--print-config] [--version]")
    page.head("description")
    page.text("""hallmark-signer reads the key and signs, over a Unix socket, anchors and calls of the registry and nothing else.
        It needs no network. [key] signer in hallmarkd.conf(5) names its socket.""")
    page.head("options")
    for words, text in help_options(programs, "hallmark-signer"):
        page.item(words, text)
    page.head("settings")
    page.text("/etc/hallmark-signer/hallmark-signer.conf has the form of hallmarkd.conf(5).")
    settings_items(page, t["signerSettings"])
    page.see(*ALL)
    page.write(out)


def hallmark(t, out):
    page = Page("hallmark", 1, "check certificates, and register them with a node", t["version"])
    page.synopsis(*[f'hallmark {c["name"]} {c["arguments"]}' for c in t["verifier"]], "hallmark --help | --version")
    page.head("description")
    page.text("""hallmark answers two questions about a certificate, and never mixes them: is it authentic, and is it in force?
        Only proof of alteration, of a wrong key or of a contradicted identity makes it not genuine; what could not be checked
        is said to be just that.""")
    page.head("commands")
    for c in t["verifier"]:
        page.item(f'{c["name"]} {c["arguments"]}', c["summary"])
    page.head("environment")
    page.text("None. Nothing but the endpoints that are named on the command line is asked.")
    exit_table(page, [("0", "genuine and in force; audit: clean"), ("1", "not genuine; audit: findings"),
                      ("2", "could not check, pending, or genuine with its force unknown; audit: could not complete"),
                      ("3", "genuine, but not in force"), ("4", "sound, but by an issuer that the trust list does not name"),
                      ("64", "a mistake on the command line"), ("65", "not a document that can be read"),
                      ("66", "no such file")])
    page.head("reasons")
    page.text("Each step of verify and each verdict has a code that never changes its meaning.")
    for r in t["reasons"]:
        page.item(r["code"], r["english"])
    page.see(*ALL)
    page.write(out)


# What an audit leaves in the folder of -o.
AUDIT_FILES = [
    ("report.md", "the report, in English and in French"),
    ("findings.json", "every finding: code, name, severity, and pointers to batch, block, transaction and key"),
    ("anchors.csv, batches.csv, keys.csv", "every transaction of the keys with its role, every batch, every key and its time"),
    ("sample.csv", "with --sample: leaves to be checked by hand; the same seed draws the same ones"),
    ("manifest.sha256", "SHA-256 of the files above; the same log, chain and options give the same bytes"),
    ("metrics.prom", "with --follow: gauges for a textfile collector"),
    ("audit.state", "only while a run is not complete: the next one goes on from there"),
]


def audit(t, out):
    page = Page("hallmark-audit", 1, "replay a whole log against its chain", t["version"])
    command = next(c for c in t["verifier"] if c["name"] == "audit")
    page.synopsis(f'hallmark audit {command["arguments"]}')
    page.head("description")
    page.text("""Proves from a node (or a copy of its store) and an endpoint of the chain that a log is complete, in order and
        unaltered. Neither is trusted: trees, headers and values are rebuilt, transactions are read from their own signed bytes,
        blocks from headers that have the right hash, and what an endpoint leaves out is found by the nonces of the keys.""",
              """With several --rpc the first that answers is asked; transaction counts are asked of all. --follow goes on
        until SIGTERM and prints a finding the moment it appears.""")
    page.head("files")
    for name, text in AUDIT_FILES:
        page.item(name, text)
    exit_table(page, [("0", "clean: nothing but notices"), ("1", "findings: at least one error or warning"),
                      ("2", "could not complete, and no finding so far"), ("64", "a mistake on the command line")])
    page.head("findings")
    page.text("""A code never changes its meaning. A notice is to know, a warning asks for an explanation, an error is a
        contradiction, incomplete means that something could not be looked at. docs/auditing.md says of each what it means,
        what it does not, and what to do.""")
    for f in t["auditFindings"]:
        page.item(f'{f["code"]} {f["name"]} ({f["severity"]})', f["text"])
    page.see(*ALL)
    page.write(out)


# Members of the proof document, in the order in which they are written.
PROOF = [
    ("type, version", 'always "HallmarkProof" and 1; an unknown version is not judged'),
    ("log, genesis", "name and 103 bytes that began the log; their hash is in every header"),
    ("status", "sealed, sent, mined or final, when the document was made; information only"),
    ("targetHash, targetRule", "the hash that is proven, and how it is made: rdfc (canonical RDF) or bytes"),
    ("leafIndex", "the place in the batch, from 0"),
    ("batch", "number, leafCount, sealedAt and header: the 140 bytes that decide; the rest must agree with them"),
    ("path", """steps with one member each, left or right: the salt, the siblings in the tree, the hash of the header, the
        value of the batch before"""),
    ("anchors", """one object for each transaction: tail (seals of the batches between), merkleRoot, chainId, to, from,
        transactionHash, blockNumber, blockHash, blockTime, proofValue (path and tail as a MerkleProof2019)"""),
    ("evidence", """in an anchor: genesisBlock, header, txIndex, tx, txProof, receipt, receiptProof and links. With it the
        proof is checked against a block hash alone"""),
]


def proof(t, out):
    page = Page("hallmark-proof", 5, "the proof document of a Hallmark log", t["version"])
    page.head("description")
    page.text("""A JSON object, in a file that ends with .proof.json. Hashes without 0x are lower-case hexadecimal; values of the
        chain carry 0x. Duplicate members are refused, unknown ones ignored.""",
              """leaf = SHA-256(target, salt); node = SHA-256(left, right); seal = SHA-256(root, SHA-256(header)); anchored value =
        SHA-256(value before, seal). Folding path and tail leads from the hash to merkleRoot, which is the input of the
        transaction.""")
    page.head("members")
    for name, text in PROOF:
        page.item(name, text)
    page.see(*ALL)
    page.write(out)


def main(tables, programs, out):
    t = json.loads(subprocess.run([tables], capture_output=True, text=True, check=True).stdout)
    out.mkdir(parents=True, exist_ok=True)
    hallmarkd(t, programs, out)
    hallmarkctl(t, out)
    conf(t, out)
    signer(t, programs, out)
    hallmark(t, out)
    audit(t, out)
    proof(t, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
