"""Overload: thousands of idle and dripping connections, more bodies than there is memory for. Others are served
all the while, nothing that was acknowledged is lost, and memory stays under a ceiling that is known in advance."""
import hashlib
import re
import resource
import selectors
import socket
import unittest
from pathlib import Path

import hm

IDLE = 10_000
MIB = 1 << 20
BODIES = 256 * MIB   # MAX_BODIES of daemon.c: request bodies in memory at once
ELSE = 128 * MIB     # everything besides bodies: 10,000 connections of some 6 KiB, index, key, libraries


def hashes(label, n):
    return [hashlib.sha256(f"{label} {i}".encode()).hexdigest() for i in range(n)]


def memory(process):
    """Bytes of its own that a process holds; pages of files, the store's map for one, are the kernel's to take back."""
    return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())[1]) * 1024


class OverloadCase(hm.Case):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = IDLE + 500
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest(f"at most {hard} descriptors here, {wanted} are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        self.sockets = []
        self.addCleanup(lambda: [s.close() for s in self.sockets])

    def serve(self, **settings):
        self.chain, self.daemon = hm.world(self, settings={"batch.max_age": "1h", **settings})
        self.client = self.daemon.start()

    def connect(self):
        """From an address of its own for every 4,000, so that ports do not run out."""
        n = len(self.sockets)
        s = socket.create_connection((self.client.host, self.client.port), hm.DEADLINE,
                                     source_address=(f"127.0.0.{2 + n // 4000}", 0))
        self.sockets.append(s)
        return s

    def accept(self, label, n):
        """n hashes one by one; each must be acknowledged and found."""
        for h in hashes(label, n):
            self.assertEqual(self.client.submit(h).status, 202)
        self.assertEqual(self.client.get(f"/v1/hashes/{h}").status, 200)


class ConnectionsTest(OverloadCase):
    def test_ten_thousand_idle_while_others_are_served(self):
        self.serve(http__request_timeout="5min")
        self.accept("before", 50)
        for i in range(IDLE):
            s = self.connect()
            if i % 2 == 0:  # half of them hold half a request
                s.sendall(b"POST /v1/hashes HTTP/1.1\r\nHost: x\r\nContent-Le")
        self.accept("during", 200)
        self.assertEqual(self.client.submit_many(hashes("bulk", 10_000)).json()["accepted"], 10_000)
        self.assertGreaterEqual(int(re.search(rb"\nhallmark_connections (\d+)", self.client.get("/metrics").body)[1]), IDLE)
        self.assertLess(memory(self.daemon.process), ELSE)

    def test_one_client_leaves_room_for_others(self):
        self.serve(http__max_connections="1000", http__request_timeout="5min")
        for _ in range(900):
            self.connect()  # all from 127.0.0.2
        self.accept("beside", 10)
        over = self.connect()
        self.assertEqual(over.recv(1), b"")  # closed at once
        for s in self.sockets[:100]:
            s.close()
        hm.until("its place is free again", self.is_let_in)

    def is_let_in(self):
        s = self.connect()
        try:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            return s.recv(100).startswith(b"HTTP/1.1 200")
        except ConnectionError:
            return False

    def test_five_thousand_that_drip_are_cut(self):
        self.serve(http__request_timeout="2s")
        drips = []
        for _ in range(5000):
            s = self.connect()
            s.sendall(b"POST /v1/hashes HTTP/1.1\r\nHost: x\r\nX-Drip: ")
            s.setblocking(False)
            drips.append(s)
        left = set(drips)
        said = {s: b"" for s in drips}
        waiting = selectors.DefaultSelector()
        for s in drips:
            waiting.register(s, selectors.EVENT_READ)
        rounds = 0
        while left:  # a byte each a round, for ever if they were let
            self.accept(f"round {rounds}", 10)
            rounds += 1
            self.assertLess(rounds, 10_000)
            for s in left:
                try:
                    s.send(b"a")
                except OSError:
                    pass  # cut: what it was told is read below
            for key, _ in waiting.select(0.05):
                s = key.fileobj
                try:
                    said[s] += (data := s.recv(4096))
                except ConnectionError:
                    data = b""
                if not data:
                    waiting.unregister(s)
                    left.discard(s)
        cut = sum(text.startswith(b"HTTP/1.1 408 ") for text in said.values())
        self.assertGreater(cut, 2500)  # the others may have lost the answer to a byte that crossed it
        self.assertLess(memory(self.daemon.process), ELSE)


class BodiesTest(OverloadCase):
    def test_bodies_have_a_ceiling(self):
        size = 16 * MIB
        self.serve(http__max_bulk_body="16M", http__request_timeout="5min")
        piece = bytes(MIB)
        refused = held = 0
        for _ in range(2 * BODIES // size):
            s = self.connect()
            s.sendall(b"POST /v1/hashes HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
                      b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % size)
            said = s.recv(4096)
            if said.startswith(b"HTTP/1.1 503 "):
                self.assertIn(b"\r\nretry-after: 1\r\n", said.lower())
                refused += 1
                continue
            self.assertTrue(said.startswith(b"HTTP/1.1 100 "), said)
            for _ in range(size // MIB - 1):
                s.sendall(piece)
            held += 1
        self.assertGreater(refused, 0)
        self.assertGreaterEqual(held, BODIES // size - 1)
        self.accept("beside", 50)
        self.assertLess(memory(self.daemon.process), BODIES + ELSE)
        for s in self.sockets:
            s.close()
        hm.until("the bodies are let go", lambda: memory(self.daemon.process) < ELSE)
        self.assertEqual(self.client.submit_many(hashes("after", 10_000)).json()["accepted"], 10_000)


if __name__ == "__main__":
    hm.main()
