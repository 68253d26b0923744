#!/bin/sh
# Tests the scripts with a fake AWS CLI that records its calls.
set -eu
cd "$(dirname "$0")"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
# It knows one stack, one table, one user and the keys of the stack; ADMINS are the operators of the stack.
cat >"$folder/bin/aws" <<'FAKE'
#!/bin/sh
printf '%s\n' "$*" >>"$CALLS"
case "$*" in
'cloudformation describe-stacks --stack-name driftwood-test --query '*UsersTableName*) echo UsersTable-1 ;;
'cloudformation describe-stacks --stack-name driftwood-test --query '*'Parameters[].ParameterKey'*) printf 'Stage\tAdminUserIds\tLogLevel\tKeysRevision\n' ;;
'cloudformation describe-stacks --stack-name driftwood-test --query '*AdminUserIds*) echo "$ADMINS" ;;
'cloudformation describe-stacks --stack-name driftwood-test --query '*UpstreamSecretArn*) echo "$SECRET" ;;
'secretsmanager put-secret-value --secret-id arn:1 --secret-string file://'*) cat "${6#file://}" >>"$CALLS" ;;
'cloudformation describe-stack-resource --stack-name driftwood-test --logical-resource-id '*)
    case "$6" in
    KeysRotate) echo rotate-1 ;;
    *) echo "arn:$6" ;;
    esac
    ;;
'secretsmanager get-secret-value --secret-id arn:SigningKeysSecret '*)
    echo '{"keys":[{"kid":"rs-1_a","alg":"RS256","pkcs8":"hush-hush","signs_from":1},{"kid":"es-1","alg":"ES256","pkcs8":"hush-hush"}]}'
    ;;
'secretsmanager get-secret-value --secret-id arn:MacKeysSecret '*) echo '{"keys":[{"kid":"mac-1","master":"hush-hush"}]}' ;;
'lambda invoke --function-name rotate-1 --cli-binary-format raw-in-base64-out --payload '*)
    for answer; do :; done
    echo '{"errorMessage":"no key has this id"}' >"$answer"
    case "$*" in
    *'{"RevokeKey":"rs-1_a"}'* | *'{"RevokeKey":"es-1"}'*) echo None ;;
    *) echo Unhandled ;;
    esac
    ;;
'cloudformation describe-stacks --stack-name other '*) echo None ;;
'cloudformation describe-stacks '*)
    echo 'Stack does not exist' >&2
    exit 254
    ;;
'dynamodb get-item --table-name UsersTable-1 '*'"email#ada@example.com"'*) echo 01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b ;;
'dynamodb get-item --table-name UsersTable-1 '*'"user#01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b"'*'Item.email_verified_at.N'*) echo "$VERIFIED" ;;
'dynamodb update-item --table-name UsersTable-1 --key {"pk":{"S":"user#01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b"},"sk":{"S":"user"}} '*)
    [ "$CHANGED" = no ] || {
        echo 'The conditional request failed' >&2
        exit 254
    }
    ;;
'dynamodb get-item '*) echo None ;;
'cloudformation update-stack '*) [ "$BUSY" = no ] ;;
'cloudformation wait stack-update-complete --stack-name driftwood-test') ;;
*)
    echo "unexpected: aws $*" >&2
    exit 1
    ;;
esac
FAKE
chmod +x "$folder/bin/aws"
PATH=$folder/bin:$PATH
CALLS=$folder/calls
ADMINS=
SECRET=None
BUSY=no
VERIFIED=1762335000
CHANGED=no
export PATH CALLS ADMINS SECRET BUSY VERIFIED CHANGED

id=01997042-7b50-7d3c-8a2f-0c1d2e3f4a5b
other=01997042-7b50-7d3c-8a2f-ffffffffffff

script=make-admin.sh
# run EXPECTED-STATUS ARGUMENTS…: the output is then in $folder/said, the calls of the AWS CLI in $folder/calls.
run() {
    expected=$1 status=0
    shift
    : >"$CALLS"
    "./$script" "$@" >"$folder/said" 2>&1 || status=$?
    if [ "$status" != "$expected" ]; then
        echo "$script $* ended with $status instead of $expected:" >&2
        cat "$folder/said" >&2
        exit 1
    fi
}

# has FILE TEXT
has() {
    grep -qF -- "$2" "$folder/$1" || {
        echo "$1 should have: $2" >&2
        cat "$folder/$1" >&2
        exit 1
    }
}

lacks() {
    if grep -qF -- "$2" "$folder/$1"; then
        echo "$1 should not have: $2" >&2
        cat "$folder/$1" >&2
        exit 1
    fi
}

run 0 --help
has said 'usage: infra/operators/make-admin.sh [--verified] STACK_NAME EMAIL'
run 2
run 2 driftwood-test
run 2 --verified driftwood-test

