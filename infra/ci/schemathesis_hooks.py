"""What `schemathesis` cannot guess: ids of things that exist, and what comes of every request is written down."""

import json
import os

import schemathesis

KNOWN = json.loads(os.environ["KNOWN"])


@schemathesis.hook
def map_body(context, body):
    """Puts what exists in the place of what cannot exist, in every second request."""
    known = KNOWN.get(context.operation.definition.raw.get("operationId"), {})
    if isinstance(body, dict) and len(json.dumps(body, default=str)) % 2:
        return {name: known.get(name, value) if isinstance(value, str) else value for name, value in body.items()}
    return body


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    known = KNOWN.get(context.operation.definition.raw.get("operationId"), {})
    if path_parameters:
        return {name: known.get(name, value) for name, value in path_parameters.items()}
    return path_parameters


@schemathesis.hook
def after_call(context, case, response):
    name = case.operation.definition.raw.get("operationId")
    with open(os.environ["ANSWERS"], "a") as answers:
        print(name, response.status_code, file=answers)
