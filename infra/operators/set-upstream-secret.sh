#!/bin/sh
# Stores the client secret of another provider in a deployed stack.
set -eu
umask 077

usage() {
    cat <<'TEXT'
usage: infra/operators/set-upstream-secret.sh STACK_NAME < FILE

Stores the content of FILE, without line ends, in the stack's secret UpstreamSecret: the client secret
at the provider of the parameter UpstreamIssuer, or a JSON object with that of each provider
(docs/upstream.md). Functions use it within five minutes.

It needs the AWS CLI with credentials that may read the stack and write its secret.
TEXT
}

fail() {
    echo "set-upstream-secret.sh: $1" >&2
    exit 1
}

case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
esac
if [ $# -ne 1 ]; then
    usage >&2
    exit 2
fi
stack=$1

arn=$(aws cloudformation describe-stacks --stack-name "$stack" \
    --query "Stacks[0].Outputs[?OutputKey=='UpstreamSecretArn'].OutputValue | [0]" --output text)
[ "$arn" != None ] || fail "the stack $stack has no output UpstreamSecretArn: set its parameter UpstreamIssuer first"

# As a file, because every user of this machine can read the arguments of a program.
file=$(mktemp)
trap 'rm -f "$file"' EXIT
tr -d '\r\n' >"$file"
[ -s "$file" ] || fail "there is no secret to read"
aws secretsmanager put-secret-value --secret-id "$arn" --secret-string "file://$file" --output text >/dev/null
echo "$stack has the secret, and uses it within five minutes"
