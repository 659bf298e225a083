"""The same hash again: the first record, whoever asks, however often, before and after sealing."""
import hashlib
import json
import threading

import hm
import proven


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


class DuplicateTest(hm.Case):
    def test_one_record_however_often(self):
        chain, daemon = hm.world(self, settings={"batch.max_age": "1h"})
        client = daemon.start()
        target = digest(0)
        first = client.submit(target, "bytes")
        self.assertEqual(first.status, 202)
        again = client.submit(target, "rdfc")  # another rule makes no other record
        self.assertEqual((again.status, again.json()), (200, first.json()))
        lines = "\n".join([target, digest(1), digest(1), json.dumps({"hash": digest(2)}), digest(2)])
        reply = client.post(lines, "application/x-ndjson")
        self.assertEqual((reply.status, reply.json()), (202, {"accepted": 2, "duplicates": 3}))
        reply = client.submit_many([digest(3), digest(3), digest(1), target])
        self.assertEqual((reply.status, reply.json()), (202, {"accepted": 1, "duplicates": 3}))
        reply = client.submit_many([target, digest(1)])
        self.assertEqual((reply.status, reply.json()), (202, {"accepted": 0, "duplicates": 2}))
        daemon.ctl_ok("flush")
        targets = [digest(i) for i in range(4)]
        daemon.wait_final(*targets)
        again = client.submit(target)
        self.assertEqual((again.status, again.json()["sequence"]), (200, first.json()["sequence"]))
        self.assertEqual(again.json()["status"], "final")
        proofs = proven.all_proven(daemon, chain, targets)
        self.assertEqual(proofs[target].rule, "bytes")
        self.assertEqual([row["leafCount"] for row in proven.batch_rows(client)], [4])

    def test_a_duplicate_survives_a_restart(self):
        chain, daemon = hm.world(self)
        client = daemon.start()
        client.submit(digest("a"))
        daemon.wait_final(digest("a"))
        daemon.stop()
        client = daemon.start()
        self.assertEqual(client.submit(digest("a")).status, 200)
        client.submit(digest("b"))
        daemon.wait_final(digest("b"))
        proven.all_proven(daemon, chain, [digest("a"), digest("b")])

    def test_many_clients_with_the_same_hashes(self):
        chain, daemon = hm.world(self, settings={"batch.max_age": "1s"})
        daemon.start()
        targets, statuses = [digest(i) for i in range(60)], []

        def submit_all(step):
            client = hm.Client(daemon.client.host, daemon.client.port)
            for i in range(len(targets)):
                statuses.append(client.submit(targets[i * step % len(targets)]).status)
            client.close()

        threads = [threading.Thread(target=submit_all, args=(step,)) for step in (1, 7, 11, 13)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((statuses.count(202), statuses.count(200)), (60, 180))
        daemon.wait_final(*targets)
        proven.all_proven(daemon, chain, targets)
        self.assertEqual(sum(row["leafCount"] for row in proven.batch_rows(daemon.client)), 60)


if __name__ == "__main__":
    hm.main()
