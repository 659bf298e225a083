"""An endpoint that fails, and lies, in every way a network can: nothing is lost, nothing is anchored twice, and what is
spent stays within the cap."""
import hashlib

import faultproxy
import hm
import proven

SEND = "eth_sendRawTransaction"
NOWHERE = '"0x%s"' % ("ab" * 32)  # the hash of no block, as JSON
LOOK = 9  # calls of one look at the chain


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class ProxyCase(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain = hm.Chain(self)
        self.chain.fund(hm.key()[1])
        self.before = int(self.chain.rpc("eth_getBalance", hm.key()[1], "latest"), 16)
        self.targets = []
        self.day = hm.day()

    def world(self, script=None, **settings):
        self.proxy = faultproxy.FaultProxy(self, self.chain.port, script)
        self.daemon = hm.Daemon(self, self.proxy.url, settings)
        self.client = self.daemon.start()

    def submit(self, name):
        self.targets.append(digest(name))
        self.assertEqual(self.client.submit(self.targets[-1]).status, 202)
        return self.targets[-1]

    def finish(self):
        self.daemon.wait_final(*self.targets)
        proven.all_proven(self.daemon, self.chain, self.targets)
        self.within_the_cap()

    def within_the_cap(self):
        """What the chain took is what the daemon booked, and no more than the daily budget."""
        spent = self.before - int(self.chain.rpc("eth_getBalance", self.daemon.address, "latest"), 16)
        budget = hm.ETHER // 20
        self.assertLessEqual(spent, budget)
        if hm.day() != self.day:
            return  # the book of the day has begun anew
        booked = self.daemon.status()["chain"]["spentToday"]
        self.assertEqual(round(float(booked.removesuffix("gwei").removesuffix("ether")) *
                               (10**9 if booked.endswith("gwei") else 10**18)), spent, booked)

    def looks(self):
        return self.daemon.status()["chain"].get("looks", 0)

    def a_first_look(self):
        """The next one comes when there is work, or after a minute."""
        hm.until("a first look", lambda: self.looks() > 0)

    def a_good_look(self):
        """Let a whole look at the chain succeed: the breaker counts failures in a row. An anchor that is final has had it."""
        looks, target = self.looks(), self.targets[-1]
        hm.until("a good look", lambda: self.looks() > looks or
                 self.client.get(f"/v1/hashes/{target}").json()["status"] == "final")

    def each(self, *faults):
        """A hash for every fault, which meets two calls of any method."""
        self.world()
        for fault in faults:
            with self.subTest(fault):
                rule = self.proxy.rule(f"{fault} times=2")
                self.submit(fault)
                self.proxy.wait_hits(rule, 2)
                self.a_good_look()
        self.finish()


class TransportTest(ProxyCase):
    def test_every_way_to_fail(self):
        self.each("drop", "lose-reply", "duplicate", "truncate", "half-json", "garbage", "empty", "huge", "wrong-id",
                  "delay=300", "html", "html='502 Bad Gateway'", "status='429 Too Many Requests'",
                  "status='503 Service Unavailable'", "result=null")

    def test_sending_fails_in_every_way(self):
        """The transaction may have arrived each time: it is sent again, and mined once."""
        self.world()
        for fault in ("lose-reply", "drop", "duplicate", "html", "garbage", "wrong-id", "truncate",
                      "status='503 Service Unavailable'", "'error=-32000:already known'",
                      "'error=-32000:transaction underpriced'", "'error=-32603:what is this'"):
            with self.subTest(fault):
                rule = self.proxy.rule(f"{fault} {SEND} times=1")
                self.submit(fault)
                self.proxy.wait_hits(rule, 1)
        self.finish()

    def test_nobody_answers_for_a_while(self):
        """Hashes are accepted meanwhile, /readyz says why it is not ready, and all goes on afterwards."""
        self.world()
        self.a_first_look()
        down = self.proxy.rule("drop")
        self.submit(1)
        not_ready = hm.until("not ready", lambda: (r := self.client.get("/readyz")).status == 503 and r)
        self.assertIn("endpoint", not_ready.json()["detail"])
        self.assertEqual(self.client.get("/healthz").status, 200)
        self.submit(2)
        self.assertNotEqual(self.daemon.status()["endpoints"][0]["lastError"], "")
        hm.until("it rests", lambda: self.daemon.status()["endpoints"][0]["health"] != "healthy")
        self.proxy.end(down)
        hm.until("ready", lambda: self.client.get("/readyz").status == 200)
        self.finish()


class LieTest(ProxyCase):
    def test_receipts_of_another_block(self):
        self.world()
        rule = self.proxy.rule("lie=blockHash:'%s' eth_getTransactionReceipt" % NOWHERE)
        target = self.submit(1)
        self.proxy.wait_hits(rule, 4)
        self.assertNotIn(self.client.get(f"/v1/hashes/{target}").json()["status"], ("mined", "final"))
        self.proxy.end(rule)
        self.finish()

    def test_no_receipts(self):
        self.world("result=null eth_getTransactionReceipt times=10\n")
        self.submit(1)
        self.finish()

    def test_a_head_that_stands_still(self):
        self.world()
        self.a_first_look()
        self.chain.hold()  # what is seen first is what was before the anchor
        rule = self.proxy.rule("freeze eth_blockNumber,eth_getBlockByNumber,eth_getTransactionCount")
        target = self.submit(1)
        self.proxy.wait_hits(rule, 4 * LOOK)
        self.chain.mine(5)
        self.proxy.wait_hits(rule, self.proxy.hits(rule) + 4 * LOOK)
        self.assertNotEqual(self.client.get(f"/v1/hashes/{target}").json()["status"], "final")
        self.proxy.end(rule)
        self.chain.go_on()
        self.finish()

    def test_the_chain_id_changes(self):
        """Named, put aside, nothing is sent there; a reload after the repair takes it back."""
        self.world()
        self.submit(1)
        self.daemon.wait_final(*self.targets)
        sent = self.proxy.calls(SEND)
        rule = self.proxy.rule("result='\"0x1\"' eth_chainId")
        self.submit(2)
        hm.until("an alarm", lambda: "wrong-chain" in [a["name"] for a in self.daemon.status()["alarms"]])
        endpoint = self.daemon.status()["endpoints"][0]
        self.assertEqual((endpoint["health"], endpoint["endpoint"]), ("quarantined", self.proxy.url))
        self.assertIn("its chain id is 1", endpoint["reason"])
        self.assertEqual(self.proxy.calls(SEND), sent)
        self.proxy.end(rule)
        self.daemon.ctl_ok("reload")
        self.finish()


class QuorumTest(ProxyCase):
    def test_one_of_three_lies(self):
        """Two of three decide: a stale head, wrong receipts and a wrong balance of one change nothing."""
        proxies = [faultproxy.FaultProxy(self, self.chain.port) for _ in range(3)]
        self.daemon = hm.Daemon(self, [proxy.url for proxy in proxies], {"chain.quorum": 2})
        self.client = self.daemon.start()
        self.submit(1)
        self.daemon.wait_final(*self.targets)
        proxies[1].rule("freeze eth_blockNumber,eth_getBlockByNumber,eth_getTransactionCount,eth_getBalance")
        proxies[1].rule("lie=blockHash:'%s' eth_getTransactionReceipt" % NOWHERE)
        proxies[1].rule(f"'error=-32000:nonce too low' {SEND}")
        self.submit(2)
        self.finish()
        proxies[2].rule("drop")  # one lies, one is dead: nothing is decided
        target = digest(3)
        self.client.submit(target)
        frozen = self.daemon.status()["chain"]["head"]
        hm.until("it knows that too few answer the same", lambda: self.client.get("/readyz").status == 503 or
                 self.daemon.status()["chain"]["head"] == frozen)
        self.assertNotEqual(self.client.get(f"/v1/hashes/{target}").json()["status"], "final")


if __name__ == "__main__":
    hm.main(hm.ANVIL, hm.program("hallmarkd"), hm.program("hallmarkctl"), faultproxy.PROGRAM)
