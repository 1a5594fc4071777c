#!/usr/bin/env bash
# Plays real clients against byteglass and writes docs/clients.md: curl, wget and Chromium.
# tests/clients/run.sh BYTEGLASS
# Ends with 0 if each got what it wanted. tests/clients/more.sh has the clients that are not on every machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tests/clients/steps
source tests/clients/steps
begin "${1:?the program}" docs/clients.md

# What the clients get.
head -c 3000000 /dev/urandom > "$site/big.bin"
printf 'abcdefghijklmnopqrstuvwxyz' > "$site/a.txt"
mkdir -p "$site/dir/deep"
printf '<!doctype html><a href="deep/">deep</a> <a href="../a.txt">a</a>' > "$site/dir/index.html"
printf '<!doctype html><a href="../../big.bin">big</a>' > "$site/dir/deep/index.html"
printf '<!doctype html><meta charset="windows-1252"><p id="t">caf\xe9</p>' > "$site/latin.html"
printf '<?xml version="1.0" encoding="ISO-8859-1"?><r>caf\xe9</r>' > "$site/latin.xml"
printf '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5"/>' | gzip -c > "$site/image.svgz"
cp tests/clients/page.html "$site/page.html"
serve first "$site"
serve other "$site" --cors-origin '*'

version=$(curl --version | head -1 | cut -d' ' -f1,2)
curl() { command curl --silent --show-error --max-time 20 "$@"; }
try "$version" "a file" same "$site/a.txt" curl "$first/a.txt"
try "$version" "a range" text cdef curl -r 2-5 "$first/a.txt"
try "$version" "resuming a download" resumed "$site/big.bin" curl -C - -o FILE "$first/big.bin"
try "$version" "raw characters in a query (--globoff)" same "$site/a.txt" curl --globoff "$first/a.txt?q={x}|^"
try "$version" "following a redirect to a folder" same "$site/dir/index.html" curl -L "$first/dir"
try "$version" "two slashes in a row" same "$site/a.txt" curl -L --path-as-is "$first//a.txt"
try "$version" "an upload with Expect: 100-continue" same "$site/big.bin" \
  curl -H 'Expect: 100-continue' --data-binary "@$site/big.bin" "$first/echo"
try "$version" "asking whether a file changed" text 304 \
  bash -c "command curl -s -o /dev/null -w '%{http_code}' -z \"\$(date -R -d tomorrow)\" '$first/a.txt'"

version=$(wget --version | head -1 | cut -d' ' -f2,3)
try "$version" "a file" same "$site/big.bin" wget -q -O - "$first/big.bin"
try "$version" "resuming a download" resumed "$site/big.bin" wget -q -c -O FILE "$first/big.bin"
try "$version" "a site, recursively" text "a.txt big.bin dir/deep/index.html dir/index.html" recursive "$first/dir/"

if browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome); then
  version=$("$browser" --version 2>/dev/null | cut -d' ' -f1,2)
  run_page "$browser" "$first/page.html?other=$other"
  for what in "raw characters in a query" "a range of another origin" "what CORS lets a script see" \
    "a page in windows-1252" "XML in ISO-8859-1" "an svgz image" "a conditional reload"; do
    try "$version" "$what" text ok page_says "$what"
  done
else
  lacks chromium
fi
finish
