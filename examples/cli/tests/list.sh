#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests of which tokens the tool apitoken lists, as TAP: list.sh TOOL FAKE_CLOCK PYTHON
# shellcheck disable=SC2034 # for support.sh
tool=$1 fake_clock=$2 python=$3
# shellcheck source=examples/cli/tests/support.sh
. "$(dirname "$0")/support.sh"

APITOKEN_KEYS=$work/keys APITOKEN_STORE=$work/store
export APITOKEN_KEYS APITOKEN_STORE
gives 0 'keys create' keys create "$APITOKEN_KEYS"
gives 0 'keys export-verify' keys export-verify "$APITOKEN_KEYS" "$work/verify"
gives 0 'init' init --map-size 16M

# The names of the tokens that a list has, in its order.
names() { # arguments of list
    run list --json "$@" || return
    sed 's/.*"name":"\([^"]*\)".*/\1/' "$work/out" | tr '\n' ' '
}

lists() { # name, names, arguments of list
    name=$1 due=$2
    shift 2
    equal "list: $name" "$(names "$@")" "$due"
}

# ---- Tokens of several owners and ages ----

day=86400 first=$now
now=$((first - 100 * day))
old=$(token --owner bob --name 'Old import' --expires never)
unused=$(token --owner alice --name 'old and unused' --expires never)
now=$first
for i in 0 1 2 3 4 5 6 7 8 9 10; do token --owner "filler$i" --name "filler $i" --expires never >"$work/last"; done
soon=$(token --owner ann --name 'soon' --expires 2026-01-02T00:00:00Z)
later=$(token --owner alice --name 'LATER import' --expires 2026-03-01)
gone=$(token --owner alice --name gone --expires 1d)
gives 0 'revoke' revoke --owner alice --yes "$(id_of "$gone")"
check 0 'an old token is used' "$old"

# ---- Of all owners ----

gives 0 'list --all as a table' list --all --name-contains import
{
    printf 'Owner  Name          Description  Expiration date  Validity  Last used             id\n'
    printf 'bob    Old import                 never            valid     2026-01-01T00:00:00Z  %s\n' "$(id_of "$old")"
    printf 'alice  LATER import               2026-03-01       valid     never                 %s\n' "$(id_of "$later")"
} >"$work/due"
diff "$work/due" "$work/out" >"$work/diag"
result $? 'list --all: exact table, grouped by owner'
lists '--all: owners by length, then by their bytes' \
    'soon Old import old and unused LATER import gone filler 0 filler 1 filler 2 filler 3 filler 4 filler 5 filler 6 filler 7 '\
