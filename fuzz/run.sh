#!/usr/bin/env bash
# Fuzzes every target, SECONDS in all (300 without an argument), and prints for each how often it ran
# and how much of the code that reached. Ends with another status than 0 if one found something: the
# input is then in fuzz/artifacts. What is found worth keeping goes to the build's own folder; with
# KEEP=1 the smallest inputs of it that reach new code become the corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1-300}
targets=(request response chunked target service filter explain settings session)
share=$((seconds / ${#targets[@]}))
((share > 0)) || share=1
work=${CARGO_TARGET_DIR-target}/fuzz
mkdir -p "$work"
# Sanitizers and coverage are switches of rustc that are not stable yet.
export RUSTC_BOOTSTRAP=1
fuzz() { cargo fuzz "$@"; }

if ! cargo fuzz --version >/dev/null 2>&1; then
  RUSTC_BOOTSTRAP=0 cargo install --quiet --locked --target-dir "$work/install" cargo-fuzz
fi
fuzz build --fuzz-dir fuzz --target-dir "$work" --sanitizer address 2>"$work/build.log" || {
  cat "$work/build.log" >&2
  exit 1
}

printf '%-10s %12s %10s %10s %8s\n' target executions 'a second' edges inputs
found=0
for target in "${targets[@]}"; do
  grown=$work/corpus/$target
  mkdir -p "$grown" "fuzz/artifacts/$target"
  log=$work/$target.log
  program=$(find "$work" -path "*/release/$target" -type f -perm -u+x | head -n 1)
  status=0
  "$program" "$grown" "fuzz/corpus/$target" -max_total_time="$share" -max_len=2048 -timeout=10 \
    -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" >"$log" 2>&1 || status=$?
  awk -v target="$target" '
    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1); else if ($i == "corp:") inputs = $(i + 1) }
    /number_of_executed_units/ { runs = $2 }
    /average_exec_per_sec/ { rate = $2 }
    END { sub("/.*", "", inputs); printf "%-10s %12d %10d %10d %8d\n", target, runs, rate, edges, inputs }' "$log"
  if ((status != 0)); then
    found=1
    tail -n 30 "$log" >&2
  fi
  if [[ ${KEEP-} == 1 ]]; then
    mkdir -p "$work/small/$target"
    rm -f "$work/small/$target"/*
    "$program" -merge=1 -max_len=400 "$work/small/$target" "fuzz/corpus/$target" "$grown" >/dev/null 2>&1
    rm -f "fuzz/corpus/$target"/*
    cp "$work/small/$target"/* "fuzz/corpus/$target/"
  fi
done
exit "$found"
