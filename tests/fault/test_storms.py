"""Weather on the chain: reorganisations of depth 1 to 12 before and after an anchor is mined, a base fee that leaps to
twenty times its height for fifty blocks, a mempool that is dropped. No value twice, no price above the cap."""
import hashlib

import faultproxy  # its path to the harness
import hm
import proven

GWEI = 10**9
DEEPEST = 12
SPIKE_BLOCKS = 50


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class StormCase(hm.Case):
    """Blocks only when asked for."""

    def world(self, **settings):
        self.chain, self.daemon = hm.world(self, block_time=0, settings={"chain.poll": "100ms", **settings})
        self.chain.mine(2 * DEEPEST)
        self.client = self.daemon.start()
        self.kept = []

    def submit(self, name):
        """A batch of its own."""
        self.assertEqual(self.client.submit(digest(name)).status, 202)
        self.kept.append(digest(name))
        self.daemon.ctl_ok("flush")

    def on_chain(self):
        return {anchor.value for anchor in self.chain.anchored(self.daemon.address)}

    def pooled(self):
        pool = self.chain.rpc("txpool_content")
        return [tx for state in ("pending", "queued") for nonces in pool[state].values() for tx in nonces.values()]

    def all_out(self):
        """Each batch has a transaction, on the chain or waiting for the next block."""
        hm.until(f"{len(self.kept)} values are out", lambda: len(self.on_chain() | {tx["input"][2:] for tx in self.pooled()}) == len(self.kept))

    def calm(self, blocks):
        """So many blocks at the price of a quiet day."""
        for _ in range(blocks):
            self.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
            self.chain.mine()

    def ends_well(self):
        self.daemon.wait_final(*self.kept)
        proven.all_proven(self.daemon, self.chain, self.kept)
        self.assertEqual(self.daemon.status()["alarms"], [])


class ReorgTest(StormCase):
    def test_depths_1_to_12_before_and_after_mined(self):
        """Final after 13 blocks, so every depth is before finality; a deep one takes earlier anchors back too."""
        self.world(**{"chain.finality": "depth", "chain.confirmations": DEEPEST + 1, "batch.max_age": "1h"})
        for depth in range(1, DEEPEST + 1):
            self.submit(depth)
            self.all_out()
            self.chain.rpc("anvil_reorg", depth, [])  # before it is mined
            block = self.mined()
            self.assertEqual(self.chain.head(), block)
            if depth > 1:
                self.chain.mine(depth - 1)
            self.chain.rpc("anvil_reorg", depth, [])  # after
            self.all_out()
            self.chain.mine()
        hm.until("all on the chain", lambda: len(self.on_chain()) == len(self.kept) or (self.pooled() and self.chain.mine()))
        self.chain.mine(DEEPEST + 1)
        self.ends_well()

    def mined(self):
        """Blocks until the newest hash is mined; its block. What a reorganisation took out of the pool is sent again."""
        def look():
            if self.client.get(f"/v1/hashes/{self.kept[-1]}").json()["status"] == "mined":
                return self.client.get(f"/v1/proofs/{self.kept[-1]}").json()["anchors"][0]["blockNumber"]
            if self.pooled():
                self.chain.mine()
        return hm.until("mined", look)


class SpikeTest(StormCase):
    def spike(self, blocks):
        """Blocks at twenty times the price."""
        for _ in range(blocks):
            self.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(20 * GWEI))
            self.chain.mine()

    def paid(self):
        """What was offered at most and what was paid, in wei a gas, of every anchor."""
        for anchor in self.chain.anchored(self.daemon.address):
            tx = self.chain.rpc("eth_getTransactionByHash", anchor.transaction)
            receipt = self.chain.rpc("eth_getTransactionReceipt", anchor.transaction)
            yield int(tx["maxFeePerGas"], 16), int(receipt["effectiveGasPrice"], 16)

    def begin(self, cap):
        self.world(**{"fees.max_fee_per_gas": cap, "fees.bump_after": "1s"})
        self.calm(1)
        self.submit("before")
        self.all_out()
        self.spike(1)

    def test_over_the_cap(self):
        """Nothing is mined at that price: capped, and said so; sent again although the pool forgets; mined when it falls."""
        self.begin("10gwei")
        hm.until("capped", lambda: "fee-capped" in {alarm["name"] for alarm in self.daemon.status()["alarms"]})
        self.assertIn('hallmark_alarm{name="fee-capped"} 1', self.client.get("/metrics").body.decode())
        self.daemon.process.wait_line("event=alarm alarm=fee-capped")
        self.submit("meanwhile")
        for _ in range(SPIKE_BLOCKS):  # each of them seen by the daemon
            looks = self.daemon.status()["chain"]["looks"]
            self.spike(1)
            hm.until("a look", lambda: self.daemon.status()["chain"]["looks"] > looks)
        self.assertEqual(self.on_chain(), set())
        self.assertEqual(self.daemon.status()["anchors"][0]["state"], "fee-capped")
        self.chain.rpc("anvil_dropAllTransactions")
        self.calm(1)
        self.all_out()
        self.calm(4)
        self.ends_well()
        self.assertTrue(all(offered <= 10 * GWEI for offered, _ in self.paid()))

    def test_under_the_cap(self):
        """The price is raised on the same nonce, and the anchor is mined within the spike."""
        self.begin("100gwei")
        for name in ("amid", "late"):
            hm.until("dearer", lambda: [tx for tx in self.pooled() if int(tx["maxFeePerGas"], 16) >= 20 * GWEI])
            self.spike(SPIKE_BLOCKS // 2)
            self.assertEqual(len(self.on_chain()), len(self.kept))
            self.submit(name)
        self.calm(1)
        self.all_out()
        self.calm(4)
        self.ends_well()
        paid = sorted(self.paid())
        self.assertEqual([actual >= 20 * GWEI for _, actual in paid], [False, True, True])
        self.assertTrue(all(actual <= offered <= 100 * GWEI for offered, actual in paid))


class RevertedTest(StormCase):
    def test_a_registry_that_is_none(self):
        """Mined twice without the event: nothing more is spent until an operator says so."""
        self.world()
        self.chain.rpc("anvil_setCode", hm.REGISTRY, "0x00")
        self.submit("in vain")
        for _ in range(2):
            hm.until("in the pool", self.pooled)
            self.chain.mine(4)
        hm.until("an alarm", lambda: "reverted" in {alarm["name"] for alarm in self.daemon.status()["alarms"]})
        looks = self.daemon.status()["chain"]["looks"]
        hm.until("three more looks", lambda: self.daemon.status()["chain"]["looks"] > looks + 3)
        self.assertEqual(self.pooled(), [])
        self.chain.rpc("anvil_setCode", hm.REGISTRY, hm.json.loads(hm.ARTIFACT.read_text())["runtime"])
        self.daemon.ctl_ok("resume")
        hm.until("sent again", self.pooled)
        self.chain.mine(4)
        self.daemon.wait_final(*self.kept)
        values = [anchor.value for anchor in self.chain.anchored(self.daemon.address)]
        self.assertEqual((len(values), len(set(values))), (3, 1))
        self.assertEqual(self.daemon.status()["alarms"], [])


if __name__ == "__main__":
    hm.main()
