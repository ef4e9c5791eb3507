#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests of what the tool apitoken does to all tokens of an owner or of a store, as TAP: admin.sh TOOL FAKE_CLOCK PYTHON
# shellcheck disable=SC2034 # for support.sh
tool=$1 fake_clock=$2 python=$3
# shellcheck source=examples/cli/tests/support.sh
. "$(dirname "$0")/support.sh"

state() { # name, owner, id, state that show has
    run show --owner "$2" "$3"
    equal "$1" "$(awk '/^validity / { print $2 }' "$work/out")" "$4"
}

APITOKEN_KEYS=$work/keys APITOKEN_STORE=$work/store
export APITOKEN_KEYS APITOKEN_STORE
gives 0 'keys create' keys create "$APITOKEN_KEYS"
gives 0 'keys export-verify' keys export-verify "$APITOKEN_KEYS" "$work/verify"
gives 0 'init' init --map-size 16M

# ---- Block and unblock ----

first=$(token --owner alice --name first)
second=$(token --owner alice --name second)
resting=$(token --owner alice --name resting)
other=$(token --owner bob --name other)
gives 0 'suspend' suspend --owner alice "$(id_of "$resting")"
gives 0 'block' block --owner alice --reason 'a lost laptop' --actor ops
equal 'block: nothing on stdout' "$(cat "$work/out")" ''
contains 'block: says so' "$work/err" 'blocked owner alice'
for made in "$first" "$second" "$resting"; do
    check 1 'block: denied' "$made"
    contains 'block: check says so' "$work/out" blocked
done
check 0 'block: another owner' "$other"
gives 0 'log: the block' log --owner alice
contains 'log: the block: who and why' "$work/out" '  block  alice  -  by ops  reason: a lost laptop'
for arguments in 'create --name x' "update $(id_of "$first") --name x" "rotate $(id_of "$first")"; do
    # shellcheck disable=SC2086 # several words on purpose
    gives 1 "block: ${arguments%% *}" $arguments --owner alice
    contains "block: ${arguments%% *}: says so" "$work/err" APITOKEN_E_OWNER_BLOCKED
done
gives 0 'block: a revoke works' revoke --owner alice "$(id_of "$second")"
gives 0 'block again' block --owner alice
gives 0 'block: an owner without tokens' block --owner carol
gives 1 'block: an owner without tokens: create' create --owner carol --name x
gives 0 'unblock' unblock --owner alice --reason 'it was found' --actor ops
equal 'unblock: nothing on stdout' "$(cat "$work/out")" ''
contains 'unblock: says so' "$work/err" 'unblocked owner alice'
check 0 'unblock: valid' "$first"
state 'unblock: revoked stays revoked' alice "$(id_of "$second")" revoked
state 'unblock: suspended stays suspended' alice "$(id_of "$resting")" suspended
gives 0 'log: the unblock' log --owner alice
contains 'log: the unblock: who and why' "$work/out" '  unblock  alice  -  by ops  reason: it was found'
gives 0 'unblock again' unblock --owner alice
gives 1 'unblock: another owner stays blocked' create --owner carol --name x
for command in block unblock; do
    refuses "$command: no owner" "$command"
    refuses "$command: an operand" "$command" --owner alice "$(id_of "$first")"
    refuses "$command: empty reason" "$command" --owner alice --reason ''
    refuses "$command: a line feed in the reason" "$command" --owner alice --reason "$(printf 'a\nb')"
    contains "$command: a line feed in the reason: names the option" "$work/err" '--reason'
    refuses "$command: an owner that is too long" "$command" --owner "$(seq -s x 1 60)"
    gives 3 "$command with a verify-only keyring" "$command" -k "$work/verify" --owner alice
done
check 0 'block: what was refused changed nothing' "$first"

# ---- Revoke all ----

kept=$(token --owner dora --name kept)
gone=$(token --owner dora --name gone)
gone_too=$(token --owner dora --name 'gone, too')
gives 0 'revoke --all --except' revoke --owner dora --all --except "$(id_of "$kept")" --reason 'moved' --reason-code superseded \
    --actor ops
