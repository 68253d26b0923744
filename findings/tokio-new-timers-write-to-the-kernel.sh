#!/usr/bin/env bash
# tokio 1.54.1, current-thread runtime: a timeout around each request costs a system call, though no request is ever late.
#
# A timer is an entry in a wheel in memory, so a good guess is that `timeout(1 s, request)` costs nothing while requests are answered in
# time. When the thread last slept without a timer, as a server does that waits for its next event, a new timer makes the runtime wake its own
# thread by a write to an eventfd, and the next poll of the kernel returns at once for it. A second one that is due earlier does it again, so a
# deadline for all tries and a timeout for each are two writes in every request. A timer that stays set from request to request, and is set anew
# only when it fires, costs none.
#
# Seen here: 1,000 times a byte is awaited without a timeout and then another one with it. With a new timeout there are 1,000 writes to the
# eventfd; with two nested ones 2,000; with one kept timer 1. Needs strace, which is taken from Debian.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -q strace >/dev/null 2>&1
dpkg -x strace_*.deb .
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "seen"
version = "0.0.0"
edition = "2024"
[dependencies]
tokio = { version = "=1.54.1", features = ["io-util", "net", "rt", "time"] }
TOML
cat >src/main.rs <<'RUST'
use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream as Blocking;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

const LATE: Duration = Duration::from_secs(60);

async fn request(stream: &mut UnixStream) {
    stream.write_all(b"?").await.unwrap();
    stream.read_exact(&mut [0]).await.unwrap();
}

fn main() {
    let mode = std::env::args().nth(1).expect("new, nested or kept");
    let (ours, mut theirs) = Blocking::pair().unwrap();
    std::thread::spawn(move || {
        let mut byte = [0];
        while theirs.read_exact(&mut byte).is_ok() {
            theirs.write_all(b"!").unwrap();
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        ours.set_nonblocking(true).unwrap();
        let mut stream = UnixStream::from_std(ours).unwrap();
        let mut kept = pin!(sleep(LATE));
        for _ in 0..1_000 {
            request(&mut stream).await;
            match mode.as_str() {
                "new" => timeout(LATE, request(&mut stream)).await.unwrap(),
                "nested" => timeout(2 * LATE, timeout(LATE, request(&mut stream))).await.unwrap().unwrap(),
                _ => {
                    let mut request = pin!(request(&mut stream));
                    poll_fn(|context| match request.as_mut().poll(context) {
                        Poll::Ready(()) => Poll::Ready(()),
                        Poll::Pending => kept.as_mut().poll(context),
                    })
                    .await;
                }
            }
        }
    });
}
RUST
cargo build --quiet --release

writes() {
    usr/bin/strace -f -e trace=write -o trace target/release/seen "$1"
    grep -c 'write(.*, "\\1\\0\\0\\0\\0\\0\\0\\0", 8)' trace || true
}
new=$(writes new) nested=$(writes nested) kept=$(writes kept)
echo "tokio 1.54.1: writes to the eventfd in 1,000 rounds: new timeouts $new, nested timeouts $nested, one kept timer $kept"
[ "$new" -ge 990 ] && [ "$nested" -ge 1990 ] && [ "$kept" -le 2 ]
