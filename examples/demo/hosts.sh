# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Sourced by examples/demo.sh: runs both hosts on one store until Ctrl-C.

umask 077
user=demo
password=$(tr -dc 'a-km-z2-9' </dev/urandom | head -c 12)

run_tool keys create "$APITOKEN_KEYS" >/dev/null
run_tool keys export-verify "$APITOKEN_KEYS" "$work/verify-keys" >/dev/null
run_tool init --copy always >/dev/null
printf '%s\n' "$password" | "$administration" user add "$user" --data "$work/accounts" >/dev/null ||
    fail "cannot create the demo user"

start administration "$administration" --store "$APITOKEN_STORE" --keys "$APITOKEN_KEYS" --data "$work/accounts"
administration_url=$url
administration_pid=$pid
start hub "$hub" --store "$APITOKEN_STORE" --keys "$work/verify-keys" --data "$work/imports"
hub_url=$url
hub_pid=$pid

say "Tax Administration: $administration_url/"
note "user $user, password $password"
say "Tax Data Hub: $hub_url"
say "Create a token on the page (menu: My profile, area: API-Tokens), copy it, and import with it:"
note "IFS= read -rs TOKEN      # paste the token and press Enter: this keeps it out of the shell's history"
note "printf 'header = \"Authorization: Bearer %s\"' \"\$TOKEN\" | curl -K - -H 'Content-Type: text/csv' \\"
note "    --data-binary @$reports $hub_url/api/v1/import/country-by-country"
note "Revoke it on the page: the next import is refused."
say "Ctrl-C stops both and removes their store, accounts and imports."

# Ctrl-C also reaches the hosts, which then stop; wait for them.
trap 'stopped=yes' INT TERM
stopped=
while [ -z "$stopped" ] && kill -0 "$administration_pid" 2>/dev/null && kill -0 "$hub_pid" 2>/dev/null; do
    sleep 0.5 || true
done
kill "$administration_pid" "$hub_pid" 2>/dev/null || true
for host in administration hub; do
    eval "pid=\$${host}_pid"
    # shellcheck disable=SC2154 # set by eval
    wait "$pid" || fail "$host did not stop cleanly: $(cat "$work/$host.log")"
done
pids=
[ -n "$stopped" ] || fail "a host stopped unexpectedly: $(cat "$work/administration.log" "$work/hub.log")"
say "Both hosts have stopped."
