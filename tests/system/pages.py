"""A web server of a few pages for the tests."""
import http.server
import json
import threading


class Pages:
    """Pages by path, on a port of the kernel's choice; a page that is not there is a 404. A text is served as it is,
    anything else as JSON. `pages` may change while it serves."""

    def __init__(self, case, pages):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = pages.get(self.path)
                body = (page if isinstance(page, str) else json.dumps(page)).encode()
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "text/plain" if isinstance(page, str) else "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addCleanup(server.server_close)
        case.addCleanup(server.shutdown)
        self.pages = pages
        self.url = f"http://127.0.0.1:{server.server_port}"