equal 'revoke --all: nothing on stdout' "$(cat "$work/out")" ''
contains 'revoke --all: says how many' "$work/err" 'revoked 2 tokens of owner dora'
check 0 'revoke --all --except: valid' "$kept"
check 1 'revoke --all: one' "$gone"
check 1 'revoke --all: another' "$gone_too"
check 0 'revoke --all: another owner' "$other"
gives 0 'show: one of all' show --owner dora "$(id_of "$gone")"
contains 'revoke --all: the reason' "$work/out" 'reason        moved'
contains 'revoke --all: the reason code' "$work/out" 'reason code   superseded'
gives 0 'log: one of all' log --id "$(id_of "$gone")"
contains 'revoke --all: the actor' "$work/out" '  by ops  reason: moved'
gives 1 'revoke --all --except: no such id' revoke --owner dora --all --except 000000000000
contains 'revoke --all --except: no such id: names the option' "$work/err" '--except'
gives 1 'revoke --all --except: of another owner' revoke --owner dora --all --except "$(id_of "$other")"
refuses 'revoke --all --except: not an id' revoke --owner dora --all --except abc
contains 'revoke --all --except: not an id: names the option' "$work/err" '--except'
refuses 'revoke: --all and an id' revoke --owner dora --all "$(id_of "$kept")"
refuses 'revoke: neither' revoke --owner dora
contains 'revoke: neither: names --all' "$work/err" '--all'
refuses 'revoke: --except without --all' revoke --owner dora --except "$(id_of "$kept")"
refuses 'revoke: --except and an id' revoke --owner dora --except "$(id_of "$kept")" "$(id_of "$kept")"
refuses 'revoke --all: no owner' revoke --all
refuses 'revoke --all: bad reason code' revoke --owner dora --all --reason-code gone
gives 3 'revoke --all with a verify-only keyring' revoke -k "$work/verify" --owner dora --all
printf 'n\n' | on_terminal 'Permanently revoke all tokens of owner dora' revoke --owner dora --all
equal 'revoke --all on a terminal: no' $? 1
check 0 'revoke --all: what was refused changed nothing' "$kept"
gives 0 'revoke --all: the last one' revoke --owner dora --all --yes
contains 'revoke --all: says that it was one' "$work/err" 'revoked 1 token of owner dora'
check 1 'revoke --all: the last one' "$kept"
gives 0 'revoke --all: there is none' revoke --owner dora --all
contains 'revoke --all: says that there was none' "$work/err" 'revoked 0 tokens of owner dora'
gives 0 'revoke --all --final: the revoked ones, too' revoke --owner dora --all --final
contains 'revoke --all --final: counts what it changed' "$work/err" 'revoked 3 tokens of owner dora'

# ---- Purge ----

began=$now
stays=$(token --owner petra --name stays)
ends=$(token --owner petra --name ends --expires 1d)
revoked=$(token --owner petra --name revoked)
gives 0 'purge: a revoke first' revoke --owner petra "$(id_of "$revoked")" --final
now=$((began + 2 * 86400))
for instant in 12h 2026-01-02T06:00:00Z 2026-01-02; do
    gives 1 "purge without --yes: $instant" purge --ended-before "$instant"
    contains "purge without --yes: $instant: says so" "$work/err" ': repeat it with --yes'
    equal "purge without --yes: $instant: nothing on stdout" "$(cat "$work/out")" ''
