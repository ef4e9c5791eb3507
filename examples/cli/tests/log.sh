#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests of how the tool apitoken prints the audit, as TAP: log.sh TOOL FAKE_CLOCK PYTHON
# shellcheck disable=SC2034 # for support.sh
tool=$1 fake_clock=$2 python=$3
# shellcheck source=examples/cli/tests/support.sh
. "$(dirname "$0")/support.sh"

lines() { # name, number: how many the last run printed
    equal "$1" "$(wc -l <"$work/out" | tr -d ' ')" "$2"
}

json() { # line, key: what it has
    sed -n "$1p" "$work/out" |
        "$python" -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[sys.argv[1]], ensure_ascii=False))' "$2"
}

APITOKEN_KEYS=$work/keys APITOKEN_STORE=$work/store
export APITOKEN_KEYS APITOKEN_STORE
gives 0 'keys create' keys create "$APITOKEN_KEYS"
gives 0 'keys export-verify' keys export-verify "$APITOKEN_KEYS" "$work/verify"
gives 0 'init' init --map-size 16M
gives 0 'log: of an empty store' log
lines 'log: of an empty store' 0

id=$(id_of "$(token --owner alice --name first --expires 2026-06-30)")
for name in a b c d e f g h i j; do token --owner bob --name $name >>"$work/made"; done
now=$((now + 86400))
gives 0 'update' update --owner alice "$id" --name 'für A' --actor admin
gives 0 'rotate' rotate --owner alice "$id" --grace 1h
gives 0 'revoke' revoke --owner alice "$id" --reason 'lost it' --yes

# ---- Text ----

gives 0 'log' log
lines 'log: all of it' 14
contains 'log: a create' "$work/out" \
    "1  2026-01-01T00:00:00Z  create  alice  $id  by $me  name: - -> first  expires: - -> 2026-06-30 UTC"
contains 'log: an update' "$work/out" "12  2026-01-02T00:00:00Z  update  alice  $id  by admin  name: first -> für A"
contains 'log: a rotate' "$work/out" '  secret  superseded_until: - -> 2026-01-02T01:00:00Z'
contains 'log: a revoke' "$work/out" "  revoke  alice  $id  by $me  reason: lost it"
gives 0 'log --owner' log --owner bob
lines 'log --owner' 10
lacks 'log --owner: nobody else' "$work/out" alice
gives 0 'log --id' log --id "$id"
lines 'log --id' 4
gives 0 'log --owner --id: of another owner' log --owner bob --id "$id"
lines 'log --owner --id: of another owner' 0

# ---- Since ----

for since in 2026-01-02 2026-01-02T00:00:00Z 2026-01-02T09:00:00+09:00 1h 0; do
    gives 0 "log --since $since" log --since $since
    lines "log --since $since" 3
done
gives 0 'log --since: a day before' log --since 24h
lines 'log --since: a day before' 14
gives 0 'log --since: later' log --since 2026-01-03
lines 'log --since: later' 0
for bad in '' yesterday 2026-02-30 12 -1h; do
    refuses "log --since '$bad'" log --since "$bad"
done
refuses 'log: operands' log alice
refuses 'log --id: not an id' log --id short
refuses 'log --owner: empty' log --owner ''

# ---- JSON ----

gives 0 'log --json' log --json --id "$id"
lines 'log --json' 4
equal 'log --json: number' "$(json 1 number)" 1
equal 'log --json: at' "$(json 2 at)" '"2026-01-02T00:00:00Z"'
equal 'log --json: verb' "$(json 3 verb)" '"rotate"'
equal 'log --json: actor' "$(json 2 actor)" '"admin"'
equal 'log --json: owner' "$(json 2 owner)" '"alice"'
equal 'log --json: id' "$(json 2 id)" "\"$id\""
equal 'log --json: no reason' "$(json 2 reason)" null
equal 'log --json: a reason' "$(json 4 reason)" '"lost it"'
equal 'log --json: unrecorded' "$(json 4 unrecorded)" 0
equal 'log --json: erased' "$(json 4 erased)" false
equal 'log --json: changes' "$(json 2 changes)" '[{"field": "name", "before": "first", "after": "für A"}]'
equal 'log --json: another secret' "$(json 3 changes)" \
    '[{"field": "secret", "before": null, "after": null}, '\
'{"field": "superseded_until", "before": null, "after": "2026-01-02T01:00:00Z"}]'

# ---- Who may read it ----

APITOKEN_KEYS=$work/verify
gives 0 'log: an owner, verify-only' log --owner alice
lines 'log: an owner, verify-only' 4
run log
got=$?
equal 'log: all owners, verify-only: is refused' "$([ $got -ne 0 ] && [ ! -s "$work/out" ] && echo refused)" refused
APITOKEN_KEYS=$work/keys

# ---- Follow ----

"$tool" log --follow --owner carol >"$work/followed" 2>"$work/follow-err" &
follower=$!
token --owner carol --name one >>"$work/made"
# it is there before the follower's next look, or comes with a later one
until grep -q 'name: - -> one' "$work/followed" || ! kill -0 $follower 2>/dev/null; do sleep 0.1; done
token --owner carol --name two >>"$work/made"
until grep -q 'name: - -> two' "$work/followed" || ! kill -0 $follower 2>/dev/null; do sleep 0.1; done
kill -TERM $follower
wait $follower
equal 'log --follow: a signal ends it well' $? 0
equal 'log --follow: each record once' "$(wc -l <"$work/followed" | tr -d ' ')" 2
equal 'log --follow: no message' "$(cat "$work/follow-err")" ''

finish
