"""The Debian package on a machine that has never seen the project: installs, anchors, verifies, and is removed cleanly.

A chroot made by debootstrap; needs root, debootstrap and a Debian mirror. Minutes, so only with --full."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import hm
import test_docs

SUITE = "bookworm"
PREPARED = os.environ.get("HALLMARK_CHROOT")  # a chroot that is copied instead of made: to save the minutes


def run(*words, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


class DebianTest(hm.Case):
    def inside(self, *words, **options):
        return run("chroot", self.root, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                   *words, **options)

    def make_root(self):
        self.root = self.folder / "root"
        if PREPARED:
            run("cp", "-a", PREPARED, self.root)
        else:
            run("debootstrap", "--variant=minbase", SUITE, self.root)
        for source, target, options in (("proc", "proc", ["-t", "proc"]), ("/dev", "dev", ["--bind"])):
            run("mount", *options, source, self.root / target)
            self.addCleanup(subprocess.run, ["umount", "-l", self.root / target], check=False)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (self.root / "usr/sbin/policy-rc.d").chmod(0o755)

    def build(self):
        built = Path(run(hm.ROOT / "scripts/package", hm.BUILD / "debian", cwd=hm.ROOT).split()[-1])
        folder = self.root / "srv/hallmark/build/debian"  # where the guides have it
        folder.mkdir(parents=True)
        shutil.copy(hm.ROOT / built, folder)

    def obey(self, page):
        """The commands of a guide that need root, as they stand but for what starts a unit: no systemd runs in a chroot."""
        lines = [line for block in test_docs.blocks(hm.ROOT / "docs" / page, "sh root") for line in block.splitlines()]
        self.assertGreater(len(lines), 2, page)
        for line in lines:
            if line.startswith("systemctl restart "):
                print(f"not run in a chroot: {line}")
                continue
            self.inside("bash", "-euc", f"cd /srv/hallmark; {line.replace(' --now', '')}")

    def configure(self, chain):
        (self.root / "etc/hallmark/passphrase").write_text(hm.PASSPHRASE)
        self.inside("chmod", "0600", "/etc/hallmark/passphrase")
        (self.root / "etc/hallmark/hallmarkd.conf").write_text(
            f"[log]\nname = {hm.LOG_NAME}\n[http]\nlisten = 127.0.0.1:0\n[batch]\nmax_age = 500ms\n[store]\nmap_size = 1G\n"
            f"[chain]\nrpc = {chain.url}\nchain_id = {hm.CHAIN_ID}\nregistry = {hm.REGISTRY}\npoll = 200ms\n"
            "[key]\npassphrase_file = /etc/hallmark/passphrase\n[control]\nsocket = /var/lib/hallmark/control.sock\n")
        address = self.inside("hallmarkctl", "key", "new").strip()
        self.inside("chown", "hallmark:hallmark", "/etc/hallmark/key.json", "/etc/hallmark/passphrase")
        self.inside("install", "-d", "-o", "hallmark", "-g", "hallmark", "-m", "0700", "/var/lib/hallmark")  # StateDirectory=
        chain.fund(address)
        self.inside("hallmarkd", "--check-config")

    def anchor(self, chain):
        daemon = self.own(hm.Process(["chroot", "--userspec=hallmark:hallmark", self.root, "/usr/bin/hallmarkd", "-c",
                                      "/etc/hallmark/hallmarkd.conf"]))
        http = daemon.wait_line(r"event=listening .*http=([^ ]+)")[1]
        (self.root / "srv/diploma.txt").write_text("diploma\n")
        self.inside("hallmark", "submit", "--node", f"http://{http}", "--wait=final", "-o", "/srv", "/srv/diploma.txt")
        verdict = json.loads(self.inside("sh", "-c", f"hallmark verify --json --rpc {chain.url} /srv/diploma.txt; test $? = 4"))
        self.assertEqual((verdict["authenticity"], verdict["force"]), ("unknown-issuer", "in-force"))
        status = json.loads(self.inside("hallmarkctl", "--json", "status"))
        self.assertEqual((status["batches"], status["accepted"]), (1, 1))
        self.assertIn("Sound: 1 hashes", self.inside("hallmarkctl", "fsck", "--deep"))
        daemon.signal(hm.signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0, daemon.text())
        value = chain.rpc("eth_call", {"to": hm.REGISTRY, "data": "0x" + hashlib.sha256(b"").hexdigest()}, "latest")
        self.assertEqual(value, "0x")  # the contract is the one that was anchored to

    def check_installed(self):
        files = self.inside("dpkg", "-L", "hallmark").split()
        for file in ("/usr/bin/hallmarkd", "/usr/bin/hallmarkctl", "/usr/bin/hallmark", "/usr/bin/hallmark-signer",
                     "/usr/lib/systemd/system/hallmarkd.service", "/usr/lib/systemd/system/hallmark-signer.service",
                     "/usr/lib/systemd/system/hallmark-backup.timer", "/usr/lib/sysusers.d/hallmark.conf",
                     "/usr/lib/tmpfiles.d/hallmark.conf", "/usr/share/man/man8/hallmarkd.8.gz", "/usr/share/man/man1/hallmark.1.gz",
                     "/usr/share/man/man5/hallmarkd.conf.5.gz", "/usr/share/man/man5/hallmark-proof.5.gz",
                     "/usr/share/doc/hallmark/copyright", "/usr/share/bash-completion/completions/hallmarkctl"):
            self.assertIn(file, files)
        conffiles = self.inside("dpkg-query", "-W", "-f", "${Conffiles}", "hallmark")
        self.assertIn("/etc/hallmark/hallmarkd.conf", conffiles)
        self.assertIn("hallmark", self.inside("getent", "passwd", "hallmark"))
        self.assertEqual(self.inside("stat", "-c", "%a %G", "/etc/hallmark", "/etc/hallmark/hallmarkd.conf").split(),
                         ["750", "hallmark", "640", "hallmark"])
        for program in ("hallmarkd", "hallmarkctl", "hallmark", "hallmark-signer"):
            self.assertIn(program, self.inside(program, "--version"))
        return files

    def test_package(self):
        self.make_root()
        chain = hm.Chain(self)
        self.build()
        self.inside("apt-get", "-qq", "update")
        self.obey("operating.md")
        self.assertTrue((self.root / "etc/systemd/system/timers.target.wants/hallmark-backup.timer").is_symlink())
        files = self.check_installed()
        self.configure(chain)
        self.anchor(chain)
        self.obey("upgrading.md")
        self.assertTrue((self.root / "var/backups/hallmark/before/manifest.json").exists())
        shutil.rmtree(self.root / "var/backups/hallmark/before")
        self.inside("systemctl", "disable", "hallmark-backup.timer", "hallmarkd.socket", "hallmarkd.service")
        self.inside("apt-get", "-qq", "-y", "remove", "hallmark")
        self.assertTrue((self.root / "etc/hallmark/hallmarkd.conf").exists())  # the administrator's
        self.inside("apt-get", "-qq", "-y", "purge", "hallmark")
        owned = [f for f in files if "hallmark" in f and (self.root / f.lstrip("/")).exists()]
        self.assertEqual(owned, ["/etc/hallmark"])  # holds the key
        self.assertTrue((self.root / "var/lib/hallmark/log/data.mdb").exists())  # the log is never removed

    def test_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is absent (scripts/setup --full)")
        package = run(hm.ROOT / "scripts/package", hm.BUILD / "debian", cwd=hm.ROOT).split()[-1]
        run("lintian", "--allow-root", "--fail-on", "error,warning", hm.ROOT / package)


if __name__ == "__main__":
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("skipped: this needs root and debootstrap")
        sys.exit(77)
    hm.main(hm.ANVIL)
