"""kill -9 at random moments and at each durable step, again and again, several daemons side by side: what was
acknowledged ends proven by exactly one anchored value. 20 kills here; with --full (HALLMARK_KILLS) 200."""
import hashlib
import json
import os
import random
import subprocess

import faultproxy  # its path to the harness
import hm
import proven

POINTS = ("sealed", "assigned", "signed", "sent", "mined", "final")
KILLS = int(os.environ.get("HALLMARK_KILLS", "20"))
SIDE_BY_SIDE = 4


class Victim:
    """A daemon with a key of its own, and what it was given."""

    def __init__(self, case, chain, number):
        self.case, self.chain, self.random = case, chain, random.Random(number)
        self.daemon = hm.Daemon(case, chain.url, {"batch.max_age": "100ms", "batch.max_leaves": 5}, name=f"hallmarkd-{number}")
        if number > 0:
            self.own_key(number)
        chain.fund(self.daemon.address)
        self.acknowledged, self.kills, self.given = [], 0, 0
        self.number = number

    def own_key(self, number):
        text = hm.light_keystore(hashlib.sha256(b"victim %d" % number).digest())
        (self.daemon.folder / "key.json").write_text(text)
        self.daemon.address = "0x" + json.loads(text)["address"]

    def submit(self):
        """Three hashes; what is not answered was not acknowledged."""
        targets = [hashlib.sha256(f"{self.number} {self.given} {i}".encode()).hexdigest() for i in range(3)]
        self.given += 1
        try:
            if self.daemon.client.once("POST", "/v1/hashes", b"".join(map(bytes.fromhex, targets)),
                                       {"Content-Type": "application/octet-stream"}).status == 202:
                self.acknowledged += targets
        except OSError:
            pass
        except hm.http.client.HTTPException:
            pass

    def begin(self):
        """Start it, to die at a step of its choice or by our hand."""
        self.point = self.random.choice((*POINTS, None))
        self.daemon.launch(fault=self.point and f"{self.point}:{self.random.randint(1, 2)}")

    def die(self):
        try:
            self.daemon.connect()
            self.submit()
            if self.point is None:
                self.daemon.kill()
                self.kills += 1
                return
        except AssertionError:
            pass  # it was dead before it listened: values of before moved on at once
        try:
            self.daemon.died(3)
            self.kills += 1
        except subprocess.TimeoutExpired:  # nothing came to that step
            self.daemon.process.kill()
            self.kills += 1

    def finish(self):
        self.daemon.start()
        self.submit()
        self.daemon.wait_final(*self.acknowledged)
        proven.all_proven(self.daemon, self.chain, self.acknowledged)


class KillLoopTest(hm.Case):
    def test_kills(self):
        chain = hm.Chain(self)
        victims = [Victim(self, chain, number) for number in range(SIDE_BY_SIDE)]
        for _ in range((KILLS + SIDE_BY_SIDE - 1) // SIDE_BY_SIDE):
            for victim in victims:
                victim.begin()
            for victim in victims:
                victim.die()
        for victim in victims:
            victim.finish()
        self.assertGreaterEqual(sum(victim.kills for victim in victims), KILLS)


if __name__ == "__main__":
    hm.main(needs_faults=True)
