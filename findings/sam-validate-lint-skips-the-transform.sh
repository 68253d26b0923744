#!/usr/bin/env bash
# AWS SAM CLI 1.170.0: `sam validate --lint` accepts a template that `sam validate` refuses.
#
# `--lint` sounds like the same check and more. It is another one: it runs cfn-lint on the template in place of SAM's own validation, and
# cfn-lint translates it with rules of its own. Two functions of one HTTP API that claim the same route are refused by `sam validate`, as by a
# deployment, and accepted with `--lint`. So a pipeline needs both.
#
# Seen here: with --lint the exit status is 0, and without it 1 with a sentence about the route.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aws-sam-cli==1.170.0
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-central-1

cat >template.yaml <<'YAML'
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
  One:
    Type: AWS::Serverless::Function
    Properties: &function
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Events:
        Route:
          Type: HttpApi
          Properties: {ApiId: !Ref Api, Method: GET, Path: /orders}
  Two:
    Type: AWS::Serverless::Function
    Properties: *function
YAML

status=0
venv/bin/sam validate --lint --template-file template.yaml >lint.txt 2>&1 || status=$?
echo "with --lint: $status"
plain=0
venv/bin/sam validate --template-file template.yaml >plain.txt 2>&1 || plain=$?
echo "without: $plain"
grep -o "API method .*" plain.txt || cat plain.txt
[ "$status" = 0 ] && [ "$plain" = 1 ]