done
run purge --ended-before 1d
would=$(sed -n 's/.*would remove \([0-9]*\) token.*/\1/p' "$work/err")
gives 0 'show: what would be removed' show --owner petra "$(id_of "$ends")"
gives 0 'purge' purge --ended-before 1d --yes --actor ops
contains 'purge: says how many' "$work/err" "removed $would tokens"
equal 'purge: nothing on stdout' "$(cat "$work/out")" ''
gives 1 'purge: the revoked one is gone' show --owner petra "$(id_of "$revoked")"
check 1 'purge: it is unknown' "$revoked"
gives 0 'purge: one that ended later stays' show --owner petra "$(id_of "$ends")"
check 0 'purge: a valid one stays' "$stays"
gives 0 'log: the purge' log
contains 'log: the purge: who' "$work/out" '  purge  -  '
contains 'log: the purge: the actor' "$work/out" '  by ops'
gives 0 'purge: the rest' purge --ended-before 0 --yes
gives 1 'purge: the expired one is gone' show --owner petra "$(id_of "$ends")"
soon=$(token --owner petra --name soon)
gives 0 'purge: revoke one that can be brought back' revoke --owner petra "$(id_of "$soon")"
now=$((now + 60))
gives 0 'purge: keeps what can be brought back' purge --ended-before 0 --yes
contains 'purge: says that it removed none' "$work/err" 'removed 0 tokens'
contains 'purge: says that it kept one' "$work/err" 'kept 1 that ended before'
gives 0 'purge: it can be brought back' unrevoke --owner petra "$(id_of "$soon")"

gives 1 'purge of an owner without --yes' purge --owner petra
contains 'purge of an owner without --yes: says what' "$work/err" 'would remove 2 tokens and 7 audit texts of owner petra'
check 0 'purge of an owner without --yes: changes nothing' "$stays"
gives 0 'purge of an owner' purge --owner petra --yes --actor ops
contains 'purge of an owner: says what' "$work/err" 'removed 2 tokens and 7 audit texts of owner petra'
check 1 'purge of an owner: no token is left' "$stays"
gives 0 'purge of an owner: no row is left' list --owner petra
lacks 'purge of an owner: no row is left: none' "$work/out" "$(id_of "$stays")"
gives 0 'log: after the purge of an owner' log --owner petra
equal 'log: after the purge of an owner: nothing' "$(cat "$work/out")" ''
gives 0 'log: the purge of an owner' log
contains 'log: the purge of an owner: is there' "$work/out" '  erase  -  '
lacks 'log: the purge of an owner: does not name it' "$work/out" petra
token --owner quinn --name x --actor petra >"$work/last"
gives 1 'purge of an owner: what it did to others' purge --owner petra --as-actor
contains 'purge of an owner: what it did to others: one text' "$work/err" 'would remove 0 tokens and 1 audit text of owner petra'
gives 0 'fsck after it' fsck
refuses 'purge: neither' purge --yes
refuses 'purge: both' purge --owner petra --ended-before 1d --yes
refuses 'purge: --as-actor without an owner' purge --ended-before 1d --as-actor
refuses 'purge: no instant' purge --ended-before soon --yes
contains 'purge: no instant: names the option' "$work/err" '--ended-before'
refuses 'purge: the future' purge --ended-before 2027-01-01 --yes
refuses 'purge: an operand' purge --ended-before 1d "$(id_of "$stays")"
refuses 'purge: the actor is the owner' purge --owner petra --actor petra --yes
gives 3 'purge with a verify-only keyring' purge -k "$work/verify" --ended-before 1d --yes
now=$began

# ---- Revoke by text ----

# Ends the tokens of the lines on standard input, and prints the answers without blanks.
texts() { # exit code, name, options
    want=$1 name=$2
    shift 2
    run revoke --texts "$@"
    got=$?
    { echo "exit $got instead of $want: $*"; cat "$work/out" "$work/err"; } >"$work/diag"
    [ "$got" -eq "$want" ]
    result $? "$name"
}
answer() { # line, ended, id, owner, error; - is null
    printf '{"line":%s,"ended":"%s","id":"%s","owner":"%s","error":"%s"}\n' "$@" | sed 's/"-"/null/g'
}

