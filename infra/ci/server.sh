# shellcheck shell=bash
# To be sourced by scripts that need a server of their own: a folder that is gone in the end, and the debug build of
# `driftwood` at $host, with its log in $folder/log.

folder=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap stop EXIT

# stop_driftwood: stops it as Ctrl-C does, so that its data can be opened again.
stop_driftwood() {
    kill -INT "$server"
    wait "$server" || true
    server=
}

# start_driftwood ARGUMENTS…: starts it with its tables in memory, or where --data says, and waits until it says where it is.
start_driftwood() {
    local memory=(--memory)
    case " $* " in *' --data '*) memory=() ;; esac
    # On a busy machine the log is read before the server has opened it.
    : >"$folder/log"
    "${CARGO_TARGET_DIR:-target}/debug/driftwood" "${memory[@]}" --port 0 "$@" >"$folder/log" 2>&1 &
    server=$!
    host=
    for _ in $(seq 300); do
        host=$(sed -n 's|.*Driftwood is listening on \(http://127\.0\.0\.1:[0-9]*\).*|\1|p' "$folder/log" | tail -n 1)
        [ -n "$host" ] && break
        if ! kill -0 "$server" 2>/dev/null; then break; fi
        sleep 0.1
    done
    if [ -z "$host" ]; then
        echo "driftwood did not start:" >&2
        cat "$folder/log" >&2
        exit 1
    fi
    echo "against $host"
}
