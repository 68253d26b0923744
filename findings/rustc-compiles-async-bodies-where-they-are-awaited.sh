#!/usr/bin/env bash
# rustc 1.95.0: the body of an `async fn` that is not generic is compiled in the crates that await it, in each of them, not in its own.
#
# A function without type parameters is compiled once, where it stands, and other crates call it. A good guess is that this is true of an
# `async fn` as well. What stands there is only the function that makes the future. The body is the future's `poll`, and rustc compiles that
# where something polls it: in every crate that awaits, with everything that it awaits itself, down to the first future behind a pointer. A
# library of verbs over one network client is compiled again for each program of a workspace so. `Pin<Box<dyn Future>>` as the return type is a
# boundary: the body is compiled in its own crate, because its address is needed there.
#
# Seen here: the library's archive has no symbol of the awaited body and the program's has it; with the boxed one it is the other way round.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >below.rs <<'RUST'
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub struct Twice(u8);

impl Future for Twice {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0 += 1;
        context.waker().wake_by_ref();
        if self.0 > 2 { Poll::Ready(()) } else { Poll::Pending }
    }
}

pub async fn plain(text: &str) -> usize {
    Twice(0).await;
    std::hint::black_box(text).len()
}

pub fn boxed(text: &str) -> Pin<Box<dyn Future<Output = usize> + Send + '_>> {
    Box::pin(async move {
        Twice(0).await;
        std::hint::black_box(text).len()
    })
}
RUST
cat >above.rs <<'RUST'
use std::future::Future;
use std::pin::Pin;

pub fn use_both() -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async { below::plain("a").await + below::boxed("b").await })
}
RUST
# Without LLVM's passes, so that no body is inlined and all symbols stay.
options=(--edition 2024 -O -C no-prepopulate-passes -C embed-bitcode=no --crate-type rlib)
rustc "${options[@]}" below.rs
rustc "${options[@]}" --extern below=libbelow.rlib above.rs

# How many symbols of the body of `below::$2` an archive defines.
bodies() {
    nm -C "$1" 2>/dev/null | grep -cE " [tT] below::$2::\{\{closure\}\}$" || true
}
plain="$(bodies libbelow.rlib plain) $(bodies libabove.rlib plain)"
boxed="$(bodies libbelow.rlib boxed) $(bodies libabove.rlib boxed)"
echo "$(rustc --version): bodies in the library and in the program that awaits it: plain $plain, boxed $boxed"
[ "$plain" = "0 1" ] && [ "$boxed" = "1 0" ]
