"""A second sender on the key of the log: what it sent is found, named and stepped over."""
import hashlib

import ethkey
import hm
import proven


def target(text):
    return hashlib.sha256(text.encode()).hexdigest()


class SecondSenderTest(hm.Case):
    def test_a_value_of_ours_sent_again_by_somebody_else(self):
        """The store knows that value: it is not older than the chain, and anchoring goes on."""
        chain, daemon = hm.world(self)
        key = ethkey.Key()
        chain.fund(key.address)
        ethkey.install(daemon, key)
        client = daemon.start()
        self.assertEqual(client.submit(target("first")).status, 202)
        daemon.wait_final(target("first"))
        again = chain.anchored(key.address)[0]
        chain.rpc("eth_sendRawTransaction", key.transaction(again.nonce + 1, hm.REGISTRY, "0x" + again.value))
        hm.until("sent twice", lambda: len(chain.anchored(daemon.address)) == 2)
        self.assertEqual(client.submit(target("second")).status, 202)
        daemon.wait_final(target("second"))
        proven.replay(client)
        values = [anchor.value for anchor in chain.anchored(daemon.address)]
        self.assertEqual((len(values), len(set(values))), (3, 2))
        self.assertNotIn("old-store", [alarm["name"] for alarm in daemon.status()["alarms"]])


class NonceGapTest(hm.Case):
    """A stranger's transaction was final, ours behind it too; the chain takes both back, and only ours is sent again."""

    def setUp(self):
        super().setUp()
        self.chain, self.daemon = hm.world(self, block_time=0)
        self.key = ethkey.Key()
        self.chain.fund(self.key.address)
        ethkey.install(self.daemon, self.key)
        self.client = self.daemon.start()

    def pool(self):
        """(may be mined, wait for a lower nonce)"""
        status = self.chain.rpc("txpool_status")
        return int(status["pending"], 16), int(status["queued"], 16)

    def anchor(self, name):
        self.assertEqual(self.client.submit(target(name)).status, 202)
        hm.until(f"{name} is sent", lambda: self.pool() == (1, 0))
        self.chain.mine(3)
        self.daemon.wait_final(target(name))

    def alarms(self):
        return {alarm["name"]: alarm for alarm in self.daemon.status()["alarms"]}

    def nothing(self, nonce):
        """What the alarm asks for: a transfer of nothing from the key to itself."""
        self.chain.rpc("eth_sendRawTransaction", self.key.transaction(nonce, self.key.address, "0x"))
        self.chain.mine(3)

    def test_an_operator_fills_it(self):
        self.anchor("first")
        before = self.chain.head()
        self.nothing(1)
        self.anchor("second")
        self.chain.rpc("anvil_reorg", self.chain.head() - before, [])  # anvil puts nothing back into its pool
        self.assertEqual(len(self.chain.anchored(self.key.address)), 1)
        alarm = hm.until("the gap is seen", lambda: self.alarms().get("nonce-gap"))
        self.assertTrue(alarm["urgent"])
        hm.until("ours waits behind it", lambda: self.pool() == (0, 1))
        self.chain.mine(3)
        self.assertEqual(self.pool(), (0, 1))
        self.nothing(self.daemon.status()["chain"]["nonce"])
        hm.until("ours is mined", lambda: len(self.chain.anchored(self.key.address)) == 2)
        self.chain.mine(3)
        hm.until("the gap is gone", lambda: "nonce-gap" not in self.alarms())
        self.daemon.wait_final(target("second"))
        self.anchor("third")
        proven.all_proven(self.daemon, self.chain, [target(name) for name in ("first", "second", "third")])
        anchored = self.chain.anchored(self.key.address)
        self.assertEqual([anchor.nonce for anchor in anchored], [0, 2, 3])
        self.assertEqual(len({anchor.value for anchor in anchored}), 3)


if __name__ == "__main__":
    hm.main()
