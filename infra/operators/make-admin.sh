#!/bin/sh
# Makes a registered user of a deployed stack an operator.
set -eu

usage() {
    cat <<'TEXT'
usage: infra/operators/make-admin.sh [--verified] STACK_NAME EMAIL

Finds the user with EMAIL in the stack's users table, adds their id to the stack's parameter AdminUserIds, and waits
until that is deployed. Nothing else in the stack changes. Existing operators stay operators.

An operator needs a verified address, so a user who did not verify EMAIL is refused. With --verified you say that you
know that the account with EMAIL is theirs, and the address is marked as verified first. Use it where the stack sends no
mail: the user who registered with the address gets the rights.

It needs the AWS CLI with credentials that may read the stack and its users table, and update the stack; with --verified
also update the table. Write a domain with non-ASCII letters as in the DNS (xn--...).
TEXT
}

fail() {
    echo "make-admin.sh: $1" >&2
    exit 1
}

is_known=no
case ${1:-} in
-h | --help)
    usage
    exit 0
    ;;
--verified)
    is_known=yes
    shift
    ;;
esac
if [ $# -ne 2 ]; then
    usage >&2
    exit 2
fi
stack=$1
# The address as it is stored; addresses with characters that JSON must escape are refused.
email=$(printf '%s' "$2" | LC_ALL=C tr '[:upper:]' '[:lower:]')
case $email in
*[\"\\]* | *' '*) fail "this is no e-mail address: $2" ;;
?*@?*) ;;
*) fail "this is no e-mail address: $2" ;;
esac

# of_stack QUERY: a value of the stack; an absent value is `None`.
of_stack() {
    aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].$1" --output text
}

table=$(of_stack "Outputs[?OutputKey=='UsersTableName'].OutputValue | [0]")
[ "$table" != None ] || fail "the stack $stack has no output UsersTableName: is it one of Driftwood?"
names=$(of_stack 'Parameters[].ParameterKey')
case " $(echo $names) " in
*' AdminUserIds '*) ;;
*) fail "the stack $stack has no parameter AdminUserIds" ;;
esac
admins=$(of_stack "Parameters[?ParameterKey=='AdminUserIds'].ParameterValue | [0]")
[ "$admins" != None ] || admins=

id=$(aws dynamodb get-item --table-name "$table" --consistent-read \
    --key "{\"pk\":{\"S\":\"email#$email\"},\"sk\":{\"S\":\"email\"}}" --query Item.user_id.S --output text)
[ "$id" != None ] || fail "no user registered with $email at $stack"

user="{\"pk\":{\"S\":\"user#$id\"},\"sk\":{\"S\":\"user\"}}"
verified_at=$(aws dynamodb get-item --table-name "$table" --consistent-read --key "$user" \
    --query Item.email_verified_at.N --output text)
if [ "$verified_at" = None ]; then
    [ "$is_known" = yes ] ||
        fail "$email is not verified: let its user follow the mailed link first, or use --verified if you know that they are its user"
    # Only if it is still the address of this user, and nothing else verified it meanwhile; then repeat this.
    aws dynamodb update-item --table-name "$table" --key "$user" \
        --update-expression 'SET email_verified_at = :now' \
        --condition-expression 'email = :email AND attribute_not_exists(email_verified_at) AND attribute_not_exists(deleted_at)' \
        --expression-attribute-values "{\":now\":{\"N\":\"$(date +%s)\"},\":email\":{\"S\":\"$email\"}}"
    echo "$email ($id) is marked as verified"
fi

case ",$(printf '%s' "$admins" | tr ' ' ',')," in
*",$id,"*)
    echo "$email ($id) is an operator of $stack already"
    exit 0
    ;;
esac

parameters="{\"ParameterKey\":\"AdminUserIds\",\"ParameterValue\":\"${admins:+$admins,}$id\"}"
for name in $names; do
    [ "$name" = AdminUserIds ] || parameters="$parameters,{\"ParameterKey\":\"$name\",\"UsePreviousValue\":true}"
done
aws cloudformation update-stack --stack-name "$stack" --use-previous-template --parameters "[$parameters]" \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --output text >/dev/null
echo "$stack is being updated; that takes a minute or two"
aws cloudformation wait stack-update-complete --stack-name "$stack"
echo "$email ($id) is an operator of $stack now"
