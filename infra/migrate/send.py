"""Sends lines to `users-import`, page by page, as an operator: send.py https://auth.example.com users.jsonl --results results.jsonl

The operator's password is read from the environment variable DRIFTWOOD_PASSWORD, or asked for. The outcome of each line is added to
the file of results, with the id that the user has now: it maps the ids of the other system to Driftwood's. Interrupted, or started
again, it continues with the line after the last result. Without a file of results it begins with the first line, and finds those who
were imported. It ends with 1 if a line was refused.
"""

import argparse
import collections
import getpass
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

LINES = 100
BYTES = 60 * 1024
TRIES = 6


class Driftwood:
    """The API, as an operator who signs in again when the token has expired."""

    def __init__(self, url, email, password):
        self.url, self.email, self.password, self.token = url.rstrip("/"), email, password, None

    def sign_in(self):
        body = json.dumps({"email": self.email, "password": self.password}).encode()
        self.token = self.post("/api/auth-login", body, "application/json", {})["access_token"]

    def import_page(self, lines, is_dry_run):
        path = "/api/users-import" + ("?dry_run=true" if is_dry_run else "")
        body = "".join(f"{line}\n" for line in lines).encode()
        for is_first in (True, False):
            if self.token is None:
                self.sign_in()
            try:
                return self.post(path, body, "application/x-ndjson", {"authorization": f"Bearer {self.token}"})
            except PermissionError:
                if not is_first:
                    raise
                self.token = None

    def post(self, path, body, media_type, headers):
        """Posts, and waits and tries again where the service says so or cannot be reached: every request may be repeated."""
        request = urllib.request.Request(self.url + path, body, {"content-type": media_type, **headers})
        for attempt in range(1, TRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return json.load(answer)["result"]
            except urllib.error.HTTPError as error:
                if error.code == 401 and headers:
                    raise PermissionError from None
                if error.code not in (429, 500, 502, 503, 504) or attempt == TRIES:
                    sys.exit(f"{path} answered {error.code}: {error.read().decode(errors='replace')[:500]}")
                wait = float(error.headers.get("retry-after") or attempt)
            except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
                if attempt == TRIES:
                    sys.exit(f"{self.url} cannot be reached: {error}")
                wait = attempt
            time.sleep(wait)


def pages(lines):
    """Pages of numbered lines, each as long as a request may be."""
    page, size = [], 0
    for number, line in lines:
        length = len(line.encode()) + 1
        if page and (len(page) == LINES or size + length > BYTES):
            yield page
            page, size = [], 0
        page.append((number, line))
        size += length
    if page:
        yield page


def last_result(path):
    """The number of the last line that has a result; half a result, of an interrupted run, is removed."""
    if not path or not path.exists():
        return 0
    text = path.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if whole != text:
        path.write_bytes(whole)
    return json.loads(whole.splitlines()[-1])["line"] if whole else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="the address of Driftwood, such as https://auth.example.com")
    parser.add_argument("lines", type=pathlib.Path, help="the file that a script wrote")
    parser.add_argument("--email", required=True, help="the operator's e-mail address")
    parser.add_argument("--dry-run", action="store_true", help="only check the lines, and show which would be refused")
    parser.add_argument("--results", type=pathlib.Path, help="a file for the outcome of each line")
    arguments = parser.parse_args()
    if arguments.dry_run and arguments.results:
        parser.error("a dry run has no results to continue from: leave out --results")
    done = last_result(arguments.results)
    driftwood = Driftwood(arguments.url, arguments.email, os.environ.get("DRIFTWOOD_PASSWORD") or getpass.getpass())
    counts = collections.Counter()
    with open(arguments.lines, encoding="utf-8") as file:
        lines = ((number, line.rstrip("\r\n")) for number, line in enumerate(file, 1))
        for page in pages((number, line) for number, line in lines if number > done and line.strip()):
            report = driftwood.import_page([line for _, line in page], arguments.dry_run)
            counts.update(report["counts"])
            results = [{**result, "line": page[result["line"] - 1][0]} for result in report["lines"]]
            if arguments.results:
                with open(arguments.results, "a", encoding="utf-8") as file_of_results:
                    file_of_results.write("".join(f"{json.dumps(result, ensure_ascii=False)}\n" for result in results))
            for result in results:
                if result["outcome"] == "refused":
                    print(json.dumps(result, ensure_ascii=False), file=sys.stderr)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing to import")
    sys.exit(1 if counts["refused"] else 0)


if __name__ == "__main__":
    main()