leaked=$(token --owner fay --name leaked)
other_leaked=$(token --owner gus --name leaked)
older=$(token --owner fay --name rotated)
run rotate --owner fay --grace 1h "$(id_of "$older")"
newest=$(cat "$work/out")
printf '%s\r\n%s\nnonsense\n%s\n%s' "$leaked" "$other_leaked" "$older" "$leaked" >"$work/lines"
texts 1 'revoke --texts' --actor ops --reason 'a public repository' <"$work/lines"
{
    answer 1 token "$(id_of "$leaked")" fay -
    answer 2 token "$(id_of "$other_leaked")" gus -
    answer 3 nothing - - APITOKEN_E_MALFORMED
    answer 4 older-secret "$(id_of "$older")" fay -
    answer 5 already "$(id_of "$leaked")" fay -
} >"$work/due"
equal 'revoke --texts: an answer for each line' "$(cat "$work/out")" "$(cat "$work/due")"
check 1 'revoke --texts: revoked' "$leaked"
check 1 'revoke --texts: another owner' "$other_leaked"
check 1 'revoke --texts: an older secret' "$older"
check 0 'revoke --texts: its newest one is valid' "$newest"
gives 0 'show: revoked by text' show --owner fay "$(id_of "$leaked")"
contains 'revoke --texts: exposed unless said otherwise' "$work/out" 'reason code   exposed'
gives 0 'log: revoked by text' log --id "$(id_of "$leaked")"
contains 'revoke --texts: the actor' "$work/out" '  by ops  reason: a public repository'
printf '%s\n' "$newest" >"$work/lines"
texts 0 'revoke --texts: all are known' --reason-code superseded --final <"$work/lines"
gives 0 'show: revoked by text' show --owner fay "$(id_of "$newest")"
contains 'revoke --texts: another reason code' "$work/out" 'reason code   superseded'
gives 0 'log: the actor of revoke --texts' log --id "$(id_of "$newest")"
contains 'revoke --texts: the usual actor' "$work/out" "  by $me"
texts 0 'revoke --texts: no line' </dev/null
equal 'revoke --texts: no line: nothing on stdout' "$(cat "$work/out")" ''
"$python" -c 'print("x" * 200); print("\n" * 2000, end=""); print("y" * 70000)' >"$work/lines"
texts 1 'revoke --texts: many lines, long and empty ones' <"$work/lines"
equal 'revoke --texts: all of them are malformed' \
    "$(grep -c '"ended":"nothing","id":null,"owner":null,"error":"APITOKEN_E_MALFORMED"' "$work/out")" 2002
equal 'revoke --texts: lines are counted on' "$(tail -n 1 "$work/out" | cut -d , -f 1)" '{"line":2002'
spare=$(token --owner fay --name spare)
printf '%s\n' "$spare" >"$work/lines"
texts 3 'revoke --texts with a verify-only keyring' -k "$work/verify" <"$work/lines"
refuses 'revoke --texts: and an id' revoke --texts "$(id_of "$spare")"
refuses 'revoke --texts: and an owner' revoke --texts --owner fay
refuses 'revoke --texts: and --all' revoke --texts --all
refuses 'revoke --texts: bad reason code' revoke --texts --reason-code gone
check 0 'revoke --texts: what was refused changed nothing' "$spare"
texts 2 'revoke --texts: a line feed in the reason' --reason "$(printf 'a\nb')" <"$work/lines"
contains 'revoke --texts: a line feed in the reason: the answer' "$work/out" '"ended":"nothing"'
check 0 'revoke --texts: a bad reason revoked nothing' "$spare"
grep -F -e "$leaked" -e "$older" "$work/said" "$work/out" >"$work/diag"
[ $? -eq 1 ]
result $? 'revoke --texts: no text is printed'

# ---- Unrevoke ----

wrong=$(token --owner erin --name wrong)
id=$(id_of "$wrong")
gives 0 'unrevoke: a token that is not revoked' unrevoke --owner erin "$id"
for options in '' '--reason-code admin' '--reason-code owner-gone'; do
    # shellcheck disable=SC2086 # several words on purpose
    gives 0 'revoke' revoke --owner erin "$id" $options
    check 1 'unrevoke: revoked before' "$wrong"
    gives 0 "unrevoke: revoke $options" unrevoke --owner erin "$id" --actor ops
    equal 'unrevoke: nothing on stdout' "$(cat "$work/out")" ''
    contains 'unrevoke: says so' "$work/err" "undid the revoke of token $id"
    check 0 "unrevoke: revoke $options: valid" "$wrong"
