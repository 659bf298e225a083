"""A JSON-RPC proxy between daemon and anvil that misbehaves as told: by method, and for so many calls.

    proxy = Proxy(case, chain.port)
    rule = proxy.rule(lost_reply(), "eth_sendRawTransaction", times=2)
    ... rule.wait_used_up()
An action is a function (exchange): it forwards, answers, lies, or hangs up.
"""
import http.server
import json
import socket
import threading
import urllib.request

import hm

BIG = 10 << 20


class Rule:
    """What to do with the next `times` calls (None: all) of these methods (none named: any)."""

    def __init__(self, action, methods, times, skip):
        self.action, self.methods, self.left, self.skip = action, methods, times, skip
        self.hits, self.changed = 0, threading.Condition()

    def take(self, method):
        with self.changed:
            if self.left == 0 or (self.methods and method not in self.methods):
                return False
            if self.skip > 0:
                self.skip -= 1
                return False
            self.hits += 1
            self.left = None if self.left is None else self.left - 1
            self.changed.notify_all()
            return True

    def end(self):
        with self.changed:
            self.left = 0

    def wait_hits(self, n, deadline=hm.DEADLINE):
        with self.changed:
            if not self.changed.wait_for(lambda: self.hits >= n, deadline):
                raise AssertionError(f"a rule for {self.methods or 'any method'} was met {self.hits} times, not {n}")

    def wait_used_up(self, deadline=hm.DEADLINE):
        with self.changed:
            if not self.changed.wait_for(lambda: self.left == 0, deadline):
                raise AssertionError(f"a rule for {self.methods or 'any method'} has {self.left} more to meet")


class Exchange:
    """One request and the ways to answer it."""

    def __init__(self, handler, body):
        self.handler, self.proxy, self.body = handler, handler.server.proxy, body
        request = json.loads(body)
        self.request = request[0] if isinstance(request, list) else request
        self.method = self.request["method"]

    def forward(self):
        """What the chain answers, as bytes."""
        request = urllib.request.Request(self.proxy.upstream, self.body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=hm.DEADLINE) as reply:
            return reply.read()

    def answer(self, body, status=200, content_type="application/json", headers=None, length=None):
        handler = self.handler
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def answer_json(self, **members):
        self.answer(json.dumps({"jsonrpc": "2.0", "id": self.request.get("id"), **members}).encode())

    def hang_up(self):
        self.handler.close_connection = True
        self.handler.connection.shutdown(socket.SHUT_RDWR)


# --- actions

def honest(x):
    x.answer(x.forward())


def dropped(x):
    """The request never arrives."""
    x.hang_up()


def lost_reply(x):
    """The request arrives, its answer does not."""
    x.forward()
    x.hang_up()


def twice(x):
    x.forward()
    x.answer(x.forward())


def truncated(x):
    body = x.forward()
    x.answer(body[:len(body) // 2], length=len(body))
    x.hang_up()


def half_json(x):
    body = x.forward()
    x.answer(body[:len(body) // 2])


def wrong_id(x):
    x.answer(json.dumps({**json.loads(x.forward()), "id": 987654321}).encode())


def garbage(x):
    x.answer(bytes(range(256)) * 4)


def html(x):
    x.answer(b"<html><body><h1>502 Bad Gateway</h1></body></html>", 502, "text/html")


def html_as_success(x):
    x.answer(b"<html><body>Welcome to the hotel network</body></html>", 200, "text/html")


def too_many(x):
    x.answer(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"rate limited"}}', 429,
             headers={"Retry-After": "1"})


def unavailable(x):
    x.answer(b"try later", 503, "text/plain")


def too_big(x):
    x.answer(b'{"jsonrpc":"2.0","id":1,"result":"' + b"0" * BIG + b'"}')


def empty(x):
    x.answer(b"")


def null_result(x):
    x.answer_json(result=None)


def delayed(seconds):
    def action(x):
        x.proxy.stopping.wait(seconds)
        x.answer(x.forward())
    return action


def result(value):
    return lambda x: x.answer_json(result=value)


def error(code, message):
    return lambda x: x.answer_json(error={"code": code, "message": message})


def changed(change):
    """Forward, then change the result: change(result) returns the new one."""
    def action(x):
        reply = json.loads(x.forward())
        if reply.get("result") is not None:
            reply["result"] = change(reply["result"])
        x.answer(json.dumps({**reply, "id": x.request.get("id")}).encode())
    return action


def frozen():
    """The first answer to each question, for ever: a node that stands still."""
    answers, lock = {}, threading.Lock()

    def action(x):
        question = json.dumps([x.method, x.request.get("params")])
        with lock:
            if question not in answers:
                answers[question] = json.loads(x.forward())
        x.answer(json.dumps({**answers[question], "id": x.request.get("id")}).encode())
    return action


# --- the proxy

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        exchange = Exchange(self, self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.server.proxy.action_for(exchange.method)(exchange)
        except OSError:  # the chain is gone, or the client is
            self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass  # hanging up is what it is for


class Proxy:
    def __init__(self, case, upstream_port):
        self.upstream = f"http://127.0.0.1:{upstream_port}/"
        self.rules, self.calls, self.lock, self.stopping = [], {}, threading.Lock(), threading.Event()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        case.addCleanup(self.close)

    def close(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def rule(self, action, *methods, times=None, skip=0):
        """The newest rule that takes a call decides."""
        rule = Rule(action, methods, times, skip)
        with self.lock:
            self.rules.insert(0, rule)
        return rule

    def action_for(self, method):
        with self.lock:
            self.calls[method] = self.calls.get(method, 0) + 1
            rules = list(self.rules)
        return next((rule.action for rule in rules if rule.take(method)), honest)
