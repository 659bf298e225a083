"""A store that cannot be opened or cannot grow: a clear refusal, 507 while full, reading always, nothing lost."""
import hashlib
import os
import pwd
import re
import shutil
import subprocess

import hm
import proven

NOBODY = "nobody"


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class StoreCase(hm.Case):
    def refused(self, daemon, *words):
        """It does not start, and says why."""
        process = daemon.launch()
        line = process.wait_line("event=start-failed .*")[0]
        for word in words:
            self.assertIn(word, line)
        self.assertEqual(process.wait(), 1)
        return line


class OpenTest(StoreCase):
    def test_locked_by_another(self):
        daemon = hm.Daemon(self, "http://127.0.0.1:1")
        first = daemon.start()
        process = daemon.process
        daemon.configure(control__socket=daemon.folder / "other.sock")
        self.refused(daemon, "code=busy", f"process {process.pid}")
        self.assertEqual(first.submit(digest(1)).status, 202)

    def test_made_by_a_newer_version(self):
        daemon = hm.Daemon(self, "http://127.0.0.1:1")
        daemon.start()
        daemon.stop()
        data = daemon.folder / "store/log/data.mdb"
        schema = int(re.search(r"#define STORE_SCHEMA (\d+)", (hm.ROOT / "common/db/store.h").read_text())[1])
        old, new = (b"schema" + n.to_bytes(4, "big") for n in (schema, schema + 1))
        before = data.read_bytes()
        self.assertTrue(old in before)
        data.write_bytes(before.replace(old, new))
        self.refused(daemon, "code=version", f"schema {schema + 1}")
        self.assertTrue(data.read_bytes() == before.replace(old, new))  # looked at, not touched
        data.write_bytes(before)
        daemon.start()

    def test_not_a_store(self):
        daemon = hm.Daemon(self, "http://127.0.0.1:1")
        (daemon.folder / "store/log").mkdir(parents=True)
        (daemon.folder / "store/log/data.mdb").write_bytes(b"this is no database\n" * 1000)
        self.refused(daemon, "log")
        shutil.rmtree(daemon.folder / "store")
        (daemon.folder / "store").write_text("a file")
        self.refused(daemon, "store")

    def test_not_writable(self):
        daemon = hm.Daemon(self, "http://127.0.0.1:1")
        closed = daemon.folder / "closed"
        closed.mkdir(mode=0o555)
        daemon.configure(store__path=closed / "store")
        options = {}
        if os.geteuid() == 0:  # root may write anywhere: be somebody else
            options = {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []}
            for path in (self.folder, daemon.folder):
                path.chmod(0o755)
            for path in (daemon.folder / "key.json", daemon.folder / "passphrase", daemon.conf):
                shutil.chown(path, NOBODY)
            if not self.can_run(options):
                self.skipTest(f"{NOBODY} may not run {hm.program('hallmarkd')}")
        process = daemon.launch(**options)
        line = process.wait_line("event=start-failed .*")[0]
        self.assertIn("Permission denied", line)
        self.assertIn("closed", line)
        self.assertEqual(process.wait(), 1)

    def can_run(self, options):
        try:
            return subprocess.run([str(hm.program("hallmarkd")), "--version"], capture_output=True, **options).returncode == 0
        except OSError:
            return False


class FullCase(StoreCase):
    """Hashes until the store is full; then the same questions, and room again."""

    BATCH = 500

    def fill(self, client, limit=400):
        """Accept until 507; the hashes that were acknowledged."""
        kept = []
        for n in range(limit):
            targets = [digest((n, i)) for i in range(self.BATCH)]
            reply = client.submit_many(targets)
            if reply.status == 507:
                self.assertEqual(reply.headers["Content-Type"], "application/problem+json")
                self.assertEqual(reply.json()["code"], "storage-full")
                return kept
            self.assertEqual(reply.status, 202, reply.body)
            kept += targets
        self.fail("it never filled up")

    def still_reads(self, client, kept):
        for target in (kept[0], kept[len(kept) // 2], kept[-1]):
            self.assertEqual(client.get(f"/v1/hashes/{target}").json()["hash"], target)
        self.assertEqual(client.get(f"/v1/hashes/{digest('never')}").status, 404)
        for path in ("/v1/log", "/v1/batches", "/healthz", "/metrics"):
            self.assertEqual(client.get(path).status, 200, path)

    def keeps_its_word(self, daemon, chain, kept):
        """All that was acknowledged, and nothing of what was not, is proven in the end."""
        sample = kept[::len(kept) // 40]
        daemon.wait_final(*sample)
        daemon.wait_final(kept[-1])
        self.assertEqual(daemon.client.submit_many(kept).json(), {"accepted": 0, "duplicates": len(kept)})
        proven.all_proven(daemon, chain, sample)


class MapFullTest(FullCase):
    def test_507_and_reading_goes_on_then_a_larger_map(self):
        chain, daemon = hm.world(self, settings={"store.map_size": "1M", "batch.max_age": "1h"})
        client = daemon.start()
        kept = self.fill(client)
        self.still_reads(client, kept)
        self.assertEqual(client.submit_many([digest(("again", i)) for i in range(self.BATCH)]).status, 507)
        self.assertEqual(daemon.stop(), 0)
        daemon.configure(store__map_size="256M", batch__max_age="500ms")
        daemon.start()
        self.assertEqual(daemon.status()["accepted"], len(kept))
        self.keeps_its_word(daemon, chain, kept)


class DiskFullTest(FullCase):
    def test_a_full_disk(self):
        chain, daemon = hm.world(self, settings={"batch.max_age": "1h", "store.map_size": "256M"})
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"no small disk can be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        daemon.configure(store__path=disk / "store")
        client = daemon.start()
        client.submit(digest("first"))
        ballast = disk / "ballast"
        free = os.statvfs(disk)
        ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - (512 << 10)))
        kept = [digest("first"), *self.fill(client)]
        self.still_reads(client, kept)
        ballast.unlink()
        hm.until("room again", lambda: client.submit(digest("late")).status in (200, 202))
        daemon.ctl_ok("flush")
        self.keeps_its_word(daemon, chain, [*kept, digest("late")])


if __name__ == "__main__":
    hm.main()
