#!/usr/bin/env bash
# Runs a command with AWS_ENDPOINT_URL_DYNAMODB at a fresh DynamoDB Local, and stops that afterwards.
set -euo pipefail

home=$(cd "$(dirname "$0")/../.." && pwd)/.ci/tools/dynamodb-local
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
folder=$(mktemp -d)

# It leaves a file where it is started, hence the folder.
(cd "$folder" && exec java -Djava.library.path="$home/DynamoDBLocal_lib" -jar "$home/DynamoDBLocal.jar" -inMemory -disableTelemetry -port "$port" >log 2>&1) &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT

# It answers 400 to a request without a signature; any answer means that it is up.
until curl --silent --output /dev/null --max-time 2 "http://127.0.0.1:$port/"; do
    if ! kill -0 "$server" 2>/dev/null; then
        echo "DynamoDB Local did not start:" >&2
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.2
done

echo "DynamoDB Local listens on port $port"
AWS_ENDPOINT_URL_DYNAMODB="http://127.0.0.1:$port" "$@"
