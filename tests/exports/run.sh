#!/usr/bin/env bash
# Captures exchanges of real clients with byteglass, exports them, has the programs open the files that read such files,
# and writes what became of it into docs/exports.md.
#
#   tests/exports/run.sh BYTEGLASS [PAGE]
#
# PAGE: the page whose table is written; - prints the table. Needs curl; tshark, chromium, node with har-validator and
# har-to-k6 (NODE_PATH says where), and mitmdump are used where they are there. Installs nothing, and says what it lacks.
# Loopback only; everything that it starts ends with it. Ends with 0 if each reader got what there is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/clients/steps
source tests/clients/steps
begin "${1:?the program}" "${2:-docs/exports.md}"
# shellcheck source=tests/exports/traffic
source tests/exports/traffic
# shellcheck source=tests/exports/devtools
source tests/exports/devtools

row() { # READER WHAT RESULT
  [[ $3 == ok* ]] || { failed=1; printf '%s, %s: %s\n' "$1" "$2" "$3" >&2; }
  rows+=("| $1 | $2 | $3 |")
}

# Rows of a reader from lines `WHAT<TAB>RESULT`.
rows_of() { # READER FILE
  local what result
  if [[ ! -s $2 ]]; then row "$1" "opening the file" "failed"; fi
  while IFS=$'\t' read -r what result; do row "$1" "$what" "$result"; done < "$2"
}

make_traffic
kill -TERM "${pids[-1]}" && wait "${pids[-1]}" || true
"$program" read --format har-with-secrets "$work/first.pcapng" > "$work/first.har" 2> "$work/har.said"
"$program" read --format curl-with-secrets "$work/first.pcapng" > "$work/commands" 2> "$work/curl.said"

if command -v chromium > /dev/null; then
  open_in_devtools "$work/first.har" "$work/truth" > "$work/devtools"
  rows_of "$(timeout 60 chromium --version 2> "$work/said" | cut -d' ' -f1,2) (Network panel)" "$work/devtools"
else
  lacks chromium
fi

if command -v node > /dev/null && node -e 'require("har-validator")' 2> "$work/said"; then
  result=$(node -e '
    const har = JSON.parse(require("fs").readFileSync(process.argv[1]))
    require("har-validator").har(har).then(() => console.log("ok"), why => console.log(JSON.stringify(why.errors)))
  ' "$work/first.har")
  row har-validator "the schema of HAR 1.2" "$result"
else
  lacks har-validator
fi

if command -v node > /dev/null && node -e 'require("har-to-k6")' 2> "$work/said"; then
  result=$(node -e '
    const har = JSON.parse(require("fs").readFileSync(process.argv[1]))
    require("har-to-k6").liHARToK6Script(har).then(
      script => console.log(JSON.stringify(script).includes("stream/3") ? "ok" : "failed"), why => console.log(why.message))
  ' "$work/first.har")
  row har-to-k6 "a script of it" "$result"
else
  lacks har-to-k6
fi

# Older ones do not read HAR.
version=$(mitmdump --version 2> "$work/said" | sed -n 's/^Mitmproxy: //p' || true)
if [[ ${version%%.*} -ge 10 ]]; then
  TRUTH=$work/truth RESULT=$work/mitmproxy timeout 60 mitmdump --quiet --no-server --rfile "$work/first.har" \
    --scripts tests/exports/mitmproxy.py > "$work/said" 2>&1 || true
  touch "$work/mitmproxy"
  rows_of "mitmproxy $version" "$work/mitmproxy"
else
  lacks "mitmproxy 10"
fi

if command -v tshark > /dev/null; then
  tshark -r "$work/first.pcapng" -d "tcp.port==$port,http" -o http.desegment_body:FALSE -Y http -T fields \
    -e http.request.method -e http.request.uri -e http.response.code > "$work/tshark" 2> "$work/said"
  name=$(tshark --version 2> "$work/said" | sed -n '1s/^TShark (Wireshark) \([^ ]*\).*/tshark \1/p')
  cut -f2,3 "$work/truth" | grep -v '^$' > "$work/wanted"
  sed -n 's/^\([A-Z][A-Z]*\t[^\t]*\)\t.*/\1/p' "$work/tshark" > "$work/got"
  row "$name" "every request of the pcapng file" "$(same "$work/got" "$work/wanted")"
  cut -f4 "$work/truth" | grep -v '^0$' > "$work/wanted"
  # An interim response comes before the response.
  sed -n 's/^\t\t\([2-5][0-9]*\|101\)$/\1/p' "$work/tshark" > "$work/statuses"
  paste "$work/wanted" "$work/statuses" | sed 's/^\*\t.*/*/; s/.*\t//' > "$work/got"
  row "$name" "every status" "$(same "$work/got" "$work/wanted")"
  # A message and a close from each end.
  frames=$(tshark -r "$work/first.pcapng" -d "tcp.port==$port,http" -Y websocket -T fields -e websocket.opcode \
    2> "$work/said" | tr ',' '\n' | sort | tr '\n' ' ')
  row "$name" "the frames of the WebSocket" "$([[ $frames == '1 1 8 8 ' ]] && echo ok || echo "failed: $frames")"
else
  lacks tshark
fi

replay
finish_table
