# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Sourced by examples/demo.sh: the main job.

# The text of a token contains its id: prefix "_" version(1) id(12) ...
id_of() { printf '%.12s' "${1#*_?}"; }

# send TOKEN PATH [CURL OPTION...]: passes the token to curl on standard input, hidden from the process list. Sets $status.
send() {
    token=$1 path=$2
    shift 2
    status=$(printf 'header = "Authorization: Bearer %s"\n' "$token" |
        curl -q -sS --noproxy '*' -K - -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" "$url$path") ||
        fail "curl cannot reach the hub"
}

import() { send "$1" "/api/v1/import/$2" -H 'Content-Type: text/csv' --data-binary @"$reports"; }

# accepted INTERFACE OWNER: checks that the last import was accepted, with all its rows, for this owner
accepted() {
    [ "$status" = 200 ] || fail "the import was answered with $status: $(cat "$work/body")"
    for fact in "\"interface\": *\"$1\"" "\"rows\": *$rows" "\"owner\": *\"$2\""; do
        grep -Eq "$fact *[,}]" "$work/body" || fail "the answer lacks $fact: $(cat "$work/body")"
    done
    note "accepted (200): $(cat "$work/body")"
}

# refused NAME: checks that the last request got the public denial, and keeps the answer under this name
refused() {
    [ "$status" = 401 ] || fail "the request was answered with $status, not 401: $(cat "$work/body")"
    grep -iq '^www-authenticate: Bearer realm="Tax Data Hub", error="invalid_token"' "$work/head" ||
        fail "the answer does not say invalid_token: $(cat "$work/head")"
    mv "$work/body" "$work/refused-$1"
    note "refused (401): $(cat "$work/refused-$1")"
}

validity() { # OWNER ID: the state in the list
    run_tool list --owner "$1" --json | grep "\"id\": *\"$2\"" | sed 's/.*"state": *"\([a-z]*\)".*/\1/'
}

# ---- the job -----------------------------------------------------------------------------------------------------------

rows=$(($(wc -l <"$reports") - 1))

say "1. The Tax Administration creates a keyring and a store for tokens."
run_tool keys create "$APITOKEN_KEYS"
run_tool init --copy always
facts=$(run_tool stat)
note "$(printf '%s\n' "$facts" | grep '^store id')"

say "2. It creates four tokens, three for alice and one for bob. Here they are shown in masked form only."
steady=$(run_tool create --owner alice --name "nightly import" --description "no expiration date")
spare=$(run_tool create --owner alice --name "laptop" --description "will be revoked")
bobs=$(run_tool create --owner bob --name "quarterly import" --expires 90d)
end=$(($(date +%s) + 3))
brief=$(run_tool create --owner alice --name "trial" --description "expires in three seconds" \
    --expires "$(date -u -d "@$end" +%Y-%m-%dT%H:%M:%SZ)")
for pair in "alice $steady" "alice $spare" "alice $brief" "bob $bobs"; do
    owner=${pair%% *}
    shown=$(run_tool copy --owner "$owner" "$(id_of "${pair#* }")" --format masked)
    note "$owner: $shown"
done

say "3. The Tax Data Hub starts with a verify-only keyring: it can check tokens, but not decrypt or create them."
run_tool keys export-verify "$APITOKEN_KEYS" "$work/verify-keys"
start hub "$hub" --store "$APITOKEN_STORE" --keys "$work/verify-keys" --data "$work/imports"
note "$(cat "$work/hub.out")"

say "4. An external system sends real country-by-country reports ($rows rows) with alice's token."
import "$steady" country-by-country
accepted country-by-country alice

say "5. The same token works for a second interface."
import "$steady" public-register
accepted public-register alice

say "6. One of bob's systems sends reports too. Each owner sees only their own imports."
import "$bobs" country-by-country
accepted country-by-country bob
send "$bobs" /api/v1/imports
[ "$status" = 200 ] || fail "the list of imports was answered with $status"
seen=$(grep -o '"import"' "$work/body" | wc -l)
[ "$seen" -eq 1 ] || fail "bob sees $seen imports, not 1"
note "bob's imports: $(cat "$work/body")"

say "7. The trial token expires: the hub refuses it, and the list shows it as expired."
while [ "$(date +%s)" -lt "$end" ]; do sleep 0.2; done
import "$brief" country-by-country
refused expired
[ "$(validity alice "$(id_of "$brief")")" = expired ] || fail "the list does not show the trial token as expired"
run_tool list --owner alice

say "8. alice copies her token again, in the format that curl reads, and it works."
copy=$(run_tool copy --owner alice "$(id_of "$steady")")
[ "$copy" = "$steady" ] || fail "the copy is not the token"
status=$(run_tool copy --owner alice "$(id_of "$steady")" --format curl |
    curl -q -sS --noproxy '*' -K - -o "$work/body" -w '%{http_code}' "$url/api/v1/imports") || fail "curl cannot reach the hub"
[ "$status" = 200 ] || fail "the copied token was answered with $status"
note "accepted (200): $(grep -o '"import"' "$work/body" | wc -l) imports of alice"

say "9. The laptop token works until another process revokes it. The very next request is refused."
import "$spare" country-by-country
accepted country-by-country alice
run_tool revoke --owner alice --reason "laptop lost" --yes "$(id_of "$spare")"
import "$spare" country-by-country
refused revoked
[ "$(validity alice "$(id_of "$spare")")" = revoked ] || fail "the list does not show the token of the laptop as revoked"
run_tool list --owner alice

say "10. A refused client does not learn why: both answers are the same, byte for byte. alice's other token still works."
cmp -s "$work/refused-expired" "$work/refused-revoked" || fail "the refusals differ"
send "$steady" /api/v1/imports
[ "$status" = 200 ] || fail "the other token of alice was answered with $status"

say "11. Neither the files nor the log contain a secret, and the hub stops cleanly."
for secret in "$steady" "$spare" "$brief" "$bobs"; do
    # prefix _ version(1) id(12) secret(30); the pattern comes from standard input, hidden from the process list
    if printf '%.30s\n' "${secret#*_?????????????}" | grep -rqaF -f - "$APITOKEN_STORE" "$work/imports" "$work/hub.log"; then
        fail "a secret was found in a file"
    fi
done
kill "$pid"
wait "$pid" || fail "the hub did not stop cleanly: $(cat "$work/hub.log")"
pids=

say "Every step worked as expected."
