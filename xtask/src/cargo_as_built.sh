#!/bin/sh
# Cargo as maturin calls it, where a wheel takes a program that is built: to build it says what that build said.
set -eu
case $1 in
rustc) exec cat "$SNAPLINE_BUILT" ;;
*) exec "$SNAPLINE_CARGO" "$@" ;;
esac
