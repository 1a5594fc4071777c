#!/usr/bin/env python3
"""Reads captures with byteglass and with tshark, and prints every message in which the two differ.

    tests/beside_tshark.py PATH...

A PATH is a capture or a folder of captures. Compared, connection by connection: the requests (method and target) and
the responses (status) in their order, which response answers which request, and the content of each message, without
chunk framing and before any coding is undone. A summary follows. Ends with 0 if there is no difference, with 1 if there
is one, and with 2 if something is lacking.

Needs tshark. BYTEGLASS names the binary; else it is target/release/byteglass. tshark is no referee: it pairs by order
alone, and reads over a hole. Each difference wants to be looked at.
"""

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TSHARK = [
    "tshark", "-n", "-Y", "http && tcp", "-T", "pdml", "-J", "frame ip ipv6 tcp http",
    "-o", "http.decompress_body:FALSE", "-o",
]
# With the first it shows nothing after a hole, with the second it reads late segments as they come.
ORDERS = ["tcp.reassemble_out_of_order:TRUE", "tcp.reassemble_out_of_order:FALSE"]
SUFFIXES = {".pcap", ".pcapng", ".cap", ".dmp", ".gz", ".trc", ".dump"}
ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(\\))")


class Message:
    """A request or a response."""

    def __init__(self, said, content=None, pair=None):
        self.said = said  # "GET /a" or "200"
        self.content = content  # its bytes; None: not whole
        self.pair = pair  # of a response: the index of its request on the connection; None: none


class Connection:
    def __init__(self):
        self.requests = []
        self.responses = []


def dechunked(data):
    """The content of a chunked body. None: it is not whole."""
    content, at = b"", 0
    while True:
        end = data.find(b"\n", at)
        digits = re.match(rb"[0-9a-fA-F]+", data[at:end]) if end >= 0 else None
        if not digits:
            return None
        size, at = int(digits.group(), 16), end + 1
        if size == 0:
            return content
        if at + size > len(data):
            return None
        content += data[at:at + size]
        at += size
        at += 2 if data[at:at + 2] == b"\r\n" else 1


class Stream:
    """The captured bytes of a stream."""

    def __init__(self):
        self.parts = []

    def take(self, start, end):
        """The bytes of a range. None: not all of them were captured."""
        found, at = [], start
        for offset, data in self.parts:
            if offset <= at < min(end, offset + len(data)):
                found.append(data[at - offset:end - offset])
                at = offset + len(data)
        return b"".join(found) if at >= end else None


def ours(binary, path):
    """What byteglass reads: connections by their ends, and what it says on standard error."""
    done = subprocess.run([binary, "read", "--format", "json", path], capture_output=True, timeout=600)
    connections, ends, streams = defaultdict(Connection), {}, defaultdict(Stream)
    exchanges, order = {}, []
    for line in done.stdout.splitlines():
        event = json.loads(line)
        name, conn = event["event"], event.get("conn")
        exchange = exchanges.get(event.get("exchange"))
        if name == "opened":
            ends[conn] = (event["peer"], event["local"])
        elif name == "bytes" and event["bytes"] is not None:
            raw = event["bytes"].encode("ascii")
            data = ESCAPE.sub(lambda at: bytes([int(at[1], 16)]) if at[1] else b"\\", raw)
            streams[conn, event["direction"]].parts.append((event["offset"], data))
        elif name == "message_started":
            exchange = {"conn": conn}
            exchanges[event["exchange"]] = exchange
            order.append(exchange)
        elif name == "stage" and exchange is not None:
            exchange[event["stage"]] = event
            if event["stage"] == "response_head":
                order.append((exchange, event))
    for item in order:
        exchange = item[0] if isinstance(item, tuple) else item
        conn = exchange["conn"]
        connection = connections[ends[conn]]
        received, sent = streams[conn, "received"], streams[conn, "sent"]
        if not isinstance(item, tuple):
            line = exchange.get("request_line")
            if line is None:
                continue
            exchange["index"] = len(connection.requests)
            words = [received.take(*line[part]) or b"" for part in ("method", "target")]
            said = b" ".join(words).decode("utf-8", "backslashreplace")
            head, end = exchange.get("head"), exchange.get("request_end")
            content = body(received, head, end)
            connection.requests.append(Message(said, content))
        else:
            head = item[1]
            content = body(sent, head, exchange.get("response_sent"))
            connection.responses.append(Message(str(head["status"]), content, exchange.get("index")))
    return connections, done.stderr.decode("utf-8", "replace").strip()


def body(stream, head, end):
    """The content of a message between its head and its end."""
    if head is None or end is None:
        return None
    data = stream.take(head["end"], end["end"])
    return dechunked(data) if data is not None and head["framing"] == "chunked" else data


