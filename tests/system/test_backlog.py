"""More batches than the daemon holds in memory wait to be anchored: no block passes idle until the last one is mined."""
import hashlib

import hm

WINDOW = 4  # values under way at once
BATCHES = 84  # more than are in memory at once; a final anchor is looked after for 64 blocks


class BacklogTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain, self.daemon = hm.world(self, block_time=0, settings={"batch.max_leaves": 1, "batch.max_age": "1h"})
        self.daemon.start()

    def pending(self):
        return int(self.chain.rpc("txpool_status")["pending"], 16)

    def test_each_block_takes_as_many_as_may_be_under_way(self):
        """A block comes when its transactions are there; were there none, none would come, and nothing would be final."""
        targets = [hashlib.sha256(f"backlog {i}".encode()).hexdigest() for i in range(BATCHES)]
        self.assertEqual(self.daemon.client.submit_many(targets).status, 202)
        self.daemon.ctl_ok("wait", "--timeout", hm.DEADLINE, *targets)  # all are sealed
        before = self.chain.head()
        for left in range(BATCHES, 0, -WINDOW):
            wanted = min(WINDOW, left)
            hm.until(f"{wanted} transactions, and {left} batches wait", lambda: self.pending() == wanted)
            self.chain.mine()
        self.assertEqual(self.chain.head() - before, -(-BATCHES // WINDOW))
        self.assertEqual(len({anchor.value for anchor in self.chain.anchored(self.daemon.address)}), BATCHES)
        self.chain.mine(2)  # the last ones are final
        self.daemon.wait_final(*targets)


if __name__ == "__main__":
    hm.main()
