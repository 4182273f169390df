"""Receivers of webhooks on loopback, as merchants run them, well-behaved and not."""

import http.server
import json
import socket
import threading
import time


class Receiver:
    """Takes posts, remembers them byte for byte, and answers as it is told."""

    def __init__(self, answer=None):
        self.posts = []
        self.changed = threading.Condition()
        self.answer = answer or (lambda post: (200, {}, b"ok"))
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                post = Post(dict(self.headers), body)
                with receiver.changed:
                    receiver.posts.append(post)
                    receiver.changed.notify_all()
                status, headers, answer = receiver.answer(post)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, condition, seconds=30):
        """Waits until the posts so far fulfil a condition."""
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self.posts), seconds), (
                f"after {seconds} s: {[post.type for post in self.posts]}"
            )
            return list(self.posts)

    def wait_for_types(self, *types, seconds=30):
        return self.wait_for(lambda posts: set(types) <= {post.type for post in posts}, seconds)


class Post:
    def __init__(self, headers, body):
        self.headers = headers
        self.body = body
        self.event = json.loads(body)
        self.at = time.time()

    @property
    def id(self):
        return self.event["id"]

    @property
    def type(self):
        return self.event["type"]


class RawReceiver:
    """Takes connections and does with each what it is told, below HTTP."""

    def __init__(self, behave):
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/hooks"
        self.behave = behave
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        try:
            with connection:
                connection.recv(65_536)
                self.behave(connection)
        except OSError:
            pass

    def close(self):
        self.socket.close()
