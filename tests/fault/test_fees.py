"""What a transaction may cost: an L1 fee beside gas, chains without a base fee, a base fee that leaps over the cap."""
import faultproxy  # its path to the harness
import hm
import proven

ORACLE = "0x420000000000000000000000000000000000000f"
GWEI = 10**9


def answers(value):
    """Code of a contract that answers this number to everything."""
    return "0x7f" + value.to_bytes(32, "big").hex() + "5f5260205ff3"


class FeesTest(hm.Case):
    def alarms(self):
        return {alarm["name"] for alarm in self.daemon.status()["alarms"]}

    def test_an_l1_fee_counts_in_the_balance(self):
        """The gas alone could be paid; with the fee of the OP stack's oracle and its margin it could not."""
        self.chain, self.daemon = hm.world(self)
        self.chain.rpc("anvil_setCode", ORACLE, answers(hm.ETHER // 50))
        self.chain.fund(self.daemon.address, hm.ETHER // 50)
        client = self.daemon.start()
        client.submit("11" * 32)
        hm.until("an alarm", lambda: "funds" in self.alarms())
        self.assertEqual(int(self.chain.rpc("eth_getTransactionCount", self.daemon.address, "pending"), 16), 0)
        self.chain.fund(self.daemon.address, hm.ETHER // 25)
        self.daemon.wait_final("11" * 32)
        proven.all_proven(self.daemon, self.chain, ["11" * 32])
        self.assertNotIn("funds", self.alarms())

    def test_an_l1_fee_counts_in_the_budget(self):
        self.chain, self.daemon = hm.world(self, settings={"fees.daily_budget": "0.02ether"})
        self.chain.rpc("anvil_setCode", ORACLE, answers(hm.ETHER // 50))
        client = self.daemon.start()
        client.submit("22" * 32)
        hm.until("an alarm", lambda: "budget" in self.alarms())
        self.daemon.configure(fees__daily_budget="0.05ether")
        self.daemon.ctl_ok("reload")
        self.daemon.wait_final("22" * 32)

    def test_a_chain_without_a_base_fee(self):
        """Type 0 with its own gas price, replaced by a dearer one, and a proof that holds."""
        self.chain, self.daemon = hm.world(self, "--hardfork", "berlin", block_time=0, settings={
            "fees.bump_after": "1s", "chain.registry": None, "chain.anchor_to": "self"})
        self.chain.mine(3)
        client = self.daemon.start()
        client.submit("33" * 32)
        pool = lambda: [tx for nonces in self.chain.rpc("txpool_content")["pending"].values() for tx in nonces.values()]
        first = hm.until("in the pool", pool)[0]
        self.assertEqual(int(first["type"], 16), 0)
        hm.until("a dearer one", lambda: (txs := pool()) and int(txs[0]["gasPrice"], 16) >= int(first["gasPrice"], 16) * 9 // 8)
        self.assertIsInstance(self.daemon.status()["runwayDays"], int)
        self.chain.mine(4)
        self.daemon.wait_final("33" * 32)
        proven.all_proven(self.daemon, self.chain, ["33" * 32])

    def test_a_base_fee_over_the_cap(self):
        """Twenty times the base fee: capped, said in status, metrics and log, sent again, mined when it falls."""
        self.chain, self.daemon = hm.world(self, block_time=0, settings={
            "fees.max_fee_per_gas": "10gwei", "fees.max_priority_fee": "3gwei", "fees.bump_after": "1s"})
        self.chain.mine(3)
        client = self.daemon.start()
        client.submit("44" * 32)
        hm.until("in the pool", lambda: self.chain.rpc("txpool_status")["pending"] != "0x0")
        self.spike(20 * GWEI)
        hm.until("capped", lambda: "fee-capped" in self.alarms())
        self.assertIn('hallmark_alarm{name="fee-capped"} 1', client.get("/metrics").body.decode())
        self.daemon.process.wait_line("event=alarm alarm=fee-capped")
        self.assertEqual(self.daemon.status()["anchors"][0]["state"], "fee-capped")
        self.chain.rpc("anvil_dropAllTransactions")
        self.spike(20 * GWEI)
        self.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        self.chain.mine()
        hm.until("sent again", lambda: self.chain.rpc("txpool_status")["pending"] != "0x0" or
                 self.chain.anchored(self.daemon.address))  # even before that block
        self.chain.mine(4)
        self.daemon.wait_final("44" * 32)
        proven.all_proven(self.daemon, self.chain, ["44" * 32])
        self.assertNotIn("fee-capped", self.alarms())

    def spike(self, base):
        self.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(base))
        self.chain.mine()


if __name__ == "__main__":
    hm.main()
