#!/bin/sh
# Needs curl, jq and openssl.
server='{{ORIGIN}}'
product_id='{{PRODUCT_ID}}'
key='YOUR-KEY'
# Embedded, because an attacker could replace a key that is downloaded.
public_key='{{PUBLIC_KEY}}'

sha256() { openssl dgst -sha256 -r | cut -d ' ' -f 1; }
fail() {
  echo "No license: $1" >&2
  exit 1
}
for program in curl jq openssl; do
  command -v $program >/dev/null || fail "$program is not installed"
done
# Tokens consist of base64url without padding.
decode() {
  text=$(printf %s "$1" | tr -- -_ +/)
  while [ $((${#text} % 4)) -ne 0 ]; do text="$text="; done
  printf %s "$text" | openssl base64 -d -A
}

# The same at each start, and another on each machine.
machine_id=$(cat /etc/machine-id 2>/dev/null)
fingerprint=$(printf %s "$product_id:${machine_id:-$(hostname)}" | sha256)

ask() {
  curl --silent --show-error --max-time 10 "$server/v3/activations" \
    --header 'Content-Type: application/json' \
    --write-out ' %{http_code}' \
    --data @- <<JSON
{
  "key": "$key",
  "productId": "$product_id",
  "hostname": "$(hostname)",
  "os": "$(uname -s)",
  "fingerprint": "$fingerprint",
  "appVersion": "1.0.0",
  "userHash": "$(printf %s "$(id -un)" | sha256)"
}
JSON
}

# At each start: a known fingerprint gets a fresh token and takes no second slot.
# Without a network, save an offline response as offline.txt. It is loaded once.
fresh=no
if [ -s offline.txt ]; then
  answer=$(tr -d '[:space:]' <offline.txt | jq --raw-input '{activationToken: .}')
else
  answer=$(ask)
  status=${answer##* }
  answer=${answer% *}
  # Any other status (429, 5xx, a proxy's 403) says nothing about the license.
  case $status in
    200 | 400) printf %s "$answer" | jq -e '.activationToken // .code' && fresh=yes ;;
  esac >/dev/null 2>&1
  # An outage must not lock customers out: without an answer, the last one holds.
  if [ $fresh = yes ]; then
    printf '%s\n' "$answer" >license.json
  else
    answer=$(cat license.json 2>/dev/null) || fail 'the server gave no answer'
  fi
fi
token=$(printf %s "$answer" | jq --raw-output '.activationToken // empty')
[ "$token" ] || fail "$(printf %s "$answer" | jq --raw-output '"\(.code), \(.message)"')"

signed=${token%.*}
folder=$(mktemp -d) && trap 'rm -r "$folder"' EXIT
printf '%s\n' "$public_key" >"$folder/public.pem"
decode "${token##*.}" >"$folder/signature"
printf %s "$signed" |
  openssl dgst -sha256 -verify "$folder/public.pem" -signature "$folder/signature" \
    >/dev/null 2>&1 || fail 'the token is not signed with the key of this product'
header=$(decode "${signed%.*}" | jq --raw-output '"\(.alg) \(.typ)"')
# The receipt of a deactivation is signed too, and has another type.
[ "$header" = 'RS256 JWT' ] || fail 'this is no activation token'
claims=$(decode "${signed#*.}")
claim() { printf %s "$claims" | jq --raw-output ".$1"; }
[ "$(claim pid)" = "$product_id" ] || fail 'the token is of another license'
[ "$(claim key)" = "$key" ] || fail 'the token is of another license'
[ "$(claim fp)" = "$fingerprint" ] || fail 'the token is of another machine'

# A fresh token states the server's time, `iat`. Within `aco`, it replaces a wrong clock.
now=$(date +%s)
offset=$((now - $(claim iat)))
[ $fresh = yes ] && [ "${offset#-}" -le "$(claim aco)" ] && now=$(claim iat)
over() { [ "$(claim "$1")" -ne 0 ] && [ "$(claim "$1")" -le "$now" ]; } # 0: never
if [ -s offline.txt ]; then
  over orv && fail 'the offline response is too old to be loaded'
  printf '%s\n' "$answer" >license.json
  rm offline.txt
fi
state=active
if over leat || over ssgpeat; then state=stale; fi # the lease, or the grace without a sync
if over eat; then state=expired; fi
if [ "$(claim suspended)" = true ]; then state=suspended; fi
echo "Activation $(claim aid): $state"
