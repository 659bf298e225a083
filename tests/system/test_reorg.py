"""The chain takes blocks back: the anchor is sent again, mined again, and proven where it then stands."""
import hashlib

import hm
import proven


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class ReorgTest(hm.Case):
    """Blocks only when asked for: depth and moment of each reorg are exact."""

    def setUp(self):
        super().setUp()
        self.chain, self.daemon = hm.world(self, block_time=0)
        self.chain.mine(5)  # depth for reorgs before the first anchor
        self.client = self.daemon.start()

    def status(self, target):
        return self.client.get(f"/v1/hashes/{target}").json()["status"]

    def wait_status(self, target, *words):
        return hm.until(f"{target[:6]} {words}", lambda: (s := self.status(target)) in words and s)

    def pooled(self):
        return int(self.chain.rpc("txpool_status")["pending"], 16)

    def mined(self, name):
        """A hash whose anchor is in the newest block."""
        target = digest(name)
        self.assertEqual(self.client.submit(target).status, 202)
        hm.until("in the pool", lambda: self.pooled() == 1)
        self.chain.mine()
        self.wait_status(target, "mined")
        return target

    def reorg(self, depth):
        """Take back so many blocks; what was in them is gone, also from the pool."""
        self.chain.rpc("anvil_reorg", depth, [])
        self.assertEqual(len(self.chain.anchored(self.daemon.address)), self.before)

    def through(self, depth, name):
        self.before = len(self.chain.anchored(self.daemon.address))
        target = self.mined(name)
        first = self.client.get(f"/v1/proofs/{target}").json()["anchors"][0]
        self.chain.mine(depth - 1)
        self.reorg(depth)
        hm.until("sent again", lambda: self.pooled() == 1)
        self.wait_status(target, "sent")
        self.chain.mine()
        self.wait_status(target, "mined")
        self.chain.mine(2)
        self.daemon.wait_final(target)
        again = self.client.get(f"/v1/proofs/{target}").json()["anchors"][0]
        self.assertEqual(again["transactionHash"], first["transactionHash"])
        self.assertNotEqual(again["blockHash"], first["blockHash"])
        return target

    def test_before_it_is_final(self):
        targets = [self.through(depth, depth) for depth in (1, 2)]
        proven.all_proven(self.daemon, self.chain, targets)

    def test_past_finality(self):
        """A chain that breaks its word: an alarm, and the anchor is made again."""
        self.before = 0
        target = self.mined("deep")
        self.chain.mine(2)
        self.daemon.wait_final(target)
        self.reorg(3)
        hm.until("an alarm", lambda: "finality-broken" in {a["name"] for a in self.daemon.status()["alarms"]})
        hm.until("sent again", lambda: self.pooled() == 1, 120)
        self.chain.mine(3)
        self.daemon.wait_final(target)
        proven.all_proven(self.daemon, self.chain, [target])

    def test_several_in_flight(self):
        self.before = 0
        self.daemon.configure(batch__max_leaves=1)
        self.daemon.stop()
        self.client = self.daemon.start()
        targets = [digest(i) for i in range(3)]
        self.client.submit_many(targets)
        hm.until("all in the pool", lambda: self.pooled() == 3)
        self.chain.mine()
        for target in targets:
            self.wait_status(target, "mined")
        self.reorg(1)
        hm.until("all sent again", lambda: self.pooled() == 3)
        self.chain.mine(3)
        self.daemon.wait_final(*targets)
        proven.all_proven(self.daemon, self.chain, targets)

    def test_during_a_stop(self):
        self.before = 0
        target = self.mined("stopped")
        self.assertEqual(self.daemon.stop(), 0)
        self.reorg(1)
        self.client = self.daemon.start()
        hm.until("sent again", lambda: self.pooled() == 1)
        self.chain.mine(3)
        self.daemon.wait_final(target)
        proven.all_proven(self.daemon, self.chain, [target])

    def test_dropped_from_the_pool(self):
        """No reorg: the transaction just vanishes before it is mined."""
        target = digest("dropped")
        self.client.submit(target)
        hm.until("in the pool", lambda: self.pooled() == 1)
        self.wait_status(target, "sent")
        self.chain.rpc("anvil_dropAllTransactions")
        hm.until("sent again", lambda: self.pooled() == 1, 120)
        self.chain.mine(3)
        self.daemon.wait_final(target)
        proven.all_proven(self.daemon, self.chain, [target])


if __name__ == "__main__":
    hm.main()