done
gives 0 'log: the unrevoke' log --id "$id"
contains 'log: the unrevoke: who' "$work/out" "  unrevoke  erin  $id  by ops"
gives 0 'revoke' revoke --owner erin "$id"
now=$((now + 3601))
gives 1 'unrevoke: too late' unrevoke --owner erin "$id"
contains 'unrevoke: too late: says so' "$work/err" APITOKEN_E_UNDO
check 1 'unrevoke: too late: revoked' "$wrong"
for options in --final '--reason-code exposed'; do
    wrong=$(token --owner erin --name wrong)
    # shellcheck disable=SC2086 # several words on purpose
    gives 0 'revoke' revoke --owner erin "$(id_of "$wrong")" $options
    gives 1 "unrevoke: revoke $options" unrevoke --owner erin "$(id_of "$wrong")"
    contains "unrevoke: revoke $options: says so" "$work/err" APITOKEN_E_UNDO
    check 1 "unrevoke: revoke $options: revoked" "$wrong"
done
id=$(id_of "$(token --owner erin --name mine)")
gives 0 'revoke' revoke --owner erin "$id"
gives 1 'unrevoke: no such id' unrevoke --owner erin 000000000000
gives 1 'unrevoke: of another owner' unrevoke --owner bob "$id"
gives 2 'unrevoke: not an id' unrevoke --owner erin abc
refuses 'unrevoke: no id' unrevoke --owner erin
refuses 'unrevoke: no owner' unrevoke "$id"
refuses 'unrevoke: has no --reason' unrevoke --owner erin "$id" --reason x
gives 3 'unrevoke with a verify-only keyring' unrevoke -k "$work/verify" --owner erin "$id"
state 'unrevoke: what was refused changed nothing' erin "$id" revoked

# ---- Policy ----

policy() { # name, key, value that policy prints
    run policy
    equal "$1" "$(awk -v key="$2" '$1 == key { print $2 }' "$work/out")" "$3"
}

now=1767225600
gives 0 'policy' policy
cat >"$work/due" <<'END'
max-lifetime     none
never            allowed
default-expiry   none
max-live         none
undo             1h
max-grace        30d
audit-retention  400d
revision         0
END
diff "$work/due" "$work/out" >"$work/diag"
result $? 'policy: exact text of the default'
gives 0 'policy --json' policy --json
equal 'policy --json: exact text of the default' "$(cat "$work/out")" \
    '{"max_lifetime_ms":null,"never_forbidden":false,"default_expiry_ms":null,"max_live":null,"undo_ms":3600000,'\
'"max_grace_ms":2592000000,"audit_retention_ms":34560000000,"revision":0}'
gives 0 'policy with a verify-only keyring' policy -k "$work/verify"

gives 0 'policy set: all' policy set max-lifetime=36h never=forbidden default-expiry=90m max-live=2 undo=90s max-grace=0 \
    audit-retention=none --actor ops
equal 'policy set: nothing on stdout' "$(cat "$work/out")" ''
contains 'policy set: says so' "$work/err" 'set the policy'
gives 0 'policy' policy
cat >"$work/due" <<'END'
max-lifetime     36h
never            forbidden
default-expiry   90m
max-live         2
undo             90s
max-grace        0
audit-retention  none
revision         1
END
diff "$work/due" "$work/out" >"$work/diag"
result $? 'policy set: exact text'
gives 0 'policy --json' policy --json
equal 'policy set: exact JSON' "$(cat "$work/out")" \
    '{"max_lifetime_ms":129600000,"never_forbidden":true,"default_expiry_ms":5400000,"max_live":2,"undo_ms":90000,'\
'"max_grace_ms":0,"audit_retention_ms":null,"revision":1}'
gives 0 'log: the policy' log
contains 'log: the policy: who' "$work/out" '  policy  -  -  by ops'

