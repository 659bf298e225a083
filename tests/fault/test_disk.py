"""Each system call that writes fails in turn, with ENOSPC and with EIO: a clear refusal, reading goes on, and when the
disk is well again everything goes on without a restart."""
import hashlib
import json
import resource

import faultproxy  # its path to the harness
import hm
import proven

SHIM = hm.BUILD / "tests/writefault.so"
CALLS = ("write", "pwrite", "writev", "pwritev", "fsync", "fdatasync", "msync", "ftruncate", "fallocate", "openat", "rename", "any")


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class DiskTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h", "store.map_size": "256M"})
        self.daemon.configure(store__mirror=self.daemon.folder / "mirror")
        self.kept = []

    def start(self):
        if hm.is_sanitized():
            self.skipTest("a sanitized build cannot be run with LD_PRELOAD")
        self.fault("")
        self.client = self.daemon.start(environment={
            "LD_PRELOAD": str(SHIM), "WRITEFAULT": str(self.folder / "fault"), "WRITEFAULT_UNDER": str(self.daemon.folder)})

    def fault(self, text):
        partial = self.folder / "fault.new"
        partial.write_text(text)
        partial.rename(self.folder / "fault")  # never read half written

    def submit(self, target):
        reply = self.client.submit(target)
        if reply.status in (200, 202):
            self.kept.append(target)
        return reply

    def still_reads(self):
        for path in (f"/v1/hashes/{self.kept[0]}", f"/v1/proofs/{self.kept[0]}", "/v1/log", "/v1/batches", "/healthz", "/metrics"):
            self.assertEqual(self.client.get(path).status, 200, path)

    def is_refused(self, reply, error):
        """Not every call is met at every write; what is refused says why."""
        if reply.status == 202:
            return
        self.assertEqual(reply.status, 507 if error == "ENOSPC" else 503, reply.body)
        self.assertEqual(reply.headers["Content-Type"], "application/problem+json")

    def broken(self, call, error):
        """Two hashes and a batch while it is broken; then all is well again."""
        self.fault(f"{call} {error}")
        for i in range(2):
            self.is_refused(self.submit(digest((call, error, i))), error)
        self.daemon.ctl("flush")
        self.still_reads()
        self.fault("")
        hm.until("it accepts again", lambda: self.submit(digest((call, error, "late"))).status in (200, 202))
        self.all_sealed()

    def all_sealed(self):
        hm.until("all is sealed", lambda: self.daemon.ctl("flush").returncode == 0 and
                 (said := self.daemon.ctl("--json", "status")).returncode == 0 and json.loads(said.stdout)["pending"] == 0)

    def all_calls(self, error):
        self.start()
        self.submit(digest("first"))
        self.daemon.ctl_ok("flush")
        self.daemon.wait_final(*self.kept)
        for call in CALLS:
            with self.subTest(call):
                self.broken(call, error)
        self.all_sealed()
        self.daemon.wait_final(*self.kept)
        proven.all_proven(self.daemon, self.chain, self.kept)

    def test_enospc(self):
        self.all_calls("ENOSPC")

    def test_eio(self):
        self.all_calls("EIO")

    def test_a_limit_on_the_size_of_files(self):
        """RLIMIT_FSIZE comes with a signal that ends a process: here it is a full store, like any other."""
        self.client = self.daemon.start()
        self.submit(digest("first"))
        self.daemon.ctl_ok("flush")
        self.daemon.wait_final(*self.kept)
        resource.prlimit(self.daemon.process.pid, resource.RLIMIT_FSIZE, (1 << 16, resource.RLIM_INFINITY))
        many = [digest(("many", i)) for i in range(5000)]
        hm.until("507", lambda: self.client.submit_many(many).status == 507)
        self.still_reads()
        resource.prlimit(self.daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        hm.until("room again", lambda: self.client.submit_many(many).status == 202)
        self.daemon.ctl_ok("flush")
        self.daemon.wait_final(many[0], many[-1])
        proven.all_proven(self.daemon, self.chain, [*self.kept, many[0], many[-1]])


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), SHIM)
