#!/usr/bin/env bash
# The lines of src/http and src/service that the tests reach, folder by folder. Fails where it is less
# than LEAST per cent (95 without an argument), and names what is not reached.
# Needs Linux, cargo and cargo-tarpaulin; installs nothing. The build is one without the window.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
least=${1-95}

# ptrace stops the program at each line: what takes many turns of the event loop would take hours, and so
# would what starts programs or fills files. None of it reaches lines that the other tests do not.
skipped=(server::torture architecture:: cli:: session:: a_hundred_thousand_entries_hold_nobody_up)
skip=()
for name in "${skipped[@]}"; do
  last=${name%::}
  if ! grep --quiet --recursive --extended-regexp "^ *(pub\(crate\) )?(mod|fn) ${last##*::}\b" src tests/all; then
    echo "tests/coverage.sh: no test and no module is called $name" >&2
    exit 1
  fi
  skip+=(--skip "$name")
done
if ! cargo tarpaulin --version >/dev/null 2>&1; then
  echo "tests/coverage.sh: there is no cargo-tarpaulin; cargo install --locked cargo-tarpaulin brings it" >&2
  exit 1
fi
target=$(realpath -m "${CARGO_TARGET_DIR-target}")/coverage
mkdir -p "$target"
log=$target/coverage.log
cargo tarpaulin --engine ptrace --locked --no-default-features --skip-clean --target-dir "$target" \
  --lib --test all \
  --include-files 'src/http/*' 'src/service/*' --timeout 600 \
  -- "${skip[@]}" >"$log" 2>&1 || {
  tail -n 40 "$log" >&2
  exit 1
}

sed -n '/Uncovered Lines/,/Tested\/Total Lines/p' "$log" | grep '^|| src/' || true
awk -v least="$least" '
  /^\|\| src\/.*: [0-9]+\/[0-9]+/ {
    path = $2; sub(":$", "", path); split(path, parts, "/"); split($3, lines, "/")
    folder = parts[1] "/" parts[2]; reached[folder] += lines[1]; all[folder] += lines[2]
  }
  END {
    for (folder in all) {
      share = 100 * reached[folder] / all[folder]
      printf "%-12s %5d of %5d lines  %5.1f %%\n", folder, reached[folder], all[folder], share
      if (share < least) low = 1
      found = 1
    }
    if (!found) { print "no lines were counted" > "/dev/stderr"; exit 1 }
    exit low
  }' "$log"
