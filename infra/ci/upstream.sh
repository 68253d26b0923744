#!/usr/bin/env bash
# Signs users in with another provider, the npm package `oidc-provider`, against the debug build of `driftwood`. Needs Node 20
# or later with npm.
set -euo pipefail
cd "$(dirname "$0")/../.."

built=${CARGO_TARGET_DIR:-target}/debug
(cd infra/ci/upstream && npm ci --silent --ignore-scripts)
node infra/ci/upstream/check.mjs "$built/driftwood"
