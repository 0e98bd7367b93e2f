#!/usr/bin/env python3
"""Answers whatever a room tells it, to try webhooks with. Python's standard library is enough.

    SECRET=... PORT=8765 ./echo.py

Give the bot http://localhost:8765/ as its webhook URL, and the same secret; then mention it in a
room, or ping it. What is answered with status 200 as text becomes the bot's message.
"""

import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ.get("SECRET", "")
PORT = int(os.environ.get("PORT", "8765"))
LONGEST = 1024 * 1024


class Echo(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST:
            return self.answer(413, "")
        body = self.rfile.read(length)
        if not is_signed(body, self.headers.get("X-Campfire-Signature", "")):
            return self.answer(401, "")
        told = json.loads(body)
        print("told:", told["user"]["name"], "in", told["room"]["name"], flush=True)
        said = told["message"]["body"]["plain"] or ""
        if not said.strip():
            return self.answer(204, "")
        self.answer(200, f"{told['user']['name']} said: {said}")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def is_signed(body, signature):
    """Whether the request comes from who knows the secret. Without a secret anybody may come."""
    if not SECRET:
        return True
    expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Echo)
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()
