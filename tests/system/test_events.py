"""GET /v1/events: the changes of a batch as they happen, and coming back without missing one."""
import hashlib
import http.client
import json

import hm


def target(name):
    return hashlib.sha256(name.encode()).hexdigest()


class Stream:
    """A reader of server-sent events."""

    def __init__(self, case, daemon, query="", headers=None):
        host, port = daemon.http.rsplit(":", 1)
        self.http = http.client.HTTPConnection(host, int(port), timeout=hm.DEADLINE)
        case.addCleanup(self.http.close)
        self.http.request("GET", "/v1/events" + query, headers=headers or {})
        self.reply = self.http.getresponse()
        self.last_id = None

    def event(self):
        """The next one: its data; None at the end."""
        data = None
        for line in self.reply:
            line = line.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "data":
                data = json.loads(value)
            elif line == "" and data is not None:
                return data
        return None

    def until(self, number, status):
        seen = []
        while not seen or (seen[-1]["number"], seen[-1]["status"]) != (number, status):
            seen.append(self.event())
            assert seen[-1] is not None, "the stream ended"
        return seen


class EventsTest(hm.Case):
    def test_the_life_of_two_batches(self):
        _, daemon = hm.world(self, settings={"batch.max_age": "1h"})
        daemon.start()
        stream = Stream(self, daemon)
        self.assertEqual(stream.reply.status, 200)
        self.assertEqual(stream.reply.headers["Content-Type"], "text/event-stream")
        daemon.client.submit(target("a"))
        daemon.ctl_ok("flush")
        seen = stream.until(1, "final")
        order = ["sealed", "sent", "mined", "final"]
        places = [order.index(event["status"]) for event in seen]
        self.assertEqual(places, sorted(set(places)), seen)
        self.assertEqual(seen[0]["status"], "sealed")
        public = daemon.client.get("/v1/batches/1").json()
        for member in ("number", "leafCount", "anchored", "sealedAt"):
            self.assertEqual(seen[-1][member], public[member])
        entry = daemon.client.get(f"/v1/hashes/{target('a')}").json()
        self.assertEqual((seen[-1]["minedAt"], seen[-1]["finalAt"]), (entry["minedAt"], entry["finalAt"]))

        # While nobody listens another batch becomes final, and the daemon is started again.
        place = stream.last_id
        self.assertEqual(daemon.stop(), 0)
        self.assertIsNone(stream.event(), "the stream ends with the service")
        daemon.start()
        daemon.client.submit(target("b"))
        daemon.ctl_ok("flush")
        daemon.wait_final(target("b"))
        back = Stream(self, daemon, headers={"Last-Event-ID": place})
        self.assertEqual(back.until(2, "final")[-1]["leafCount"], 1)
        everything = Stream(self, daemon, "?after=0")
        self.assertEqual([everything.event()["number"], everything.event()["number"]], [1, 2])

    def test_bad_places(self):
        _, daemon = hm.world(self)
        daemon.start()
        for query, headers in (("?after=x", {}), ("?after=1&after=2", {}), ("", {"Last-Event-ID": "-1"})):
            reply = daemon.client.request("GET", "/v1/events" + query, headers=headers)
            self.assertEqual((reply.status, reply.json()["code"]), (400, "bad-number"))
        self.assertEqual(daemon.client.post("", path="/v1/events").status, 405)


if __name__ == "__main__":
    hm.main()
