"""Checks template.yaml: `sam validate` with and without `--lint`, then cfn-lint on the template that SAM expands it to.

Only the expansion shows dependency cycles. CloudFormation allows 500 resources; our limit is lower.
Run with the Python of `.ci/tools`, in the folder of the template.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
os.environ["SAM_CLI_TELEMETRY"] = "0"

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

MOST_RESOURCES = 450
TOOLS = pathlib.Path(sys.executable).parent


class ManagedPolicies:
    """The managed policies that SAM looks up for this template; a request to IAM would need an account."""

    def load(self):
        names = ["AWSLambdaBasicExecutionRole", "AWSLambdaDynamoDBExecutionRole"]
        return {name: f"arn:aws:iam::aws:policy/service-role/{name}" for name in names}


def expand(template: pathlib.Path) -> dict:
    document = yaml_parse(template.read_text())
    # Like `sam package`, this replaces the folders by addresses in S3.
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(document, {"AWS::Region": os.environ["AWS_DEFAULT_REGION"]}, ManagedPolicies())


def run(*command: str) -> None:
    print("$", *command, flush=True)
    if subprocess.run(command).returncode:
        sys.exit(f"failed: {' '.join(command)}")


def validate(template: pathlib.Path, *more: str) -> None:
    run(str(TOOLS / "sam"), "validate", *more, "--template-file", str(template), "--region", os.environ["AWS_DEFAULT_REGION"])


def main() -> None:
    template = pathlib.Path("template.yaml")
    # With --lint, a duplicate route passes.
    for more in [[], ["--lint"]]:
        validate(template, *more)
    expansion = expand(template)
    with tempfile.TemporaryDirectory() as folder:
        expanded = pathlib.Path(folder) / "expanded.json"
        # A line for each value, without indentation: that would be half of the file, and cfn-lint compares its size with
        # CloudFormation's limit of a million bytes.
        expanded.write_text(json.dumps(expansion, indent=0))
        if len(sys.argv) > 1:
            pathlib.Path(sys.argv[1]).write_text(expanded.read_text())
        run(str(TOOLS / "cfn-lint"), "--template", str(expanded), "--regions", os.environ["AWS_DEFAULT_REGION"])
    count = len(expansion["Resources"])
    if count >= MOST_RESOURCES:
        sys.exit(f"the template expands to {count} resources; fewer than {MOST_RESOURCES} are allowed")
    print(f"template.yaml expands to {count} resources and lints clean")


if __name__ == "__main__":
    main()
