"""A script of mitmproxy: compares the flows that it read with what there is. One line each: what, tab, result."""

import base64
import os

from mitmproxy import ctx, http

with open(os.environ["TRUTH"], encoding="utf-8") as file:
    TRUTH = [line.rstrip("\n").split("\t") for line in file]
FLOWS = []


def response(flow: http.HTTPFlow) -> None:
    FLOWS.append(flow)
    if len(FLOWS) == len(TRUTH):
        write()
        ctx.master.shutdown()


def write() -> None:
    with open(os.environ["RESULT"], "w", encoding="utf-8") as out:
        for flow, (what, method, target, status, content, body) in zip(FLOWS, TRUTH):
            found = []
            if flow.request.method != method:
                found.append(flow.request.method)
            if not flow.request.url.rstrip("/").endswith(target):
                found.append(flow.request.url)
            if status not in ("*", str(flow.response.status_code)):
                found.append(str(flow.response.status_code))
            if status != "*" and flow.response.content != base64.b64decode(content):
                found.append("other content")
            sent = base64.b64decode(body)
            if flow.request.content != (sent if sent.isascii() else b""):
                found.append("other body")
            left = "ok" if sent.isascii() else "ok; the body is left out, and its comment says so"
            print(what, "failed: " + ", ".join(found) if found else left, sep="\t", file=out)
