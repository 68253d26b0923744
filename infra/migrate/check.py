"""Tests the scripts with invented exports in `tests/`: what they write is compared with files, with which the end-to-end tests import
users and sign them in. Run it anywhere: python3 infra/migrate/check.py"""

import collections
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE / "tests"
CONVERSIONS = [
    ("cognito", "cognito.json"),
    ("auth0", "auth0-users.ndjson auth0-passwords.ndjson --issuer corp=https://corp.example.com"),
    ("firebase", "firebase.json firebase-hash-config.txt"),
    ("keycloak", "keycloak.json --issuer corp=https://corp.example.com"),
    (
        "table",
        "table.csv import_id=id username=login email=mail password_hash=password name=first+last created_at=joined disabled=!active "
        "email_verified=confirmed",
    ),
]
PASSWORD = "a made-up password of an operator"


def run(script, *arguments, expected=0, folder=TESTS, stdin=b""):
    """Runs a script, and returns what it wrote to its two outputs."""
    environment = os.environ | {"DRIFTWOOD_PASSWORD": PASSWORD, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(HERE / f"{script}.py"), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, input=stdin, capture_output=True)
    output, warnings = done.stdout.decode(), done.stderr.decode()
    if done.returncode != expected:
        sys.exit(f"{script} {' '.join(arguments)} ended with {done.returncode}:\n{output}{warnings}")
    return output, warnings


def check(is_so, otherwise):
    if not is_so:
        sys.exit(otherwise)


def check_conversions():
    for script, arguments in CONVERSIONS:
        output, warnings = run(script, *arguments.split())
        expected = (TESTS / f"{script}.jsonl").read_text("utf-8")
        check(output == expected, f"{script} wrote\n{output}and not\n{expected}")
        hashes = [line["password_hash"] for line in map(json.loads, output.splitlines()) if "password_hash" in line]
        check(all(part not in warnings for text in hashes for part in text.split("$")[-2:]), f"{script} prints a hash")
        check("5f4dcc3b" not in warnings, f"{script} prints a hash")
    without, _ = run("auth0", "auth0-users.ndjson")
    check("password_hash" not in without, "without the export of passwords there are none")
    _, usage = run("table", "table.csv", "import_id=id", "email=address", expected=1)
    check("address" in usage, usage)
    first, _ = run("hash_password", stdin="Grüße an Ada, 1843\n".encode())
    second, _ = run("hash_password", stdin="Grüße an Ada, 1843\n".encode())
    check(first.startswith("$pbkdf2-sha256$i=600000$") and first != second, first)
    run("hash_password", expected=1)


class Users(http.server.BaseHTTPRequestHandler):
    """A Driftwood of a few lines: each token is good for two pages, and every third request for a page meets a fault."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        server = self.server
        if self.path == "/api/auth-login":
            check(json.loads(body)["password"] == PASSWORD, "the password is sent")
            server.sign_ins += 1
            server.uses = 0
            return self.answer(200, {"ok": True, "result": {"access_token": f"token{server.sign_ins}"}})
        check(self.headers["content-type"] == "application/x-ndjson", "the type of the body")
        check(len(body) <= 64 * 1024, "the body is too long")
        if self.headers["authorization"] != f"Bearer token{server.sign_ins}" or server.uses == 2:
            return self.answer(401, {"ok": False})
        server.requests += 1
        if server.requests % 3 == 0:
            return self.answer(503, {"ok": False}, {"retry-after": "0.01"})
        server.uses += 1
        lines = [json.loads(line) for line in body.decode().splitlines()]
        check(0 < len(lines) <= 100, "a page has up to 100 lines")
        reports = []
        for number, line in enumerate(lines, 1):
            outcome = "refused" if "email" not in line else "exists" if line["import_id"] in server.users else "imported"
            if outcome == "imported" and self.path.endswith("?dry_run=true"):
                outcome = "importable"
            elif outcome == "imported":
                server.users.append(line["import_id"])
            reports.append({"line": number, "import_id": line["import_id"], "outcome": outcome})
        counts = collections.Counter(report["outcome"] for report in reports)
        if server.breaks_after and len(server.users) >= server.breaks_after:
            server.breaks_after = None
            return self.answer(400, {"ok": False})
        return self.answer(200, {"ok": True, "result": {"counts": counts, "lines": reports}})

    def answer(self, status, content, headers=None):
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def check_sending(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Users)
    server.sign_ins = server.uses = server.requests = 0
    server.users, server.breaks_after = [], None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lines = [{"import_id": str(n), "email": f"user{n}@example.com", "name": "ü" * (n % 90)} for n in range(730)]
    del lines[500]["email"]
    file, results = folder / "users.jsonl", folder / "results.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines) + "\n", "utf-8")
    arguments = [f"http://127.0.0.1:{server.server_address[1]}/", str(file), "--email", "operator@example.com"]

    output, _ = run("send", *arguments, "--dry-run", expected=1)
    check(output == "729 importable, 1 refused\n" and not server.users, output)
    run("send", *arguments, "--dry-run", "--results", str(results), expected=2)

    # Interrupted in the middle, and with half a result in the file, it continues with the next line.
    server.breaks_after = 350
    run("send", *arguments, "--results", str(results), expected=1)
    written = results.read_bytes()
    check(200 <= written.count(b"\n") < 350, "the pages before it have results")
    results.write_bytes(written + b'{"line": 4')
    output, refused = run("send", *arguments, "--results", str(results), expected=1)
    check(server.users == [line["import_id"] for line in lines if "email" in line], "each user is imported once, in order")
    check('"line": 501' in refused and "1 refused" in output, refused)
    numbers = [json.loads(result)["line"] for result in results.read_text("utf-8").splitlines()]
    check(numbers == list(range(1, 731)), "every line has one result")
    check(run("send", *arguments, "--results", str(results))[0] == "nothing to import\n", "it is done")
    output, _ = run("send", *arguments, expected=1)
    check(output == "729 exists, 1 refused\n", output)
    check(server.sign_ins > 3, "it signs in again when the token has expired")
    server.shutdown()


def main():
    check_conversions()
    with tempfile.TemporaryDirectory() as folder:
        check_sending(pathlib.Path(folder))
    print("the scripts that convert and send users work")


if __name__ == "__main__":
    main()
