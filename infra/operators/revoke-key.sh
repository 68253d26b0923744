#!/bin/sh
# Ends a signing key or a MAC key of a deployed stack at once.
set -eu
umask 077

usage() {
    cat <<'TEXT'
usage: infra/operators/revoke-key.sh STACK_NAME [KID]

Without KID, lists the ids of the stack's keys. With KID, removes that key from its secret and from the published keys,
puts another in its place, and changes the stack's parameter KeysRevision, which ends every running function that still
has the key. Tokens that were signed with it are refused from then on. Nothing else in the stack changes.

It needs the AWS CLI with credentials that may read and update the stack, and invoke its function KeysRotate; for the list,
read its secrets.
TEXT
}

fail() {
    echo "revoke-key.sh: $1" >&2
    exit 1
}

case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
esac
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    usage >&2
    exit 2
fi
stack=$1

# resource LOGICAL_ID: what the stack's resource is called in AWS.
resource() {
    aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id "$1" \
        --query StackResourceDetail.PhysicalResourceId --output text
}

if [ $# -eq 1 ]; then
    for secret in SigningKeysSecret MacKeysSecret; do
        arn=$(resource "$secret")
        echo "$secret"
        # Only the ids; the rest of it is shown to nobody.
        aws secretsmanager get-secret-value --secret-id "$arn" --query SecretString --output text |
            tr ',{' '\n\n' | sed -n 's/^ *"kid": *"\([A-Za-z0-9_-]*\)".*/  \1/p'
    done
    exit 0
fi
kid=$2
case $kid in
'' | *[!A-Za-z0-9_-]*) fail "this is no id of a key: $kid" ;;
esac

names=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Parameters[].ParameterKey' --output text)
case " $(echo $names) " in
*' KeysRevision '*) ;;
*) fail "the stack $stack has no parameter KeysRevision: is it one of Driftwood?" ;;
esac
function=$(resource KeysRotate)

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
error=$(aws lambda invoke --function-name "$function" --cli-binary-format raw-in-base64-out \
    --payload "{\"RevokeKey\":\"$kid\"}" --query FunctionError --output text "$answer")
[ "$error" = None ] || fail "the key was not revoked; repeat this: $(cat "$answer")"
echo "$kid is revoked: functions that start now do not have it"

parameters="{\"ParameterKey\":\"KeysRevision\",\"ParameterValue\":\"$(date -u +%Y%m%dT%H%M%SZ)\"}"
for name in $names; do
    [ "$name" = KeysRevision ] || parameters="$parameters,{\"ParameterKey\":\"$name\",\"UsePreviousValue\":true}"
done
later='running functions have the key for up to five minutes, and for an hour if its secret or the table of keys cannot be read'
aws cloudformation update-stack --stack-name "$stack" --use-previous-template --parameters "[$parameters]" \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --output text >/dev/null || fail "the stack was not updated: $later"
echo "$stack is being updated, which ends every running function; that takes a minute or two"
aws cloudformation wait stack-update-complete --stack-name "$stack" || fail "the stack was not updated: $later"
echo "no function of $stack has the key any longer"