# It holds.
short=$(token --owner frank --name short)
id=$(id_of "$short")
run show --owner frank "$id"
contains 'policy: the default expiry' "$work/out" 'expires       2026-01-01T01:30:00Z'
refuses 'policy: a lifetime that is too long' create --owner frank --name x --expires 2d
contains 'policy: a lifetime that is too long: names the option' "$work/err" '--expires'
refuses 'policy: never is forbidden' create --owner frank --name x --expires never
gives 0 'policy: the second token' create --owner frank --name x
gives 1 'policy: a third token' create --owner frank --name x
contains 'policy: a third token: says so' "$work/err" APITOKEN_E_LIVE_LIMIT
gives 0 'revoke' revoke --owner frank "$id"
now=$((now + 91))
gives 1 'policy: the time for an undo' unrevoke --owner frank "$id"
now=$((now - 91))

# The default grace of rotate is an hour, or less.
id=$(id_of "$(token --owner grace --name turning)")
gives 0 'rotate: the policy allows no grace' rotate --owner grace "$id"
contains 'rotate: the policy allows no grace: there is none' "$work/err" 'no older secret is valid'
gives 0 'policy set: a grace' policy set max-grace=10m
gives 0 'rotate: the policy allows less than an hour' rotate --owner grace "$id"
contains 'rotate: the policy allows less than an hour: until when' "$work/err" 'valid until 2026-01-01T00:10:00Z'
refuses 'rotate: a grace that is too long' rotate --owner grace "$id" --grace 11m --drop-old
contains 'rotate: a grace that is too long: names the option' "$work/err" '--grace'
gives 0 'policy set: a longer grace' policy set max-grace=2h
gives 0 'rotate: the policy allows more than an hour' rotate --owner grace "$id" --drop-old
contains 'rotate: the policy allows more than an hour: until when' "$work/err" 'valid until 2026-01-01T01:00:00Z'

policy 'policy set: what is not given stays' default-expiry 90m
policy 'policy set: the revision grows' revision 3
gives 0 'policy set --revision' policy set --revision 3 max-lifetime=none never=allowed default-expiry=none max-live=none
policy 'policy set --revision: done' max-live none
gives 1 'policy set --revision: another' policy set --revision 3 max-live=1
contains 'policy set --revision: another: says which' "$work/err" 'its revision is 4, not 3'
for bad in 0 -1 5x 4294967296; do
    refuses "policy set: bad revision: $bad" policy set max-live=1 --revision "$bad"
    contains "policy set: bad revision: $bad: names the option" "$work/err" '--revision'
done
for bad in max-live=0 max-live= max-live=-1 max-live=+1 max-live=1x 'max-live= 1' max-live=4294967295 \
    max-live=99999999999999999999 max-live=None never= never=no never=forbidden1 never=1 \
    max-lifetime=1 max-lifetime= max-lifetime=1w max-lifetime=2932897d default-expiry=never undo=none \
    max-grace=none audit-retention=1y; do
    refuses "policy set: bad value: $bad" policy set "$bad"
    contains "policy set: bad value: $bad: names the key" "$work/err" "apitoken: ${bad%%=*} must be "
done
for bad in max-live max_live=1 MAX-LIVE=1 =1 = max=1 max-lives=1 revision=1 ''; do
    refuses "policy set: bad key: $bad" policy set "$bad"
    contains "policy set: bad key: $bad: names the keys" "$work/err" \
        'max-lifetime, never, default-expiry, max-live, undo, max-grace'
done
for bad in max-lifetime=0 max-lifetime=59s default-expiry=59s undo=31d max-grace=31d audit-retention=59s never=forbidden; do
    refuses "policy set: outside its limits: $bad" policy set "$bad"
    contains "policy set: outside its limits: $bad: says so" "$work/err" APITOKEN_E_POLICY_VALUE
