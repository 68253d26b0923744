#!/usr/bin/env bash
# aws-sam-cli 1.170.0: taking a parameter out of `parameter_overrides` does not give it back its default.
#
# A good guess is that a stack gets what samconfig.toml says: a parameter that is no longer among the overrides is what the template's
# `Default` says. `sam deploy` asks CloudFormation for `UsePreviousValue` instead, for every parameter of the template without an
# override that the stack already has. So the old override stays for good, also after the template's default changed. To unset a
# parameter, its override has to stay, with the value wanted.
#
# Seen here, against a CloudFormation that is a few lines of Python: the stack has Sender=old and Level=debug; the deployment overrides Level
# alone; the change set has Level as its value, and Sender with UsePreviousValue. A parameter that is new in the template is left out.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${server:-0}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aws-sam-cli==1.170.0

cat >template.yaml <<'YAML'
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Sender: {Type: String, Default: ""}
  Level: {Type: String, Default: info}
  New: {Type: String, Default: new}
Resources:
  Topic: {Type: AWS::SNS::Topic}
YAML

cat >cloudformation.py <<'PYTHON'
import http.server, json, sys, urllib.parse

STACK = """<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
<StackName>demo</StackName><StackId>arn:aws:cloudformation:eu-central-1:123456789012:stack/demo/1</StackId>
<CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus><Parameters>
<member><ParameterKey>Sender</ParameterKey><ParameterValue>old</ParameterValue></member>
<member><ParameterKey>Level</ParameterKey><ParameterValue>debug</ParameterValue></member></Parameters></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""
SUMMARY = """<GetTemplateSummaryResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><GetTemplateSummaryResult><Parameters>
<member><ParameterKey>Sender</ParameterKey></member><member><ParameterKey>Level</ParameterKey></member></Parameters></GetTemplateSummaryResult></GetTemplateSummaryResponse>"""
CREATED = """<CreateChangeSetResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><CreateChangeSetResult>
<Id>arn:aws:cloudformation:eu-central-1:123456789012:changeSet/c/1</Id><StackId>demo</StackId></CreateChangeSetResult></CreateChangeSetResponse>"""
DONE = """<DescribeChangeSetResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeChangeSetResult>
<Status>FAILED</Status><StatusReason>No updates are to be performed.</StatusReason></DescribeChangeSetResult></DescribeChangeSetResponse>"""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode(), keep_blank_values=True))
        action = form["Action"]
        if action == "CreateChangeSet":
            parameters = {}
            for name, key in form.items():
                if name.startswith("Parameters.member.") and name.endswith(".ParameterKey"):
                    place = name.rsplit(".", 1)[0]
                    parameters[key] = form.get(place + ".ParameterValue", "previous" if form.get(place + ".UsePreviousValue") == "true" else None)
            json.dump(parameters, open("parameters.json", "w"))
        body = {"DescribeStacks": STACK, "CreateChangeSet": CREATED, "DescribeChangeSet": DONE}.get(action, SUMMARY).encode()
        self.send_response(200)
        self.send_header("content-type", "text/xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
open("port", "w").write(str(server.server_port))
server.serve_forever()
PYTHON
python3 cloudformation.py &
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done

export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=eu-central-1 SAM_CLI_TELEMETRY=0
export AWS_ENDPOINT_URL_CLOUDFORMATION=http://127.0.0.1:$(cat port)
venv/bin/sam deploy --template-file template.yaml --stack-name demo --parameter-overrides Level=warn --no-fail-on-empty-changeset --no-confirm-changeset >deployed 2>&1 || {
    cat deployed >&2
    exit 1
}

asked=$(cat parameters.json)
echo "the change set asks for: $asked"
[ "$asked" = '{"Sender": "previous", "Level": "warn"}' ] || { echo "sam deploy asks for something else now" >&2; exit 1; }