run 0 driftwood-test Ada@Example.com
rest='{"ParameterKey":"Stage","UsePreviousValue":true},{"ParameterKey":"LogLevel","UsePreviousValue":true},{"ParameterKey":"KeysRevision","UsePreviousValue":true}]'
has calls "--use-previous-template --parameters [{\"ParameterKey\":\"AdminUserIds\",\"ParameterValue\":\"$id\"},$rest"
has calls '--capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND'
has calls 'wait stack-update-complete'
has calls '--consistent-read'
has said "ada@example.com ($id) is an operator of driftwood-test now"
lacks calls update-item
run 0 --verified driftwood-test ada@example.com
lacks calls update-item

# A user who did not verify the address, or was named before operators needed a verified one.
VERIFIED=None
for ADMINS in '' "$id"; do
    run 1 driftwood-test ada@example.com
    has said 'ada@example.com is not verified'
    lacks calls update-item
    lacks calls update-stack
    run 0 --verified driftwood-test Ada@Example.com
    has said "ada@example.com ($id) is marked as verified"
    has calls 'SET email_verified_at = :now'
    has calls 'email = :email AND attribute_not_exists(email_verified_at) AND attribute_not_exists(deleted_at)'
    has calls '":email":{"S":"ada@example.com"}'
    grep -Eq '":now":\{"N":"[0-9]{10}"\}' "$CALLS" || exit 1
done
ADMINS=
run 0 --verified driftwood-test ada@example.com
[ "$(grep -nE 'update-(item|stack)' "$CALLS" | sed 's/^[0-9]*:[a-z]* \([a-z-]*\).*/\1/' | tr '\n' ' ')" = 'update-item update-stack ' ] || exit 1
CHANGED=yes
run 254 --verified driftwood-test ada@example.com
has said 'The conditional request failed'
lacks calls update-stack
CHANGED=no
VERIFIED=1762335000

ADMINS=$other
run 0 driftwood-test ada@example.com
has calls "\"ParameterValue\":\"$other,$id\""

for ADMINS in "$id" "$other,$id" "$id $other"; do
    run 0 driftwood-test ada@example.com
    has said 'is an operator of driftwood-test already'
    lacks calls update-stack
done

ADMINS=
run 1 driftwood-test nobody@example.com
has said 'no user registered with nobody@example.com'
lacks calls update-stack
for wrong in ada '@example.com' 'ada@' 'a"b@example.com' 'a\b@example.com' 'a b@example.com'; do
    run 1 driftwood-test "$wrong"
    has said 'this is no e-mail address'
    lacks calls --
done
run 1 other ada@example.com
has said 'has no output UsersTableName'
run 254 unknown ada@example.com
lacks calls update-stack

script=set-upstream-secret.sh
run 0 --help
has said 'usage: infra/operators/set-upstream-secret.sh STACK_NAME'
run 2
run 1 driftwood-test </dev/null
has said 'set its parameter UpstreamIssuer first'
SECRET=arn:1
run 1 driftwood-test </dev/null
has said 'there is no secret to read'
lacks calls put-secret-value
printf 'hush-hush\r\n' | run 0 driftwood-test
has calls hush-hush
lacks calls 'secret-string hush-hush'
lacks said hush-hush
[ "$(tail -c 9 "$CALLS")" = hush-hush ] || exit 1
run 254 unknown </dev/null

script=revoke-key.sh
run 0 --help
has said 'usage: infra/operators/revoke-key.sh STACK_NAME [KID...]'
run 2

run 0 driftwood-test
[ "$(cat "$folder/said")" = 'SigningKeysSecret
  rs-1_a
  es-1
MacKeysSecret
  mac-1' ] || { cat "$folder/said" >&2; exit 1; }

run 0 driftwood-test rs-1_a
has calls 'lambda invoke --function-name rotate-1'
has calls '--use-previous-template --parameters [{"ParameterKey":"KeysRevision","ParameterValue":"20'
has calls '{"ParameterKey":"AdminUserIds","UsePreviousValue":true}'
has calls '--capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND'
has calls 'wait stack-update-complete'
lacks calls get-secret-value
has said 'no function of driftwood-test has what was revoked'
run 0 driftwood-test rs-1_a es-1
has said 'rs-1_a is revoked'
has said 'es-1 is revoked'
[ "$(grep -c update-stack "$CALLS")" = 1 ] || exit 1

run 1 driftwood-test other es-1
has said 'no key has this id'
has said 'es-1 is revoked'
has calls update-stack
has said 'repeat this, unless there is no such key any longer: other'
for wrong in '' 'a b' 'a"b' 'a}'; do
    run 1 driftwood-test rs-1_a "$wrong"
    has said 'this is no id of a key'
    lacks calls invoke
done
BUSY=yes
run 1 driftwood-test rs-1_a
has said 'running functions have what was revoked for up to five minutes'
BUSY=no
run 1 other rs-1_a
has said 'has no parameter KeysRevision'
run 254 unknown rs-1_a
lacks calls invoke

echo 'the scripts work'
