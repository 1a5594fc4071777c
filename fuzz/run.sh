#!/usr/bin/env bash
# Fuzzes every target, SECONDS in all (300 without an argument), as many at a time as there are cores,
# and prints for each how often it ran and how much of the code that reached. Ends with another status
# than 0 if one found something: the input is then in fuzz/artifacts. What is found worth keeping goes
# to the build's own folder; with KEEP=1 those inputs of it that reach most become the corpus.
# Needs cargo and a C++ compiler; installs cargo-fuzz if that is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1-300}
targets=()
# A test holds that these folders and the list in the library are the same.
for folder in fuzz/corpus/*/; do
  targets+=("$(basename "$folder")")
done
cores=$(nproc)
rounds=$(((${#targets[@]} + cores - 1) / cores))
share=$((seconds / rounds))
((share > 0)) || share=1
work=$(realpath -m "${CARGO_TARGET_DIR-target}")/fuzz
mkdir -p "$work"

if ! command -v c++ >/dev/null; then
  echo "fuzz/run.sh: there is no C++ compiler (c++), which libFuzzer is built with" >&2
  exit 1
fi
if ! cargo fuzz --version >/dev/null 2>&1; then
  cargo install --quiet --locked --target-dir "$work/install" cargo-fuzz
fi
# Sanitizers and coverage are switches of rustc that are not stable yet.
RUSTC_BOOTSTRAP=1 cargo fuzz build --fuzz-dir fuzz --target-dir "$work" --sanitizer address \
  >"$work/build.log" 2>&1 || {
  cat "$work/build.log" >&2
  exit 1
}

program=$(find "$work" -path "*/release/invariant" -type f -perm -u+x | head -n 1)

# fuzz TARGET: runs it for its share of the time and prints its line.
fuzz() {
  local target=$1 status=0 log=$work/$1.log
  mkdir -p "$work/corpus/$target" "fuzz/artifacts/$target"
  FUZZ_TARGET=$target "$program" "$work/corpus/$target" "fuzz/corpus/$target" -max_total_time="$share" \
    -max_len=2048 -timeout=10 -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" \
    >"$log" 2>&1 || status=$?
  awk -v target="$target" '
    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") edges = $(i + 1); else if ($i == "corp:") inputs = $(i + 1) }
    /number_of_executed_units/ { runs = $2 }
    /average_exec_per_sec/ { rate = $2 }
    END { sub("/.*", "", inputs); printf "%-12s %12d %10d %10d %8d\n", target, runs, rate, edges, inputs }' "$log"
  if ((status != 0)); then
    tail -n 30 "$log" >&2
  fi
  return "$status"
}

# keep TARGET: the forty inputs that together reach most become the corpus, besides its seeds.
keep() {
  local target=$1 small=$work/small/$1 input
  rm -rf "$small"
  mkdir -p "$small"
  # It writes them in the order of what each adds.
  FUZZ_TARGET=$target "$program" -set_cover_merge=1 -use_counters=0 -max_len=400 "$small" "fuzz/corpus/$target" \
    "$work/corpus/$target" >/dev/null 2>&1
  find "fuzz/corpus/$target" -type f ! -name 'seed-*' -delete
  find "$small" -type f -printf '%T@ %p\n' | sort -n | sed -n 1,40p | while read -r _ input; do
    cp "$input" "fuzz/corpus/$target/"
  done
}

printf '%-12s %12s %10s %10s %8s\n' target executions 'a second' edges inputs
found=0
for ((first = 0; first < ${#targets[@]}; first += cores)); do
  running=()
  for target in "${targets[@]:first:cores}"; do
    fuzz "$target" &
    running+=($!)
  done
  for process in "${running[@]}"; do
    wait "$process" || found=1
  done
done
if [[ ${KEEP-} == 1 ]]; then
  for target in "${targets[@]}"; do
    keep "$target"
  done
fi
exit "$found"
