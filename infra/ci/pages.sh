# shellcheck shell=bash
# To be sourced by scripts that play examples of the documents, from the root of the repository.

# What the pages say to start `driftwood` with.
# shellcheck disable=SC2034
page_options=(--resource "http://127.0.0.1:8791/mcp [client_credentials=any]" --resource "https://api.example.com [client_credentials=any]" --set "Scopes=invoice_read=Read your invoices")

# strict_curl: the lines to put before examples. An answer that is no success is an error, inside of $(…) too; each curl adds a dot to
# the file $CURLS, and each that fails a line to $FAILED.
strict_curl() {
    cat <<'BASH'
set -euo pipefail
curl() {
    printf . >>"$CURLS"
    command curl --silent --show-error --fail-with-body --max-time 30 "$@" || {
        local status=$?
        printf 'curl %s\n' "$*" >>"$FAILED"
        return $status
    }
    echo
}
BASH
}

# examples_of PAGE HOST [operator]: the page's `sh` blocks, against HOST; with `operator`, the first of them and the `sh operator`
# blocks. A block that starts with `cargo` is not played.
examples_of() {
    awk -v operator="${3:-}" '/^```sh$/ {code = !operator || !blocks++; first = 1; next}
        /^```sh operator$/ {code = operator != ""; next}
        /^```/ {code = 0}
        code && first {first = 0; if (/^cargo /) code = 0}
        code' "$1" | sed "s|^HOST=.*|HOST=$2|"
}
