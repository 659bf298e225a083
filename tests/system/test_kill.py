"""kill -9 at each durable step, then a restart: every acknowledged hash ends proven by one anchored value."""
import hashlib

import hm
import proven

POINTS = ("sealed", "assigned", "signed", "sent", "mined", "final")


def targets_of(name, n=5):
    return [hashlib.sha256(f"{name} {i}".encode()).hexdigest() for i in range(n)]


class KillTest(hm.Case):
    def accept(self, client, targets):
        reply = client.submit_many(targets)
        self.assertEqual((reply.status, reply.json()["accepted"]), (202, len(targets)))

    def killed_and_proven(self, point, more_faults=()):
        chain, daemon = hm.world(self)
        targets = targets_of(point)
        self.accept(daemon.start(fault=point), targets)
        daemon.died()
        for fault in more_faults:
            daemon.launch(fault=fault)
            daemon.died()
        client = daemon.start()
        after = targets_of(point + " after")
        self.accept(client, after)
        daemon.wait_final(*targets, *after)
        proven.all_proven(daemon, chain, targets + after)

    def test_twice_before_it_is_mined(self):
        self.killed_and_proven("assigned", ("signed", "sent"))

    def test_in_the_middle_of_accepting(self):
        """What was answered 202 is kept; what was not may be handed in again."""
        chain, daemon = hm.world(self, settings={"batch.max_age": "1h"})
        client = daemon.start()
        kept = targets_of("kept", 50)
        for target in kept:
            self.assertEqual(client.submit(target).status, 202)
        daemon.kill()
        client = daemon.start()
        self.assertEqual(client.submit_many(kept).json(), {"accepted": 0, "duplicates": 50})
        daemon.ctl_ok("flush")
        daemon.wait_final(*kept)
        proven.all_proven(daemon, chain, kept)

    def test_the_second_batch_in_flight(self):
        chain, daemon = hm.world(self, settings={"batch.max_leaves": 2})
        targets = targets_of("many", 9)
        self.accept(daemon.start(fault="sent:3"), targets)
        daemon.died()
        daemon.start()
        daemon.wait_final(*targets)
        proven.all_proven(daemon, chain, targets)


def test_at(point):
    return lambda self: self.killed_and_proven(point)


for point in POINTS:
    setattr(KillTest, f"test_{point}", test_at(point))

if __name__ == "__main__":
    hm.main(needs_faults=True)
