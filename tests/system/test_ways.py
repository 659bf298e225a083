"""Other ways to anchor: empty batches, to the sender itself, by depth, several in flight, over restarts."""
import hashlib
import json

import hm
import proven


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class WaysTest(hm.Case):
    def test_an_empty_batch_by_heartbeat(self):
        chain, daemon = hm.world(self, settings={"batch.heartbeat": "1s"})
        client = daemon.start()
        rows = hm.until("two empty batches", lambda: len(r := proven.batch_rows(client)) >= 2 and r)
        self.assertEqual({row["leafCount"] for row in rows}, {0})
        self.assertEqual({row["root"] for row in rows}, {"00" * 32})
        self.assertEqual(client.get("/v1/batches/1/leaves").body, b"")
        client.submit(digest("between"))
        daemon.wait_final(digest("between"))
        proven.all_proven(daemon, chain, [digest("between")])

    def test_anchors_to_the_sender_itself(self):
        chain, daemon = hm.world(self, settings={"chain.anchor_to": "self", "chain.registry": None})
        client = daemon.start()
        targets = [digest(i) for i in range(3)]
        client.submit_many(targets)
        daemon.wait_final(*targets)
        proofs = proven.all_proven(daemon, chain, targets)
        anchor = proofs[targets[0]].anchors[0]
        self.assertEqual(anchor.to, anchor.sender)
        self.assertIsNone(client.get("/v1/log").json()["registry"])

    def test_final_by_depth(self):
        chain, daemon = hm.world(self, settings={"chain.finality": "depth", "chain.confirmations": 4})
        client = daemon.start()
        client.submit(digest("deep"))
        daemon.wait_final(digest("deep"))
        anchor = proven.all_proven(daemon, chain, [digest("deep")])[digest("deep")].anchors[0]
        self.assertGreaterEqual(chain.head() + 1 - anchor.block_number, 4)

    def test_a_deployed_registry_and_several_batches_in_flight(self):
        chain, daemon = hm.world(self, settings={"chain.registry": None, "batch.max_leaves": 5})
        deployed = json.loads(daemon.ctl_ok("deploy-registry", "--json"))
        daemon.configure(chain__registry=deployed["address"])
        client = daemon.start()
        targets = [digest(i) for i in range(33)]
        client.submit_many(targets)
        daemon.wait_final(*targets)
        proven.all_proven(daemon, chain, targets)
        self.assertEqual([row["leafCount"] for row in proven.batch_rows(client)], [5] * 6 + [3])
        self.assertEqual({anchor.to for anchor in chain.anchored(daemon.address)}, {deployed["address"]})

    def test_a_restart_goes_on_where_it_stopped(self):
        chain, daemon = hm.world(self)
        for i in range(3):
            client = daemon.start()
            client.submit(digest(i))
            if i != 1:
                daemon.wait_final(digest(i))
            self.assertEqual(daemon.stop(), 0)
        client = daemon.start()
        targets = [digest(i) for i in range(3)]
        daemon.wait_final(*targets)
        proven.all_proven(daemon, chain, targets)

if __name__ == "__main__":
    hm.main()
