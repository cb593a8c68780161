#!/bin/sh
# Runs the conformance suites against the built binary: Node (by hand, AWS SDK
# for JavaScript, ChatJS in Chromium), our own pages in Chromium, Go, and Python
# where boto3 is at hand.
# BELLPULL names another binary, CHROMIUM another browser.
set -eu
cd "$(dirname "$0")"

: "${BELLPULL:=$(cd ../.. && pwd)/bin/bellpull}"
export BELLPULL
if [ ! -x "$BELLPULL" ]; then
  echo "conformance: $BELLPULL is not there; run make build first" >&2
  exit 1
fi

: "${CHROMIUM:=/usr/bin/chromium}"
export CHROMIUM
if [ ! -x "$CHROMIUM" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "conformance: no Chromium at $CHROMIUM; set CHROMIUM to one" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi

summary=$(mktemp)
failures=$(mktemp)
trap 'rm -f "$summary" "$failures"' EXIT
failed=

# ran NAME COUNT: a suite in which nothing ran proves nothing.
ran() {
  if [ "${2:-0}" -eq 0 ]; then
    echo "conformance: no tests ran in $1" >&2
    failed="$failed $1"
  else
    echo "conformance: $2 tests ran in $1"
  fi
}

# failing TAP: each failed test with what is said of it, and what its file said before.
failing() {
  awk '
    /^ *# Subtest: / { next }
    /^ *#/ { said = said $0 "\n" }
    /^ *ok / { said = "" }
    /^ *not ok / {
      printf "%s", said
      said = ""
      match($0, /^ */)
      end = substr($0, 1, RLENGTH) "  ..." # a difference that is told may have such lines, too, further in
    }
    end != "" { print }
    $0 == end { end = "" }
  ' "$1"
}

# node_tests NAME FOLDER AT-A-TIME: the Node tests of a folder, so many files at a time.
node_tests() {
  echo "== $1"
  (cd "$2" && node --test --test-concurrency="$3" --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$summary" ./*.test.mjs) || {
    failed="$failed $1"
    failing "$summary" >>"$failures"
  }
  ran "$1" "$(sed -n 's/^# tests //p' "$summary")"
}

(cd .. && npm ci --silent)
node_tests node js 1
node_tests pages ../browser 2

echo "== Go"
(cd go && go test -count=1 -v ./... >"$summary" 2>&1) || {
  failed="$failed go"
  cat "$summary"
  grep -vE '^(=== |PASS|ok| *--- (PASS|SKIP))' "$summary" >>"$failures"
}
grep -E '^(ok|FAIL)' "$summary" || true
ran go "$(grep -c '^ *--- PASS\|^ *--- FAIL' "$summary" || true)"

if python3 -c 'import boto3' 2>/dev/null; then
  echo "== Python"
  python3 python/test_boto3.py -v >"$summary" 2>&1 || {
    failed="$failed python"
    sed -n '/^======/,$p' "$summary" >>"$failures"
  }
  cat "$summary"
  ran python "$(sed -n 's/^Ran \([0-9]*\) tests.*/\1/p' "$summary")"
else
  echo "== Python: skipped, boto3 is not on this machine"
fi

if [ -n "$failed" ]; then
  echo "== what failed" >&2
  cat "$failures" >&2
  echo "conformance: failed in$failed" >&2
  exit 1
fi
