#!/bin/sh
# Ends signing keys or MAC keys of a deployed stack at once.
set -eu
umask 077

usage() {
    cat <<'TEXT'
usage: infra/operators/revoke-key.sh STACK_NAME [KID...]

Without KID, lists the ids of the stack's keys. Otherwise removes each of these keys from its secret and from the published
keys, puts another in its place, and changes the stack's parameter KeysRevision, which ends every running function that
still has one. Tokens that were signed with them are refused from then on. Nothing else in the stack changes.

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
if [ $# -lt 1 ]; then
    usage >&2
    exit 2
fi
stack=$1
shift

# resource LOGICAL_ID: what the stack's resource is called in AWS.
resource() {
    aws cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id "$1" \
        --query StackResourceDetail.PhysicalResourceId --output text
}

if [ $# -eq 0 ]; then
    for secret in SigningKeysSecret MacKeysSecret; do
        arn=$(resource "$secret")
        echo "$secret"
        # Only the ids; the rest of the secret is not shown.
        aws secretsmanager get-secret-value --secret-id "$arn" --query SecretString --output text |
            tr ',{' '\n\n' | sed -n 's/^ *"kid": *"\([A-Za-z0-9_-]*\)".*/  \1/p'
    done
    exit 0
fi
for kid; do
    case $kid in
    '' | *[!A-Za-z0-9_-]*) fail "this is no id of a key: $kid" ;;
    esac
done

names=$(aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Parameters[].ParameterKey' --output text)
case " $(echo $names) " in
*' KeysRevision '*) ;;
*) fail "the stack $stack has no parameter KeysRevision: is it one of Driftwood?" ;;
esac
function=$(resource KeysRotate)

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
failed=
for kid; do
    error=$(aws lambda invoke --function-name "$function" --cli-binary-format raw-in-base64-out \
        --payload "{\"RevokeKey\":\"$kid\"}" --query FunctionError --output text "$answer")
    if [ "$error" = None ]; then
        echo "$kid is revoked: functions that start now do not have it"
    else
        failed="$failed $kid"
        echo "revoke-key.sh: $kid was not revoked now: $(cat "$answer")" >&2
    fi
done
# Also if one failed, so that the script can be repeated as a whole: it may have been revoked before.

parameters="{\"ParameterKey\":\"KeysRevision\",\"ParameterValue\":\"$(date -u +%Y%m%dT%H%M%SZ)\"}"
for name in $names; do
    [ "$name" = KeysRevision ] || parameters="$parameters,{\"ParameterKey\":\"$name\",\"UsePreviousValue\":true}"
done
later='running functions have what was revoked for up to five minutes, and for an hour if its secret or the table of keys cannot be read'
aws cloudformation update-stack --stack-name "$stack" --use-previous-template --parameters "[$parameters]" \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --output text >/dev/null || fail "the stack was not updated: $later"
echo "$stack is being updated, which ends every running function; that takes a minute or two"
aws cloudformation wait stack-update-complete --stack-name "$stack" || fail "the stack was not updated: $later"
echo "no function of $stack has what was revoked"
[ -z "$failed" ] || fail "repeat this, unless there is no such key any longer:$failed"
