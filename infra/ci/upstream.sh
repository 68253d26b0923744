#!/usr/bin/env bash
# Signs users in with another provider, the npm package `oidc-provider`, against the release build of `driftwood`. Needs Node 20
# or later with npm.
set -euo pipefail
cd "$(dirname "$0")/../.."

release=${CARGO_TARGET_DIR:-target}/release
(cd infra/ci/upstream && npm ci --silent --ignore-scripts)
node infra/ci/upstream/check.mjs "$release/driftwood"
