#!/usr/bin/env python3
"""Prints the tests that together make every kind of request to DynamoDB, at the least cost.

The file has lines "TEST<tab>SHAPE" and "TEST<tab>#REQUESTS" (tests/end_to_end/harness/shapes.rs).
"""

import sys
from collections import defaultdict
from pathlib import Path

# What a server of its own costs, in requests: it creates the tables.
SERVER = 100


def read(path: Path) -> tuple[dict[str, set[str]], dict[str, int]]:
    """The shapes of each test, and its cost."""
    shapes: dict[str, set[str]] = defaultdict(set)
    servers: dict[str, int] = defaultdict(int)
    requests: dict[str, int] = defaultdict(int)
    for line in path.read_text().splitlines():
        test, noted = line.split("\t", 1)
        if noted.startswith("#"):
            servers[test] += 1
            requests[test] = max(requests[test], int(noted[1:]))
        else:
            shapes[test].add(noted)
    # Requests from a thread that is no test's cannot be played again; whatever they are, a test makes them, too.
    tests = [test for test in shapes if "::" in test]
    return {test: shapes[test] for test in tests}, {test: servers[test] * SERVER + requests[test] for test in tests}


def fewest(shapes: dict[str, set[str]], cost: dict[str, int]) -> list[str]:
    """Takes the test that adds the most for its cost until nothing is missing."""
    missing = set().union(*shapes.values())
    chosen = []
    while missing:
        best = max(sorted(shapes), key=lambda test: len(shapes[test] & missing) / max(cost[test], 1))
        chosen.append(best)
        missing -= shapes[best]
    # A later choice can have made an earlier one needless.
    for test in list(chosen):
        others = set().union(*(shapes[other] for other in chosen if other != test))
        if shapes[test] <= others:
            chosen.remove(test)
    return chosen


def main() -> None:
    shapes, cost = read(Path(sys.argv[1]))
    if len(shapes) < 100:
        sys.exit(f"only {len(shapes)} tests made requests to DynamoDB: is this the file of a whole run?")
    chosen = fewest(shapes, cost)
    kinds = len(set().union(*shapes.values()))
    print(f"{len(chosen)} of {len(shapes)} tests make all {kinds} kinds of requests", file=sys.stderr)
    print("\n".join(sorted(chosen)))


main()