def theirs(path, order):
    """What tshark reads: connections by their ends."""
    run = subprocess.Popen([*TSHARK, order, "-r", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    connections, places = defaultdict(Connection), {}
    for _, packet in ElementTree.iterparse(run.stdout):
        if packet.tag != "packet":
            continue
        fields = {}
        for proto in packet.findall("proto"):
            if proto.get("name") in ("geninfo", "frame", "ip", "ipv6", "tcp"):
                for field in proto.iter("field"):
                    fields[field.get("name")] = field
        show = lambda name: fields[name].get("show") if name in fields else None
        family = "ipv6" if "ipv6.src" in fields else "ip"
        source, target = show(f"{family}.src"), show(f"{family}.dst")
        if source is None or show("tcp.srcport") is None:
            packet.clear()
            continue
        wrap = (lambda host: f"[{host}]") if family == "ipv6" else (lambda host: host)
        ends = [f"{wrap(source)}:{show('tcp.srcport')}", f"{wrap(target)}:{show('tcp.dstport')}"]
        frame = int(packet.find("proto[@name='geninfo']/field[@name='num']").get("show"))
        for proto in packet.findall("proto[@name='http']"):
            found = {}
            for field in proto.iter("field"):
                found.setdefault(field.get("name"), field)
            take_in(connections, places, ends, frame, found)
        packet.clear()
    run.wait()
    return connections


def raw(field):
    """The bytes of a field of PDML."""
    try:
        return bytes.fromhex(field.get("value") or "")
    except ValueError:
        return b""


def take_in(connections, places, ends, frame, found):
    """Adds a message of tshark to its connection."""
    content = raw(found["http.file_data"]) if "http.file_data" in found else b""
    if "http.request.method" in found:
        connection = connections[ends[0], ends[1]]
        method = raw(found["http.request.method"])
        target = raw(found["http.request.uri"]) if "http.request.uri" in found else b""
        places.setdefault(frame, []).append(len(connection.requests))
        said = (method + b" " + target).decode("utf-8", "backslashreplace")
        connection.requests.append(Message(said, content))
    elif "http.response.code" in found:
        code = found["http.response.code"].get("show")
        # byteglass counts interim responses to the response that follows.
        if code.startswith("1") and code != "101":
            return
        asked = places.get(int(found["http.request_in"].get("show"))) if "http.request_in" in found else None
        pair = asked[0] if asked and len(asked) == 1 else None
        connections[ends[1], ends[0]].responses.append(Message(code, content, pair))


def differences(mine, other, what, say):
    """Says in which messages two lists differ, and returns the pairs of indices of those that are in both."""
    both = []
    matcher = difflib.SequenceMatcher(None, [one.said for one in mine], [one.said for one in other], False)
    for kind, from_mine, to_mine, from_other, to_other in matcher.get_opcodes():
        if kind == "equal":
            both += zip(range(from_mine, to_mine), range(from_other, to_other))
            continue
        for index in range(from_other, to_other):
            say(f"only tshark has {what} {index + 1}: {other[index].said}", f"{what}s that only tshark has")
        for index in range(from_mine, to_mine):
            say(f"only byteglass has {what} {index + 1}: {mine[index].said}", f"{what}s that only byteglass has")
    for left, right in both:
        content, wanted = mine[left].content, other[right].content
        # Of what is not whole, tshark shows what it likes.
        if content is not None and wanted and content != wanted:
            said = f"{what} {left + 1}, {mine[left].said}: {len(content)} bytes of content, tshark has {len(wanted)}"
            say(said, f"{what}s with other content")
    return both


def compare(mine, other, say):
    """Compares one connection."""
    requests = dict(differences(mine.requests, other.requests, "request", say))
    for left, right in differences(mine.responses, other.responses, "response", say):
        pair, wanted = mine.responses[left].pair, other.responses[right].pair
        if wanted is not None and (pair is None or requests.get(pair) != wanted):
            to = "none" if pair is None else mine.requests[pair].said
            said = f"response {left + 1}, {mine.responses[left].said}: to {to}; "
            say(said + f"tshark: to {other.requests[wanted].said}", "pairs that differ")


def both(mine, other):
    """Compares all connections of a file: the differences in words, and how many there are of each kind."""
    lines, counts = [], defaultdict(int)
    for ends in sorted({*mine, *other}):
        one, two = mine.get(ends, Connection()), other.get(ends, Connection())

        def say(text, kind, ends=ends):
            lines.append(f"  {ends[0]} to {ends[1]}: {text}")
            counts[kind] += 1

        compare(one, two, say)
        for what, connection in [("byteglass", one), ("tshark", two)]:
            counts[f"requests of {what}"] += len(connection.requests)
            counts[f"responses of {what}"] += len(connection.responses)
    return lines, counts


def captures(paths):
    for path in map(Path, paths):
        if path.is_dir():
            files = sorted(one for one in path.rglob("*") if one.is_file())
            yield from (one for one in files if one.suffix in SUFFIXES)
        else:
            yield path


def main():
    binary = os.environ.get("BYTEGLASS", str(ROOT / "target/release/byteglass"))
    lacking = [what for what in ("tshark", binary) if shutil.which(what) is None]
    if lacking or len(sys.argv) < 2:
        print(__doc__ if len(sys.argv) < 2 else f"beside_tshark.py lacks: {', '.join(lacking)}", file=sys.stderr)
        sys.exit(2)
    counts, differ = defaultdict(int), 0
    for path in captures(sys.argv[1:]):
        mine, said = ours(binary, path)
        lines, found = min((both(mine, theirs(path, order)) for order in ORDERS), key=lambda both: len(both[0]))
        counts["files"] += 1
        for what, number in found.items():
            counts[what] += number
        if lines:
            differ += 1
            print(path, f"({said})" if said else "")
            print("\n".join(lines))
    print("\n" + "\n".join(f"{number:>8} {what}" for what, number in counts.items()))
    print(f"{differ:>8} files with a difference")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
