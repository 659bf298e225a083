"""An endpoint that answers well and lies: another chain, no receipts, a head that stands still."""
import hashlib

import hm
import proven
import rpcproxy as p


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class LieTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain = hm.Chain(self)
        self.chain.fund(hm.key()[1])
        self.proxy = p.Proxy(self, self.chain.port)
        self.daemon = hm.Daemon(self, self.proxy.url)

    def finish(self, *targets):
        self.daemon.wait_final(*targets)
        proven.all_proven(self.daemon, self.chain, targets)

    def test_another_chain_is_not_used_and_named(self):
        self.proxy.rule(p.result("0x1"), "eth_chainId")
        client = self.daemon.start()
        client.submit(digest(1))
        endpoint = lambda: self.daemon.status()["endpoints"][0]
        hm.until("quarantined", lambda: endpoint()["health"] == "quarantined")
        self.assertIn("chain", endpoint()["reason"])
        self.assertIn(self.proxy.url, endpoint()["endpoint"])
        hm.until("this alarm alone", lambda: [a["name"] for a in self.daemon.status()["alarms"]] == ["wrong-chain"])
        ready = client.get("/readyz")
        self.assertEqual(ready.status, 503)
        self.assertIn("another chain", ready.json()["detail"])
        self.assertNotIn("eth_sendRawTransaction", self.proxy.calls)

    def test_the_chain_changes_under_way(self):
        client = self.daemon.start()
        client.submit(digest(1))
        self.daemon.wait_final(digest(1))
        self.proxy.rule(p.result("0x1"), "eth_chainId")
        sent = self.proxy.calls["eth_sendRawTransaction"]
        hm.until("quarantined", lambda: self.daemon.status()["endpoints"][0]["health"] == "quarantined",
                 60 + hm.DEADLINE)  # it looks once a minute while nothing is under way
        client.submit(digest(2))
        hm.until("sealed", lambda: client.get(f"/v1/hashes/{digest(2)}").json()["batch"] == 2)
        self.assertEqual(self.proxy.calls["eth_sendRawTransaction"], sent)

    def test_no_receipt_for_a_while(self):
        rule = self.proxy.rule(p.null_result, "eth_getTransactionReceipt")
        client = self.daemon.start()
        client.submit(digest(1))
        rule.wait_hits(5)
        self.assertEqual(client.get(f"/v1/hashes/{digest(1)}").json()["status"], "sent")
        rule.end()
        self.finish(digest(1))

    def test_receipts_of_another_block(self):
        """A receipt names a block that is not on the chain: never final by it."""
        orphan = p.changed(lambda receipt: {**receipt, "blockHash": "0x" + "ab" * 32})
        rule = self.proxy.rule(orphan, "eth_getTransactionReceipt")
        client = self.daemon.start()
        client.submit(digest(1))
        rule.wait_hits(4)
        hm.until("five blocks more", lambda h=self.chain.head(): self.chain.head() > h + 5)
        self.assertNotEqual(client.get(f"/v1/hashes/{digest(1)}").json()["status"], "final")
        rule.end()
        self.finish(digest(1))

    def test_a_head_that_stands_still(self):
        client = self.daemon.start()
        self.chain.hold()  # what is seen first is what was before the anchor
        frozen = self.proxy.rule(p.frozen(), "eth_blockNumber", "eth_getBlockByNumber", "eth_getTransactionCount")
        client.submit(digest(1))
        frozen.wait_hits(20)
        self.chain.mine(5)
        frozen.wait_hits(frozen.hits + 20)
        self.assertNotEqual(client.get(f"/v1/hashes/{digest(1)}").json()["status"], "final")
        frozen.end()
        self.chain.go_on()
        self.finish(digest(1))

    def test_false_receipts_of_a_block_make_no_evidence(self):
        """Evidence is refused unless its roots are those of the header, and is fetched again."""
        change = lambda receipts: [{**receipt, "cumulativeGasUsed": "0x1"} for receipt in receipts]
        rule = self.proxy.rule(p.changed(change), "eth_getBlockReceipts", times=2)
        client = self.daemon.start()
        client.submit(digest(1))
        rule.wait_used_up()
        self.finish(digest(1))


class WithoutRawCallsTest(hm.Case):
    def test_evidence_from_json_alone(self):
        """A node without raw-transaction calls and block receipts (hardhat is one)."""
        chain = hm.Chain(self)
        chain.fund(hm.key()[1])
        proxy = p.Proxy(self, chain.port)
        unknown = proxy.rule(p.error(-32601, "the method does not exist"), "eth_getBlockReceipts",
                             "debug_getRawBlock", "debug_getRawTransaction", "debug_getRawHeader",
                             "debug_getRawReceipts", "eth_getRawTransactionByHash",
                             "eth_getRawTransactionByBlockHashAndIndex")
        daemon = hm.Daemon(self, proxy.url)
        client = daemon.start()
        client.submit(digest(1))
        daemon.wait_final(digest(1))
        proven.all_proven(daemon, chain, [digest(1)])
        self.assertGreater(unknown.hits, 0)


if __name__ == "__main__":
    hm.main()
