"""Gives `schemathesis` ids that exist, which it cannot guess, and records the status of every request."""

import json
import os

import schemathesis

KNOWN = json.loads(os.environ["KNOWN"])


def known_of(context, fields):
    known = KNOWN.get(context.operation.definition.raw.get("operationId"), {})
    return {name: known.get(name, value) if isinstance(value, str) else value for name, value in (fields or {}).items()}


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Writes a list as lines of JSON."""
    values = value if isinstance(value, list) else [value]
    return "".join(json.dumps(each) + "\n" for each in values).encode()


@schemathesis.hook
def map_body(context, body):
    """Replaces generated values by existing ones in every second request."""
    is_second = isinstance(body, dict) and len(json.dumps(body, default=str)) % 2
    return known_of(context, body) if is_second else body


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return known_of(context, path_parameters)


@schemathesis.hook
def map_query(context, query):
    return known_of(context, query)


@schemathesis.hook
def after_call(context, case, response):
    name = case.operation.definition.raw.get("operationId")
    with open(os.environ["ANSWERS"], "a") as answers:
        print(name, response.status_code, file=answers)
