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


if __name__ == "__main__":
    hm.main()
