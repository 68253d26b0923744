#!/usr/bin/env bash
# Checks the text of the documents, and plays the examples of every page, the pages in shuffled order against one server, the debug
# build of `driftwood`; stops at the first that fails. With arguments, it checks and plays those pages only, in that order:
# infra/ci/docs.sh docs/quickstart.md docs/guides/web-app.md
# A page with `sh operator` blocks has a server of its own, which is started again for these, with the user OPERATOR_ID of the page as
# an operator. Needs Python 3, and Node 20 or later for the pages that use it.
set -euo pipefail
cd "$(dirname "$0")/../.."

. infra/ci/server.sh
. infra/ci/pages.sh

# A fault in a text does not keep the examples from being played.
text_holds=true
python3 infra/ci/check_docs.py "$@" || text_holds=false

pages=("$@")
if [ ${#pages[@]} = 0 ]; then mapfile -t pages < <(find README.md docs -name '*.md' | shuf); fi
echo "to repeat this: infra/ci/docs.sh ${pages[*]}"

start_driftwood "${page_options[@]}"
export CURLS=$folder/curls FAILED=$folder/failed KEY=$folder/key.json OPERATOR=$folder/operator
played=0
commands=0

# play PAGE [operator]: the page's examples, or those for an operator.
play() {
    local page=$1 count
    : >"$CURLS"
    : >"$FAILED"
    # shellcheck disable=SC2016
    { strict_curl; examples_of "$page" "$host" "${2:-}"; echo 'echo "${OPERATOR_ID:-}" >"$OPERATOR"'; } >"$folder/session"
    if ! bash "$folder/session" >"$folder/played" 2>&1 </dev/null || [ -s "$FAILED" ]; then
        echo "$page: an example failed:" >&2
        cat "$folder/played" "$FAILED" >&2
        exit 1
    fi
    count=$(wc -c <"$CURLS")
    if [ "$count" = 0 ] && examples_of "$page" "$host" "${2:-}" | grep -qw curl; then
        echo "$page: it has examples with curl, and none was played" >&2
        exit 1
    fi
    if [ "$count" != 0 ]; then
        echo "$page${2:+, as an operator}: $count requests"
        [ -n "${2:-}" ] || played=$((played + 1))
        commands=$((commands + count))
    fi
}

operator_pages=()
for page in "${pages[@]}"; do
    if grep -q '^```sh operator$' "$page"; then operator_pages+=("$page"); else play "$page"; fi
done
for page in "${operator_pages[@]}"; do
    data=$(mktemp -d "$folder/data.XXXXXX")
    stop_driftwood
    start_driftwood "${page_options[@]}" --data "$data"
    play "$page"
    stop_driftwood
    start_driftwood "${page_options[@]}" --data "$data" --set "AdminUserIds=$(cat "$OPERATOR")"
    play "$page" operator
done
echo "${#pages[@]} pages; the examples of $played of them were played: $commands requests"
if ! "$text_holds"; then
    echo "the text has the faults that are named above" >&2
    exit 1
fi
