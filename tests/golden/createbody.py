#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""createbody.py CLIENT [RECORD]: what a client makes of the flags of `create`.

Starts a server that only keeps what it is sent, runs `CLIENT -H unix://... create FLAGS busybox cmd`
for each line of createbody.cases, and compares the request's body with the recorded one of Docker's
own client (createbody.golden); with RECORD it writes that file from what CLIENT does.

Both are compared without what is zero, null or empty, as a daemon reads them. A case whose flags
Docker's client refuses is compared by exit status and by the words, up to what stands before them.
"""
import http.server
import json
import os
import shlex
import socketserver
import subprocess
import sys
import tempfile
import threading

FILES = {
    "env": "# comment\n\nA=1\n  B=two words \nFROM_HERE\nNOT_SET\nC=a=b\r\n",
    "env_bad": "A B=1\n",
    "env_noname": "=x\n",
    "env_bom": "\ufeffX=1\n",
    "labels": "one=1\ntwo\n# x\n three = 3\n",
    "labels_ok": "one=1\ntwo\n",
    "profile.json": '{\n "defaultAction": "SCMP_ACT_ALLOW",\n "syscalls": [ {"names": ["mkdir"]} ]\n}\n',
    "broken.json": '{"a":',
}
MAPS = ("Labels", "Annotations", "Volumes", "ExposedPorts", "Tmpfs", "Config", "Options", "Sysctls", "EndpointsConfig")
SET = ("Binds", "Env", "CapAdd", "CapDrop", "Ulimits", "Dns")
last = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, code, data, send=True):
        body = json.dumps(data).encode()
        self.send_response(code)
        self.send_header("Api-Version", "1.51")
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if send:
            self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {})

    def do_HEAD(self):
        self.answer(200, {}, False)

    def do_POST(self):
        last["body"] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.answer(201, {"Id": "a" * 64, "Warnings": []})


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def empty(v):
    return v is None or v == "" or v is False or (v == 0 and v is not False) or v == [] or v == {}


# Docker's client always sends one endpoint, also where nothing was asked for.
def no_networking(v):
    ends = (v or {}).get("EndpointsConfig") or {}
    return len(ends) < 2 and all(empty(plain(x)) for x in ends.values())


def plain(v, key=""):
    if isinstance(v, list):
        v = [plain(x) for x in v]
        return sorted(v, key=json.dumps) if key in SET else v
    if not isinstance(v, dict):
        return v
    out = {}
    for k, x in v.items():
        if k == "ConsoleSize" or (k, x) in (("MemorySwappiness", -1), ("NetworkMode", "default")):
            continue
        if k == "NetworkingConfig" and no_networking(x):
            continue
        if k == "RestartPolicy" and x.get("Name") in ("", "no"):
            continue
        if k in ("MaskedPaths", "ReadonlyPaths", "StopTimeout", "Init") and x is not None:
            out[k] = x
            continue
        x = plain(x, k)
        if key in MAPS or not empty(x):
            out[k] = x
    return out


def run(client, sock, args):
    last.clear()
    if os.path.exists("cid.out"):
        os.unlink("cid.out")
    p = subprocess.run([client, "-H", "unix://" + sock, "create", *args, "busybox", "cmd"],
                       capture_output=True, text=True, stdin=subprocess.DEVNULL,
                       env={"PATH": os.environ["PATH"], "HOME": os.getcwd(), "FROM_HERE": "here"})
    body = json.dumps(plain(last.get("body", {})), sort_keys=True)
    words = p.stderr.split("\n")[0].strip()
    for mark in ('" flag: ', "docker: "):
        if mark in words:
            words = words.split(mark, 1)[1]
    return p.returncode, body.replace(os.getcwd(), "@CWD@"), words if p.returncode else ""


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    client = os.path.abspath(sys.argv[1])
    with open(here + "/createbody.cases", encoding="utf-8") as f:
        cases = [x for x in f.read().split("\n") if x and x[0] != "#"]
    tmp = tempfile.mkdtemp()
    os.mkdir(tmp + "/w")
    os.chdir(tmp + "/w")
    for name, text in FILES.items():
        with open(name, "w", newline="", encoding="utf-8") as f:
            f.write(text)
    sock = tmp + "/s"
    server = Server(sock, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    golden = here + "/createbody.golden"
    if len(sys.argv) > 2:
        with open(golden, "w", encoding="utf-8") as f:
            for line in cases:
                f.write(json.dumps([line, *run(client, sock, shlex.split(line.lstrip("~")))]) + "\n")
        return
    with open(golden, encoding="utf-8") as f:
        want = {x[0]: x[1:] for x in map(json.loads, f)}
    for n, line in enumerate(cases, 1):
        status, body, words = run(client, sock, shlex.split(line.lstrip("~")))
        w = want[line]
        good = [status, body] == w[:2] and (line[0] == "~" or words.endswith(w[2]))
        print("ok" if good else "not ok", n, "-", "create", line.lstrip("~").replace("#", ""))
        if not good:
            print("# ", status, body, words, "\n# ", *w)
    print(f"1..{len(cases)}")


main()
