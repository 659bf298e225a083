"""A stop in the middle of something: what is under way ends, nothing new begins, and the process ends."""
import hashlib
import os
import signal

import hm

SHIM = hm.BUILD / "tests/writefault.so"


class StopTest(hm.Case):
    def order(self, text):
        partial = self.folder / "order.new"
        partial.write_text(text)
        partial.rename(self.folder / "order")

    def has_sockets(self):
        folder = f"/proc/{self.daemon.process.pid}/fd"
        try:
            return any(os.readlink(f"{folder}/{fd}").startswith("socket:") for fd in os.listdir(folder))
        except FileNotFoundError:
            return True  # one was just closed

    def test_a_save_ends_after_the_connections(self):
        """What follows this save is a question to the chain; when the save ends, nobody can ask any more."""
        self.chain, self.daemon = hm.world(self)
        self.chain.hold()
        self.order("")
        client = self.daemon.start(environment={"LD_PRELOAD": str(SHIM), "WRITEFAULT": str(self.folder / "order"),
                                                "WRITEFAULT_UNDER": str(self.daemon.folder)})
        target = hashlib.sha256(b"a").hexdigest()
        self.assertEqual(client.submit(target).status, 202)
        self.daemon.process.wait_line("event=anchor batch=1 state=sent")
        self.chain.mine()
        self.daemon.process.wait_line("event=anchor batch=1 state=mined")
        self.order("fdatasync STALL")
        self.chain.mine(4)
        hm.until("a save stalls", (self.folder / "order.stalled").exists)
        self.daemon.process.signal(signal.SIGTERM)
        hm.until("all connections are closed", lambda: not self.has_sockets())
        self.order("")
        self.assertEqual(self.daemon.process.wait(), 0)
        self.chain.mine(4)
        self.daemon.start()
        self.daemon.wait_final(target)


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), SHIM)