'filler 8 filler 9 filler 10 ' --all
gives 0 'list --all --json' list --all --json --name-contains soon
equal 'list --all --json: tells the owner' "$(sed 's/.*"owner":"\([^"]*\)".*/\1/' "$work/out")" ann
lists '--owner-prefix' 'soon old and unused LATER import gone ' --all --owner-prefix a
lists '--owner-prefix: the whole owner' 'soon ' --all --owner-prefix ann
lists '--owner-prefix: nobody' '' --all --owner-prefix A
gives 3 'list --all with a verify-only keyring' list --all -k "$work/verify"
contains 'list --all with a verify-only keyring: names it' "$work/err" "$work/verify"
gives 0 'list --owner with a verify-only keyring' list --owner alice --never-used -k "$work/verify"

# ---- Filters ----

lists '--expires-within: an instant' 'soon ' --all --expires-within 1d --state valid
lists '--expires-within: in seconds' '' --all --expires-within 86399s --state valid
lists '--expires-within: at the end of a day' 'soon LATER import ' --all --expires-within 60d --state valid
lists '--expires-within: before the end of a day' 'soon ' --all --expires-within 5183999s --state valid
lists '--expires-within: revoked ones, too' 'soon LATER import gone ' --all --expires-within 60d
lists '--expires-within 0: nothing has expired' '' --all --expires-within 0
lists '--expires-within: the longest' 'soon LATER import gone ' --all --expires-within 2932896d
lists '--unused-for: not used, nor new' 'old and unused ' --all --unused-for 90d
lists '--unused-for: longer than it exists' '' --all --unused-for 101d
lists '--unused-for: since its creation' '' --all --unused-for 100d
lists '--unused-for: the longest' '' --all --unused-for 2932896d
lists '--never-used' 'old and unused LATER import gone ' --owner alice --never-used
lists '--never-used: it was' '' --owner bob --never-used
lists '--never-expires' 'old and unused ' --owner alice --never-expires
lists '--name-contains: in any case' 'Old import old and unused ' --all --name-contains OLD
lists '--name-contains: with a blank' 'Old import ' --all --name-contains 'd i'
lists 'all of them must hold' 'LATER import ' --all --never-used --name-contains import --expires-within 90d --owner-prefix al
lists '--state goes with them' 'gone ' --all --never-used --owner-prefix al --state revoked

now=$((first + 2 * day))
check 1 'a token has expired' "$soon"
lists '--expires-within: expired ones, too' 'soon ' --all --expires-within 0 --state expired
now=$((first + 91 * day))
lists '--unused-for: one that was used long ago' 'Old import old and unused ' --all --unused-for 90d --name-contains old
check 0 'it is used again' "$old"
lists '--unused-for: one that was used again' 'old and unused ' --all --unused-for 90d --name-contains old
now=$first

# ---- Outside the policy ----

lists '--outside-policy: everything is allowed' '' --all --outside-policy
gives 0 'policy set' policy set max-lifetime=30d
lists '--outside-policy: ends later, or never' 'old and unused LATER import ' --outside-policy --owner alice
lists '--outside-policy: with another condition' 'Old import ' --all --outside-policy --name-contains old --owner-prefix b
gives 0 'policy set' policy set max-lifetime=none

# ---- Pages ----

for i in $(seq 0 119); do printf '{"owner":"many","name":"m%s"}\n' "$i"; done >"$work/in"
run create --batch <"$work/in"
for i in $(seq 0 119); do printf '{"owner":"much","name":"n%s"}\n' "$i"; done >"$work/in"
run create --batch <"$work/in"
lists '--all: pages, each token once and in order' "$(seq -s ' ' -f 'm%g' 0 119) $(seq -s ' ' -f 'n%g' 0 119) " --all \
    --owner-prefix m
lists '--owner: pages with a filter' "m1 $(seq -s ' ' -f 'm%g' 10 19) $(seq -s ' ' -f 'm%g' 100 119) " --owner many \
    --name-contains M1

# ---- What is refused ----

refuses 'list: neither --owner nor --all' list
contains 'list: neither: names both' "$work/err" '--all'
refuses 'list: both --owner and --all' list --owner alice --all
refuses 'list: --owner-prefix without --all' list --owner alice --owner-prefix al
contains 'list: --owner-prefix without --all: says so' "$work/err" '--owner-prefix needs --all'
refuses 'list: --never-used and --unused-for' list --all --never-used --unused-for 1d
refuses 'list: --never-expires and --expires-within' list --all --never-expires --expires-within 1d
for option in --expires-within --unused-for; do
    for bad in 1 d 1w -1d '1 d' 1.5h 1d1h 2932897d 9223372036854775808s; do
        refuses "list: $option $bad" list --all "$option" "$bad"
        contains "list: $option $bad: names the option" "$work/err" "$option"
    done
    refuses "list: $option without a value" list --all "$option"
done
for option in --name-contains --owner-prefix; do
    refuses "list: $option is empty" list --all "$option" ''
done
refuses 'list: a name that is too long' list --all --name-contains "$(seq -s x 1 60)"
contains 'list: a name that is too long: says so' "$work/err" APITOKEN_E_FILTER
refuses 'list: an owner that is too long' list --all --owner-prefix "$(seq -s x 1 60)"
for command in 'show 000000000000' 'create --name n'; do
    # shellcheck disable=SC2086 # words of their own
    refuses "${command%% *}: has no --all" $command --all
done

for i in 0 1 2 3 4 5 6; do token --owner x --name x >"$work/last"; done
finish
