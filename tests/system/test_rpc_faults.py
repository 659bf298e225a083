"""An endpoint that fails in every way a network can: nothing is lost, nothing is anchored twice."""
import hashlib

import hm
import proven
import rpcproxy as p


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class FaultTest(hm.Case):
    def setUp(self):
        super().setUp()
        self.chain = hm.Chain(self)
        self.chain.fund(hm.key()[1])
        self.proxy = p.Proxy(self, self.chain.port)
        self.daemon = hm.Daemon(self, self.proxy.url)

    def through(self, *faults, times=3, methods=()):
        """One hash for each fault, one fault after the other; in the end all are proven."""
        client = self.daemon.start()
        targets = []
        for fault in faults:
            with self.subTest(getattr(fault, "__name__", "fault")):
                rule = self.proxy.rule(fault, *methods, times=times)
                targets.append(digest((fault, len(targets))))
                self.assertEqual(client.submit(targets[-1]).status, 202)
                rule.wait_used_up()
        self.daemon.wait_final(*targets)
        proven.all_proven(self.daemon, self.chain, targets)

    def test_lost_on_the_way(self):
        self.through(p.dropped, p.lost_reply, p.truncated, p.twice)

    def test_answers_of_others(self):
        self.through(p.html, p.html_as_success, p.too_many, p.unavailable)

    def test_answers_that_are_none(self):
        self.through(p.garbage, p.half_json, p.empty, p.wrong_id, p.too_big, p.null_result)

    def test_sending_fails_in_every_way(self):
        """The transaction may have arrived each time: it is sent again, and mined once."""
        self.through(p.lost_reply, p.dropped, p.twice, p.html, p.garbage, p.wrong_id,
                     p.error(-32000, "already known"), p.error(-32000, "transaction underpriced"),
                     p.error(-32603, "what is this"), times=1, methods=("eth_sendRawTransaction",))

    def test_a_slow_endpoint(self):
        self.through(p.delayed(2), times=8)

    def test_no_endpoint_for_a_while(self):
        """Hashes are accepted meanwhile, /readyz says why it is not ready, and all goes on afterwards."""
        client = self.daemon.start()
        down = self.proxy.rule(p.dropped)
        self.assertEqual(client.submit(digest(1)).status, 202)
        not_ready = hm.until("not ready", lambda: (r := client.get("/readyz")).status == 503 and r)
        self.assertIn("endpoint", not_ready.json()["detail"])
        self.assertEqual(client.get("/healthz").status, 200)
        self.assertEqual(client.submit(digest(2)).status, 202)
        self.assertNotEqual(self.daemon.status()["endpoints"][0]["lastError"], "")
        down.end()
        self.daemon.wait_final(digest(1), digest(2))
        hm.until("ready", lambda: client.get("/readyz").status == 200)
        proven.all_proven(self.daemon, self.chain, [digest(1), digest(2)])


if __name__ == "__main__":
    hm.main()