done
refuses 'policy set: a default above the longest' policy set max-lifetime=1d default-expiry=2d
refuses 'policy set: a key twice' policy set max-live=1 max-live=2
contains 'policy set: a key twice: names it' "$work/err" 'max-live is given twice'
refuses 'policy set: a bad value after a good one' policy set max-live=1 never=no
refuses 'policy set: more than there are' policy set max-live=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1
refuses 'policy set: a token for a key' policy set "$other"
lacks 'policy set: a token for a key is not repeated' "$work/err" "$other"
refuses 'policy set: nothing' policy set
refuses 'policy set: has no --json' policy set max-live=1 --json
refuses 'policy: an operand' policy get
refuses 'policy: has no --revision' policy --revision 4
gives 3 'policy set with a verify-only keyring' policy set -k "$work/verify" max-live=1
policy 'policy set: what was refused changed nothing' revision 4
gives 0 'policy set: as it is' policy set max-live=none
policy 'policy set: as it is changes nothing' revision 4
gives 0 'help policy' help policy
contains 'help policy: itself' "$work/out" 'usage: apitoken policy [--json]'
gives 0 'help policy set' help policy set
contains 'help policy set: itself' "$work/out" 'usage: apitoken policy set '

# ---- keys retire, keys remove ----

APITOKEN_STORE=$work/retiring
gives 0 'keys retire: a store' init
token --owner alice --name one >"$work/one"
token --owner alice --name two >"$work/two"
token --owner bob --name three >"$work/three"
gives 1 'keys retire: the active key' keys retire 1 --end-tokens
contains 'keys retire: the active key: says so' "$work/err" 'key 1 is the active one'
gives 0 'keys retire: another key' keys add "$APITOKEN_KEYS"
cp -p "$APITOKEN_KEYS" "$work/behind"
gives 0 'keys retire: activated' keys activate "$APITOKEN_KEYS" 2
token --owner bob --name four >"$work/four"
gives 1 'keys retire: live tokens' keys retire 1
contains 'keys retire: live tokens: how many' "$work/err" '3 live tokens need key 1'
contains 'keys retire: live tokens: names the option' "$work/err" '--end-tokens'
gives 0 'keys retire: the tokens are still valid' check <"$work/one"
gives 1 'keys retire: no such key' keys retire 9
refuses 'keys retire: not an id' keys retire one
refuses 'keys retire: 0' keys retire 0
refuses 'keys retire: no id' keys retire --end-tokens
refuses 'keys retire: a bad reason code' keys retire 1 --reason-code stolen
gives 3 'keys retire with a verify-only keyring' keys retire -k "$work/verify" 1
gives 0 'keys retire --end-tokens' keys retire 1 --end-tokens --reason-code exposed --actor root
contains 'keys retire --end-tokens: how many' "$work/err" 'retired key 1: revoked 3 tokens'
gives 1 'keys retire: a token of the key' check <"$work/one"
gives 0 'keys retire: a token of the other key' check <"$work/four"
gives 3 'keys retire: with the old key active nothing is created' create -k "$work/behind" --owner x --name x
contains 'keys retire: with the old key active: says so' "$work/err" APITOKEN_E_KEY_RETIRED
gives 0 'keys retire: with the old key active a check works' check -k "$work/behind" <"$work/four"
gives 0 'keys retire: once more' keys retire 1
gives 0 'keys retire: log' log
contains 'keys retire: log: says it' "$work/out" 'retire-key'
gives 0 'keys retire: fsck' fsck
cp "$work/one" "$work/last"

gives 1 'keys remove: the active key' keys remove "$APITOKEN_KEYS" 2
gives 1 'keys remove: no such key' keys remove "$APITOKEN_KEYS" 3
refuses 'keys remove: not an id' keys remove "$APITOKEN_KEYS" one
gives 3 'keys remove: a verify-only keyring' keys remove "$work/verify" 1
gives 0 'keys remove' keys remove "$APITOKEN_KEYS" 1
gives 0 'keys remove: list' keys list "$APITOKEN_KEYS"
equal 'keys remove: the other one is left' "$(awk 'NR > 1 { print $1, $3 }' "$work/out")" '2 yes'
gives 0 'keys remove: the store opens without it' check <"$work/four"
gives 0 'keys remove: fsck without it' fsck
gives 0 'help keys retire' help keys retire
contains 'help keys retire: itself' "$work/out" 'usage: apitoken keys retire'

for i in 0 1 2 3 4 5 6 7 8 9; do token --owner x --name x >"$work/last"; done
finish
