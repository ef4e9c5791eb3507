#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests of the tool apitoken, as TAP: cli.sh TOOL FAKE_CLOCK COMPLETION PYTHON
tool=$1 fake_clock=$2 completion=$3 python=$4
# shellcheck source=examples/cli/tests/support.sh
. "$(dirname "$0")/support.sh"

# ---- Keys ----

keys=$work/keys store=$work/store
gives 0 'keys create' keys create "$keys"
equal 'keys create: nothing on stdout' "$(cat "$work/out")" ''
equal 'keys create: mode 0600' "$(stat -c %a "$keys")" 600
before=$(cksum <"$keys")
gives 2 'keys create never overwrites' keys create "$keys"
equal 'keys create: the old file is as it was' "$(cksum <"$keys")" "$before"
gives 0 'keys export-verify' keys export-verify "$keys" "$work/verify"
equal 'keys export-verify: mode 0600' "$(stat -c %a "$work/verify")" 600
before=$(cksum <"$keys")
gives 2 'keys export-verify never overwrites' keys export-verify "$work/verify" "$keys"
equal 'keys export-verify: the old file is as it was' "$(cksum <"$keys")" "$before"
gives 3 'keys export-verify: no such file' keys export-verify "$work/none" "$work/none2"
gives 0 'keys add' keys add "$keys"
equal 'keys add prints the id' "$(cat "$work/out")" 2
gives 0 'keys list' keys list "$keys"
equal 'keys list: one key active' "$(awk 'NR > 1 { print $1, length($2), $3, $4 }' "$work/out")" \
    "$(printf '1 32 yes full\n2 32 no full')"
gives 0 'keys activate' keys activate "$keys" 2
gives 0 'keys list after activate' keys list "$keys"
equal 'keys activate: the other key is active' "$(awk '$3 == "yes" { print $1 }' "$work/out")" 2
gives 0 'keys list: verify-only' keys list "$work/verify"
equal 'keys list: kind of a verify-only keyring' "$(awk 'NR == 2 { print $4 }' "$work/out")" verify-only
gives 1 'keys activate: no such key' keys activate "$keys" 3
refuses 'keys activate: 0' keys activate "$keys" 0
refuses 'keys activate: not a number' keys activate "$keys" one
refuses 'keys activate: too large a number' keys activate "$keys" 4294967298
gives 3 'keys add to a verify-only keyring' keys add "$work/verify"
echo 'no keyring' >"$work/foreign"
chmod 600 "$work/foreign"
gives 3 'keys list: not a keyring' keys list "$work/foreign"
rm "$work/verify"
gives 0 'keys export-verify again' keys export-verify "$keys" "$work/verify"

# ---- Store ----

APITOKEN_KEYS=$keys APITOKEN_STORE=$store
refuses 'no store given' stat -k "$keys"
contains 'no store given: names the option' "$work/err" '--store'
contains 'no store given: names the variable' "$work/err" 'APITOKEN_STORE'
refuses 'no keys given' stat -s "$store"
contains 'no keys given: names the option' "$work/err" '--keys'
contains 'no keys given: names the variable' "$work/err" 'APITOKEN_KEYS'
export APITOKEN_KEYS APITOKEN_STORE
APITOKEN_STORE=''
refuses 'an empty variable counts as unset' stat
contains 'an empty variable: names the option' "$work/err" '--store'
APITOKEN_STORE=$store
gives 3 'no such store' stat
refuses 'init: bad prefix' init --prefix 9ab
refuses 'init: bad policy' init --copy twice
refuses 'init: bad size' init --map-size 1X
refuses 'init: size too small' init --map-size 1K
refuses 'init: unit that overflows' init --map-size 16777217T
refuses 'init: digits that overflow' init --map-size 18446744073726328832
refuses 'init: unknown zone' init --zone Europe/Nowhere
refuses 'init: hostile zone' init --zone ../zoneinfo/Europe/Berlin
refuses 'init: a directory is no zone' init --zone Europe
refuses 'init: a table is no zone' init --zone leapseconds
gives 3 'init with a verify-only keyring' init -k "$work/verify"
[ ! -e "$store" ]
result $? 'init that failed leaves nothing'
gives 0 'init' init --map-size 16M
gives 2 'init never overwrites' init
equal 'init: mode' "$(stat -c %a "$store")" 750
gives 0 'init for a group' init -s "$work/shared" --group --map-size 16M
equal 'init for a group: mode' "$(stat -c %a "$work/shared")" 2770
gives 0 'stat' stat
equal 'stat: defaults' "$(awk '/^(prefix|copy|zone|tokens|map bytes) / { print $NF }' "$work/out" | tr '\n' ' ')" \
    'tdh once UTC 0 16777216 '
equal 'stat: nobody is behind' "$(awk '/^(oldest reader|pinned bytes) / { print $NF }' "$work/out" | tr '\n' ' ')" 'none 0 '
gives 0 'stat --counters' stat --counters
equal 'stat --counters: a new handle has counted nothing' "$(awk '$1 != "open_ms" && $2 != "0"' "$work/out")" ''
equal 'stat --counters: a line a number' "$(wc -l <"$work/out") $(grep -c '^accepted ' "$work/out")" '26 1'
cp "$work/out" "$work/counters"
gives 0 'stat --counters --json' stat --counters --json
equal 'stat --counters --json: one line' "$(wc -l <"$work/out")" 1
equal 'stat --counters --json: the same names' "$("$python" -c 'import json, sys
print(*json.load(sys.stdin))' <"$work/out")" "$(awk '{ print $1 }' "$work/counters" | paste -sd' ')"
gives 2 'stat: no JSON without --counters' stat --json
contains 'stat: no JSON without --counters: says so' "$work/err" '--counters'
gives 0 'grow' grow --map-size 32m
gives 0 'stat after grow' stat
contains 'grow: larger' "$work/out" 33554432
gives 0 'grow: the same again' grow --map-size 32M
gives 0 'grow: smaller' grow --map-size 24M
gives 0 'stat after a smaller size' stat
contains 'grow: smaller' "$work/out" 25165824
gives 2 'grow: below the limits' grow --map-size 15M
refuses 'grow: bad size' grow --map-size M
contains 'grow: says what a size is' "$work/err" 'must be a size such as'
gives 3 'stat with a foreign keyring file' stat -k "$work/foreign"
gives 0 'keys create: another one' keys create "$work/other"
gives 3 'stat with a keyring that lacks a key' stat -k "$work/other"
contains 'stat with a keyring that lacks a key: names it' "$work/err" "$work/other"
gives 0 'keys add: to the other one' keys add "$work/other"
gives 3 'stat with the wrong keyring' stat -k "$work/other"
contains 'stat with the wrong keyring: names it' "$work/err" "$work/other"
chmod 644 "$work/other"
gives 3 'stat with a keyring that others may read' stat -k "$work/other"

# ---- Create ----

plain=$(token --owner alice --name plain)
equal 'create prints one token and a line end' \
    "$(printf '%s' "$plain" | grep -Ec '^tdh_1[0-9A-Za-z]{48}$') $(wc -l <"$work/out")" '1 1'
contains 'create: message on stderr' "$work/err" "$(id_of "$plain")"
refuses 'create: no owner' create --name n
refuses 'create: no name' create --owner alice
refuses 'create: empty owner' create --owner '' --name n
refuses 'create: empty name' create --owner alice --name ''
refuses 'create: empty expiry' create --owner alice --name n --expires ''
refuses 'create: empty expiry behind =' create --owner alice --name n --expires=
refuses 'create: 30 February' create --owner alice --name n --expires 2026-02-30
contains 'create: says that the calendar has no such day' "$work/err" '--expires: the calendar has no such day'
refuses 'create: yesterday' create --owner alice --name n --expires 2025-12-31
contains 'create: an expiry in the past: names --expires' "$work/err" '--expires'
refuses 'create: 0d is in the past' create --owner alice --name n --expires 0d
refuses 'create: too many days' create --owner alice --name n --expires 99999999999999999999d
refuses 'create: hours' create --owner alice --name n --expires 12h
refuses 'create: trailing blank' create --owner alice --name n --expires '2026-12-31 '
refuses 'create: year 10000' create --owner alice --name n --expires 10000-01-01
refuses 'create: an instant in the past' create --owner alice --name n --expires 2025-12-31T23:59:59Z
refuses 'create: line feed in a name' create --owner alice --name 'a
b'
refuses 'create: escape sequence in a name' create --owner alice --name "$(printf 'a\033[31mb')"
refuses 'create: overlong UTF-8' create --owner alice --name "$(printf 'a\300\257')"
refuses 'create: name of 101 bytes' create --owner alice --name "$(printf '%0101d' 0)"
refuses 'create: description of 1001 bytes' create --owner alice --name n --description "$(printf '%01001d' 0)"
gives 3 'create with a verify-only keyring' create -k "$work/verify" --owner alice --name n
gives 0 'list: a refused token does not exist' list --owner alice --json
equal 'list: one token' "$(wc -l <"$work/out")" 1

# ---- Create many ----

batch() { # exit code, name, text for stdin as a format of printf, arguments
    want=$1 name=$2 text=$3
    shift 3
    # shellcheck disable=SC2059 # the text has escapes
    printf "$text" >"$work/in"
    run create --batch "$@" <"$work/in"
    got=$?
    { echo "exit $got instead of $want"; cat "$work/out" "$work/err"; } >"$work/diag"
    [ "$got" -eq "$want" ]
    result $? "$name"
}
refuses_line() { # number, name, text for stdin
    batch 2 "create --batch: $2" "$3"
    { cat "$work/out" "$work/err"; } >"$work/diag"
    [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q "^apitoken: line $1: .*no token was created" "$work/err"
    result $? "create --batch: $2: line $1 is named, and nothing is made"
}
good='{"owner":"bea","name":"one"}\n'
refuses_line 2 'no JSON' "${good}owner\n"
refuses_line 2 'an array' "${good}[]\n"
refuses_line 1 'two objects in a line' '{"owner":"bea","name":"one"}{}\n'
refuses_line 2 'an empty line' "${good}\n${good}"
refuses_line 1 'an unknown key' '{"owner":"bea","name":"one","colour":"red"}\n'
refuses_line 3 'a key twice' "${good}${good}"'{"owner":"bea","owner":"bob","name":"one"}\n'
refuses_line 1 'a number for a name' '{"owner":"bea","name":1}\n'
refuses_line 1 'a number for an expiry' '{"owner":"bea","name":"one","expires":20260101}\n'
refuses_line 1 'no owner' '{"name":"one"}\n'
refuses_line 1 'null for a name' '{"owner":"bea","name":null}\n'
refuses_line 2 'an empty owner' "${good}"'{"owner":"","name":"one"}\n'
refuses_line 2 'a control character' "${good}"'{"owner":"bea","name":"a\\u0007"}\n'
refuses_line 2 'a NUL' "${good}"'{"owner":"bea","name":"a\\u0000b"}\n'
refuses_line 2 'no UTF-8' "${good}"'{"owner":"bea","name":"\300\257"}\n'
refuses_line 2 '30 February' "${good}"'{"owner":"bea","name":"one","expires":"2026-02-30"}\n'
refuses_line 2 'yesterday' "${good}"'{"owner":"bea","name":"one","expires":"2025-12-31"}\n'
refuses_line 2 'hours' "${good}"'{"owner":"bea","name":"one","expires":"12h"}\n'
refuses_line 2 'a line of 40,000 bytes' "${good}"'{"owner":"bea","name":"%040000d"}\n'
gives 0 'list: no token was created' list --owner bea --json
equal 'list: no token of a refused batch' "$(wc -c <"$work/out")" 0
refuses 'create --batch: with --owner' create --batch --owner bea </dev/null
refuses 'create --batch: with --expires' create --expires 90d --batch </dev/null
refuses 'list: has no --batch' list --owner bea --batch
batch 3 'create --batch with a verify-only keyring' "$good" -k "$work/verify"
batch 0 'create --batch: nothing to do' ''
equal 'create --batch: nothing to do, nothing on stdout' "$(wc -c <"$work/out")" 0
cat >"$work/lines" <<'END'
{"owner":"bea","name":"first","description":"Für \"A\"","expires":"2026-01-31"}
{"name":"second","owner":"bea","description":null,"expires":null}
{"owner":"bob","name":"third","expires":"90d"}
{"owner":"bea","name":"fourth","description":"","expires":"never"}
END
batch 0 'create --batch' "$(sed 's/\\/\\\\/g' "$work/lines")"
cp "$work/out" "$work/batch"
sed -n 's/.*"token":"tdh_1............\(.*\)......"}/\1/p' "$work/batch" >>"$work/secrets"
equal 'create --batch: id and token, a line each' \
    "$(grep -Ec '^\{"id":"([0-9A-Za-z]{12})","token":"tdh_1\1[0-9A-Za-z]{36}"\}$' "$work/batch") $(wc -l <"$work/batch")" '4 4'
contains 'create --batch: message on stderr' "$work/err" 'created 4 tokens'
lacks 'create --batch: no bar without a terminal' "$work/err" '['
gives 0 'list: the tokens of a batch' list --owner bea
sed 's/[0-9A-Za-z]\{12\}$/ID/' "$work/out" >"$work/shape"
cat >"$work/want" <<'END'
Name    Description  Expiration date  Validity  Last used  id
first   Für "A"      2026-01-31       valid     never      ID
second               never            valid     never      ID
fourth               never            valid     never      ID
END
diff "$work/want" "$work/shape" >"$work/diag"
result $? 'list: the tokens of a batch, in order'
third=$(sed -n '3s/.*"token":"\(.*\)"}/\1/p' "$work/batch")
check 0 'check: a token of a batch' "$third\n"
contains 'check: of its owner, with its expiry' "$work/out" 'of bob, expires 2026-04-01T00:00:00Z'
equal 'create --batch: ids are in the order of the lines' \
    "$(sed -n '3s/^{"id":"\(.\{12\}\)".*/\1/p' "$work/batch")" "$(id_of "$third")"

# Tokens that were created but could not be printed are reported.
printf '%s' '{"owner":"unseen","name":"n"}' >"$work/in"
"$tool" create --batch <"$work/in" 2>"$work/err" >/dev/full
equal 'create --batch: a full disk: exit 3' $? 3
contains 'create --batch: a full disk: says that they were created' "$work/err" 'all 1 tokens were created'
gives 0 'list: the token exists' list --owner unseen --json
equal 'list: the token that was not printed' "$(wc -l <"$work/out")" 1
"$tool" create --batch <"$work/in" 2>"$work/err" >&-
equal 'create --batch: standard output closed: exit 3' $? 3
gives 0 'list: no further token was created' list --owner unseen --json
equal 'list: still one token' "$(wc -l <"$work/out")" 1
unread='import os, subprocess, sys; r, w = os.pipe(); os.close(r); sys.exit(subprocess.call(sys.argv[1:], stdout=w))'
"$python" -c "$unread" "$tool" create --batch <"$work/in" 2>"$work/err"
equal 'create --batch: closed pipe: exit 3' $? 3
contains 'create --batch: closed pipe: says that they were created' "$work/err" 'all 1 tokens were created'

# Many tokens, with a progress bar on a terminal.
"$python" -c 'for i in range(5000): print("{\"owner\":\"crowd\",\"name\":\"n%d\"}" % i)' >"$work/many"
# shellcheck disable=SC2016 # for the inner shell
"$python" "$here/terminal.py" '' sh -c '"$1" create --batch <"$2" >"$3"' sh "$tool" "$work/many" "$work/batch" >"$work/out"
equal 'create --batch: 5,000' "$? $(wc -l <"$work/batch") $(sort -u "$work/batch" | wc -l)" '0 5000 5000'
contains 'create --batch: a bar on a terminal' "$work/out" '########################################] 100 %'
lacks 'create --batch: no token on the terminal' "$work/out" tdh_
gives 0 'stat' stat

# ---- List and show ----

today=$(token --owner alice --name today --description 'Für "A\\B"' --expires 2026-01-01)
ninety=$(token --owner alice --name ninety --expires 90d)
never=$(token --owner alice --name never --description '' --expires never)
token --owner alice --name instant --expires 2026-06-30T14:30:00.250+02:00 >/dev/null
lost=$(token --owner alice --name lost --expires 2026-01-31)
gives 0 'revoke' revoke --owner alice "$(id_of "$lost")" --reason 'left in a train'
gives 0 'list --json' list --owner alice --json
sed 's/"id":"[0-9A-Za-z]\{12\}"/"id":"ID"/' "$work/out" >"$work/shape"
object() { # name, description, expires, expires_day, state, revoked, reason, revision if not 1: as JSON has them
    printf '{"id":"ID","owner":"alice","name":"%s","description":%s,"created":"2026-01-01T00:00:00Z",' "$1" "$2"
    printf '"expires":%s,"expires_day":%s,"state":"%s","revoked":%s,"reason":%s,"last_used":null,' "$3" "$4" "$5" "$6" "$7"
    printf '"interfaces":null,"networks":null,"data":null,"revision":%s,"suspended":false,"blocked":false,' "${8:-1}"
    printf '"superseded_until":null,"last_used_old":null,"created_by":"%s"}\n' "$me"
}
{
    object plain null null null valid null null
    object today '"Für \"A\\\\B\""' '"2026-01-02T00:00:00Z"' '"2026-01-01"' valid null null
    object ninety null '"2026-04-01T00:00:00Z"' null valid null null
    object never null null null valid null null
    object instant null '"2026-06-30T12:30:00.250Z"' null valid null null
    object lost null '"2026-02-01T00:00:00Z"' '"2026-01-31"' revoked '"2026-01-01T00:00:00Z"' '"left in a train"' 2
} >"$work/want"
diff "$work/want" "$work/shape" >"$work/diag"
result $? 'list --json: exact lines'
cat "$work/out" >>"$work/said"
"$python" -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <"$work/out" 2>"$work/diag"
result $? 'list --json: each line is JSON'
gives 0 'show --json' show --owner alice "$(id_of "$today")" --json
equal 'show --json: the same as in the list' "$(cat "$work/out")" "$(grep '"today"' "$work/said")"

now=1767312000 # a day later
gives 0 'list --state expired' list --owner alice --state expired --json
equal 'the day has ended' "$(grep -c '"name":"today".*"state":"expired"' "$work/out") $(wc -l <"$work/out")" '1 1'
now=1774972800 # 2026-03-31T16:00:00Z
gives 0 'list --state revoked' list --owner alice --state revoked --json
equal 'both revoked and expired is revoked' \
    "$(grep -c '"name":"lost".*"state":"revoked"' "$work/out") $(wc -l <"$work/out")" '1 1'
gives 0 'list --state valid' list --owner alice --state valid --json
equal 'list --state valid: the rest' "$(wc -l <"$work/out")" 4
gives 0 'list --state all' list --owner alice --state all --json
equal 'list --state all' "$(wc -l <"$work/out")" 6
for state in suspended blocked; do
    gives 0 "list --state $state" list --owner alice --state $state --json
    equal "list --state $state: none of them is" "$(wc -l <"$work/out")" 0
done
gives 0 'list --state newer' list --owner alice --state newer --json
equal 'list --state newer: this version understands them all' "$(wc -l <"$work/out")" 0
refuses 'list: unknown state' list --owner alice --state good
now=1767225600

gives 0 'list' list --owner alice
sed 's/[0-9A-Za-z]\{12\}$/ID/' "$work/out" >"$work/shape"
cat >"$work/want" <<'END'
Name     Description  Expiration date           Validity  Last used  id
plain                 never                     valid     never      ID
today    Für "A\\B"   2026-01-01                valid     never      ID
ninety                2026-04-01T00:00:00Z      valid     never      ID
never                 never                     valid     never      ID
instant               2026-06-30T12:30:00.250Z  valid     never      ID
lost                  2026-01-31                revoked   never      ID
END
diff "$work/want" "$work/shape" >"$work/diag"
result $? 'list: exact table'
cat "$work/out" >>"$work/said"

token --owner wide --name '日本語トークン' --description 'Import für Zürich' >/dev/null
token --owner wide --name "$(printf 'e\314\201cole')" --description "$(printf '\360\237\232\200 rocket')" >/dev/null
token --owner wide --name short --description "$(printf '%070d' 0)" >/dev/null
gives 0 'list: wide characters' list --owner wide
sed 's/[0-9A-Za-z]\{12\}$/ID/' "$work/out" >"$work/shape"
{
    printf 'Name            Description%51sExpiration date  Validity  Last used  id\n' ''
    printf '日本語トークン  Import für Zürich%45snever            valid     never      ID\n' ''
    printf 'e\314\201cole           \360\237\232\200 rocket%53snever            valid     never      ID\n' ''
    printf 'short           %059d…  never            valid     never      ID\n' 0
} >"$work/want"
diff "$work/want" "$work/shape" >"$work/diag"
result $? 'list: aligned by the width of characters, long descriptions cut'

gives 0 'list: an owner without tokens' list --owner nobody
equal 'list: an owner without tokens has a head' "$(wc -l <"$work/out")" 1
gives 0 'list --json: an owner without tokens' list --owner nobody --json
equal 'list --json: an owner without tokens has no line' "$(wc -c <"$work/out")" 0
gives 0 'list with a verify-only keyring' list -k "$work/verify" --owner alice

gives 0 'show' show --owner alice "$(id_of "$lost")"
contains 'show: the day and its end' "$work/out" '2026-01-31, at the end of that day in UTC: 2026-02-01T00:00:00Z'
contains 'show: reason' "$work/out" 'left in a train'
gives 0 'show with a verify-only keyring' show -k "$work/verify" --owner alice "$(id_of "$lost")"
gives 1 'show: no such id' show --owner alice 000000000000
gives 1 'show: of another owner' show --owner bob "$(id_of "$lost")"
gives 2 'show: not an id' show --owner alice 0000
refuses 'show: empty id' show --owner alice ''
refuses 'keys list: empty path' keys list ''
refuses 'show: no id' show --owner alice
refuses 'show: two ids' show --owner alice 000000000000 000000000000

long=$(printf '%01000d' 0)
i=0
while [ $i -lt 101 ]; do
    run create --owner many --name "n$i" --description "$long"
    i=$((i + 1))
    now=$((now + 1))
done
now=1767225600
gives 0 'list: more than a page' list --owner many --json
equal 'list: every page' "$(wc -l <"$work/out")" 101
equal 'list: in order, each once' "$(sed 's/.*"name":"n\([0-9]*\)".*/\1/' "$work/out" | tr '\n' ' ')" "$(seq -s ' ' 0 100) "
gives 0 'list: more than a page as a table' list --owner many
equal 'list: every page in the table' "$(wc -l <"$work/out")" 102

# ---- Check ----

check 0 'check: good' "$plain"
contains 'check: names the owner' "$work/out" alice
check 0 'check: LF' "$plain\n"
check 0 'check: CR LF' "$plain\r\n"
hint() { # words of the hint, text for stdin as a format of printf
    check 1 "check: $1" "$2"
    contains "check: $1: standard error says so" "$work/err" "apitoken: the text is not a token: $1"
    equal "check: $1: in one line" "$(wc -l <"$work/err")" 1
    lacks "check: $1: without the text" "$work/err" "$plain"
}
hint 'there is a quote in it' "\"$plain\"\n"
hint 'there is a quote in it' "'$plain'\n"
hint 'it begins with the word Bearer' "Bearer $plain\n"
hint 'it begins with the name of the header' "Authorization: Bearer $plain\n"
hint 'there is a byte order mark in it' "\357\273\277$plain\r\n"
hint 'there is a line end in it' "$plain\n\n"
hint 'there is a blank before or after it' " $plain"
hint 'there is a blank in it' "tdh_ $plain"
hint 'there is a character in it that no token has' "$plain\\000"
check 1 'check: cut off: no hint' "${plain%?}"
equal 'check: cut off: no hint on standard error' "$(cat "$work/err")" ''
check 1 'check: two line ends' "$plain\n\n"
check 1 'check: CR alone' "$plain\r"
check 1 'check: blank before' " $plain"
check 1 'check: blank after' "$plain \n"
check 1 'check: two tokens' "$plain\n$never\n"
check 1 'check: NUL behind it' "$plain\\000"
check 1 'check: garbage' 'garbage'
check 1 'check: cut off' "${plain%?}"
check 2 'check: empty' ''
check 2 'check: a line end alone' '\n'
check 2 'check: CR LF alone' '\r\n'
check 1 'check: revoked' "$lost\n"
contains 'check: says revoked' "$work/out" revoked
head -c 1000000 /dev/zero | tr '\0' a >"$work/in"
run check <"$work/in"
equal 'check: far too long' $? 1
{ printf %s "$plain"; head -c 1000000 /dev/zero; } >"$work/in"
run check <"$work/in"
equal 'check: a valid beginning, much too long' $? 1
now=1767311999
check 0 'check: last second of the day' "$today\n"
gives 0 'show: after a check' show --owner alice "$(id_of "$today")"
contains 'show: when it was last used' "$work/out" 2026-01-01T23:59:00Z
gives 0 'show --json: after a check' show --owner alice "$(id_of "$today")" --json
contains 'show --json: when it was last used' "$work/out" '"last_used":"2026-01-01T23:59:00Z",'
gives 0 'list: after a refused check' list --owner alice --json --state revoked
contains 'list: a refused check does not count as a use' "$work/out" '"last_used":null,'
now=1767312000
check 1 'check: first second of the next day' "$today\n"
contains 'check: says expired' "$work/out" expired
now=1767225600
refuses 'check: token as an operand' check "$plain"
lacks 'check: an operand is not repeated' "$work/err" "$(id_of "$plain")"
refuses 'check: token behind an unknown option' check "--token=$plain"
lacks 'check: the value of an unknown option is not repeated' "$work/err" "$(id_of "$plain")"
refuses 'check: token as a command' "$plain"
lacks 'check: a word that is no command is not repeated' "$work/err" "$(id_of "$plain")"
printf %s "$plain" >"$work/in"
gives 0 'check with a verify-only keyring' check -k "$work/verify" <"$work/in"
gives 3 'check: no store' check -s "$work/none" <"$work/in"
gives 3 'check: no keys' check -k "$work/none" <"$work/in"
run check <&-
equal 'check: stdin closed' $? 2

# ---- Copy ----

gives 1 'copy: policy once' copy --owner alice "$(id_of "$plain")"
equal 'copy: policy once, nothing on stdout' "$(cat "$work/out")" ''
gives 0 'copy: masked works for policy once' copy --owner alice "$(id_of "$plain")" --format masked
equal 'copy: masked' "$(cat "$work/out")" "tdh_1$(id_of "$plain")…"
gives 0 'copy: masked with a verify-only keyring' copy -k "$work/verify" --owner alice "$(id_of "$plain")" --format masked

always=$work/always
gives 0 'init --copy always' init -s "$always" --copy always --prefix txa --zone Europe/Berlin
keep=$(token -s "$always" --owner alice --name keep)
equal 'init --prefix' "${keep%%_*}" txa
for pair in "plain:$keep" "bearer:Bearer $keep" "header:Authorization: Bearer $keep" "env:API_TOKEN=$keep" \
    "curl:header = \"Authorization: Bearer $keep\"" "masked:txa_1$(id_of "$keep")…"; do
    run copy -s "$always" --owner alice "$(id_of "$keep")" --format "${pair%%:*}"
    equal "copy --format ${pair%%:*}" "$(cat "$work/out")" "${pair#*:}"
done
run copy -s "$always" --owner alice "$(id_of "$keep")"
equal 'copy: plain is the default' "$(cat "$work/out")" "$keep"
refuses 'copy: unknown format' copy -s "$always" --owner alice "$(id_of "$keep")" --format xml
contains 'copy: names the formats' "$work/err" 'plain, bearer'
gives 1 'copy: of another owner' copy -s "$always" --owner bob "$(id_of "$keep")"
gives 1 'copy: no such id' copy -s "$always" --owner alice 000000000000
gives 3 'copy with a verify-only keyring' copy -s "$always" -k "$work/verify" --owner alice "$(id_of "$keep")"
gives 0 'revoke in the other store' revoke -s "$always" --owner alice "$(id_of "$keep")"
gives 1 'copy: revoked' copy -s "$always" --owner alice "$(id_of "$keep")"

# ---- Days in a zone ----

ends() { # day, first instant after it
    id=$(id_of "$(token -s "$always" --owner zone --name "$1" --expires "$1")")
    run show -s "$always" --owner zone "$id" --json
    equal "Europe/Berlin: $1 ends" "$(sed 's/.*"expires":"\([^"]*\)".*"expires_day":"\([^"]*\)".*/\1 \2/' "$work/out")" "$2 $1"
}
ends 2026-03-28 2026-03-28T23:00:00Z
ends 2026-03-29 2026-03-29T22:00:00Z
ends 2026-10-24 2026-10-24T22:00:00Z
ends 2026-10-25 2026-10-25T23:00:00Z
spring=$(token -s "$always" --owner zone --name spring --expires 2026-03-29)
APITOKEN_STORE=$always
now=1774821599
check 0 'Europe/Berlin: last second of the short day' "$spring"
now=1774821600
check 1 'Europe/Berlin: first second of the day after it' "$spring"
now=1767225600
APITOKEN_STORE=$store

# ---- Revoke ----

gives 1 'revoke: no such id' revoke --owner alice 000000000000 --yes
gives 1 'revoke: of another owner' revoke --owner bob "$(id_of "$plain")" --yes
gives 2 'revoke: not an id' revoke --owner alice abc --yes
refuses 'revoke: empty reason' revoke --owner alice "$(id_of "$plain")" --reason ''
refuses 'revoke: control character in a reason' revoke --owner alice "$(id_of "$plain")" --reason "$(printf 'a\tb')"
gives 3 'revoke with a verify-only keyring' revoke -k "$work/verify" --owner alice "$(id_of "$plain")"
check 0 'revoke: what was refused changed nothing' "$plain"
gives 0 'revoke again' revoke --owner alice "$(id_of "$lost")" --reason other
gives 0 'show after revoke again' show --owner alice "$(id_of "$lost")"
contains 'revoke again: the first reason is kept' "$work/out" 'left in a train'
printf 'n\n' >"$work/in"
gives 0 'revoke: no question without a terminal' revoke --owner alice "$(id_of "$ninety")" <"$work/in"
check 1 'revoke without a terminal' "$ninety"

printf 'n\n' | on_terminal 'Permanently revoke' revoke --owner alice "$(id_of "$plain")"
equal 'revoke on a terminal: no' $? 1
contains 'revoke on a terminal: names the token' "$work/out" '"plain"'
check 0 'revoke on a terminal: no revokes nothing' "$plain"
printf '\004' | on_terminal 'Permanently revoke' revoke --owner alice "$(id_of "$plain")"
equal 'revoke on a terminal: end of input' $? 1
check 0 'revoke on a terminal: end of input revokes nothing' "$plain"
printf '\n' | on_terminal 'Permanently revoke' revoke --owner alice "$(id_of "$plain")"
equal 'revoke on a terminal: an empty line' $? 1
on_terminal '' revoke --owner alice 000000000000
equal 'revoke on a terminal: an unknown token' $? 1
lacks 'revoke on a terminal: does not ask about an unknown token' "$work/out" 'Permanently revoke'
printf 'y\n' | on_terminal 'Permanently revoke' revoke --owner alice "$(id_of "$plain")"
equal 'revoke on a terminal: yes' $? 0
check 1 'revoke on a terminal: yes revokes' "$plain"
on_terminal '' revoke --owner alice "$(id_of "$never")" --yes
equal 'revoke on a terminal: --yes' $? 0
lacks 'revoke on a terminal: --yes does not ask' "$work/out" 'Permanently revoke'

# ---- Check a store, back it up, restore it ----

good=$(token --owner recovery --name good)
since=$(token --owner recovery --name since)
since_id=$(id_of "$since")
gives 0 'fsck: a sound store' fsck
equal 'fsck: says so' "$(cat "$work/out")" 'sound'
gives 0 'backup' backup "$work/backup"
gives 2 'backup never overwrites' backup "$work/backup"
contains 'backup never overwrites: names it' "$work/err" "$work/backup"
refuses 'backup without a place' backup
gives 0 'fsck of the backup' fsck -s "$work/backup"
gives 0 'revoke since the backup' revoke --owner recovery --yes "$since_id"
refuses 'restore: contradictory options' restore --revoke-all --accept-lost-revocations "$work/backup"
gives 3 'restore: no such backup' restore "$work/none"
gives 0 'restore' restore "$work/backup"
equal 'restore: prints what it carried over' \
    "$(awk '/^(carried over|revoked now|gone|proven) / { print $NF }' "$work/out" | tr '\n' ' ')" '1 0 0 yes '
check 1 'restore: the revoked token stays revoked' "$since"
check 0 'restore: the other token is valid' "$good"
gives 2 'restore never overwrites what it kept' restore "$work/backup"
rm -r "$store.replaced"
run log --json
contains 'restore: the log has it, with the login name' "$work/out" '"verb":"restore","owner":null,"id":null,"actor":"tool:'
gives 0 'update for compact' update --owner recovery --description 'a text that is replaced' "$(id_of "$good")"
gives 0 'update for compact: again' update --owner recovery --description 'another' "$(id_of "$good")"
contains 'compact: the replaced text is still in the file' "$store/data.mdb" 'a text that is replaced'
run policy set audit-retention=0
gives 0 'compact' compact --actor operator
lacks 'compact: the old data is gone' "$store.compact-old/data.mdb" 'a text that is replaced'
[ ! -e "$store.compact-old" ]
result $? 'compact leaves no old store'
check 0 'compact: the token is valid' "$good"
gives 0 'fsck after compact' fsck
gives 2 'compact refuses operands' compact it
mv "$store" "$work/kept"
gives 1 'restore without a store' restore "$work/backup"
contains 'restore without a store: names the options' "$work/err" '--revoke-all'
[ ! -e "$store" ]
result $? 'restore without a store: creates nothing'
gives 0 'restore: revoke all' restore --revoke-all "$work/backup"
check 1 'restore: all are revoked' "$good"
rm -r "$store" && cp -r "$work/backup" "$store"
gives 0 'create after the copy' create --owner recovery --name another
cp "$work/backup/data.mdb" "$store/data.mdb"
gives 1 'fsck: rolled back' fsck
contains 'fsck: says rolled back' "$work/out" 'rolled back'
gives 0 'fsck: accepted' fsck --accept-rollback
gives 0 'fsck: sound again' fsck
truncate -s 8192 "$store/data.mdb"
gives 1 'fsck: cut off' fsck
contains 'fsck: says files' "$work/out" 'files: '
rm -r "$store" && mv "$work/kept" "$store"
gives 3 'fsck: no store there' fsck -s "$work/none"

# ---- Check and colour on a terminal ----

typed=$(token --owner alice --name typed)
printf '%s\n' "$typed" | on_terminal 'Token: ' check
equal 'check on a terminal' $? 0
lacks 'check on a terminal: the token is not shown' "$work/out" "$typed"
contains 'check on a terminal: echo is on afterwards' "$work/out" '[echo on]'
printf '\003' | on_terminal 'Token: ' check
equal 'check on a terminal: interrupted' $? 130
contains 'check on a terminal: interrupted, echo is on afterwards' "$work/out" '[echo on]'
printf '\n' | on_terminal 'Token: ' check
equal 'check on a terminal: nothing typed' $? 2

green=$(printf '\033[32mvalid')
export TERM=xterm
on_terminal '' list --owner alice
contains 'colour on a terminal' "$work/out" "$green"
export NO_COLOR=''
on_terminal '' list --owner alice
contains 'empty NO_COLOR' "$work/out" "$green"
export NO_COLOR=1
on_terminal '' list --owner alice
lacks 'NO_COLOR' "$work/out" "$(printf '\033')"
unset NO_COLOR
TERM=dumb
on_terminal '' list --owner alice
lacks 'TERM=dumb' "$work/out" "$(printf '\033')"
TERM=xterm
run list --owner alice
lacks 'no colour in a pipe' "$work/out" "$(printf '\033')"

# ---- The command line ----

refuses 'no command'
refuses 'unknown command' frobnicate
refuses 'half a command' keys
refuses 'unknown long option' list --owner alice --nothing
refuses 'unknown short option' list --owner alice -x
refuses 'unknown option of two lines' list --owner alice '--no
thing'
refuses 'option of another command' list --owner alice --yes
refuses 'option given twice' list --owner alice --owner bob
refuses 'global option given twice' -s "$store" stat --store "$store"
refuses 'missing value' list --owner
contains 'missing value: says what to give' "$work/err" 'give --owner OWNER'
refuses 'missing value of a short option' stat -s
refuses 'value for an option without one' list --owner alice --json=yes
refuses 'option that fits several' list --owner alice --st all
refuses 'surplus operand' list --owner alice more
refuses 'missing operand' keys export-verify "$keys"
refuses 'empty path' stat -s ''
gives 0 'options behind the command' stat -s "$store" -k "$keys"
gives 0 'options before the command' --store="$store" -k "$keys" stat
gives 0 'options among the words' keys -k none list "$keys"
export POSIXLY_CORRECT=1
gives 0 'POSIXLY_CORRECT changes nothing' stat -s "$store"
unset POSIXLY_CORRECT
gives 0 'operands behind --' show --owner alice -- "$(id_of "$never")"
gives 0 'option before variable' stat -s "$always"
contains 'option before variable: it is that store' "$work/out" txa

gives 0 '--version' --version
contains '--version: prints it' "$work/out" "apitoken "
gives 0 '-V among others' list -V
for arguments in help --help -h 'help list' 'list --help' 'help keys' 'keys create -h' 'create --owner x --help'; do
    # shellcheck disable=SC2086 # several words on purpose
    gives 0 "$arguments" $arguments
    contains "$arguments: usage on stdout" "$work/out" 'usage: apitoken'
    equal "$arguments: nothing on stderr" "$(cat "$work/err")" ''
done
refuses 'help: unknown command' help frobnicate
refuses 'help: too much' help keys create more

# ---- Output that cannot be written ----

full() { # name, arguments
    name=$1
    shift
    "$tool" "$@" >/dev/full 2>"$work/err"
    got=$?
    cat "$work/err" >>"$work/said"
    cp "$work/err" "$work/diag"
    equal "full disk: $name" "$got" 3
    contains "full disk: $name reports it" "$work/err" 'cannot write'
}
full help help
full list list --owner alice
full json list --owner alice --json
full stat stat
full create create --owner full --name unseen
run list --owner full --json
id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' "$work/out")
contains 'full disk: create says which token to revoke' "$work/said" "token $id was created but could not be printed"
printf '%s\n' "$typed" >"$work/in"
"$tool" check >/dev/full 2>"$work/err" <"$work/in"
equal 'full disk: check' $? 3
"$tool" list --owner alice >&- 2>"$work/err"
equal 'stdout closed' $? 3
{ (trap '' PIPE; "$tool" list --owner many --json 2>"$work/err"; echo $? >"$work/code") } | :
equal 'a closed pipe ends the tool by SIGPIPE' "$(cat "$work/code")" 141

# ---- Completion ----

offers() { # the words of the line; prints what bash offers for the last one
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _apitoken; printf "%s\n" "${COMPREPLY[@]}"' \
        bash "$completion" apitoken "$@" | LC_ALL=C sort | tr '\n' ' '
}
options_of() { # words of a command; its options by the tool's own help
    run help "$@"
    { sed -n 's/^  .*\(--[a-z-]*\) .*/\1/p' "$work/out"; printf '%s\n' --any-filesystem --help --version; } |
        LC_ALL=C sort -u | tr '\n' ' '
}
run help
equal 'completion: commands' "$(offers '')" \
    "$(sed -n '/^  [a-z]/s/^  \([a-z]*\).*/\1/p' "$work/out" | LC_ALL=C sort -u | tr '\n' ' ')"
equal 'completion: keys' "$(offers keys '')" "$(sed -n 's/^  keys \([a-z-]*\).*/\1/p' "$work/out" | LC_ALL=C sort | tr '\n' ' ')"
for command in init create list show copy update rotate suspend resume revoke unrevoke block unblock purge policy grow \
    check stat compact fsck; do
    equal "completion: options of $command" "$(offers "$command" --)" \
        "$(options_of "$command")"
done
equal 'completion: values' "$(offers list --owner x --state '')" 'all blocked expired newer revoked suspended valid '
equal 'completion: values of --reason-code' "$(offers revoke --owner x --reason-code '')" 'admin exposed owner-gone superseded '
equal 'completion: --grace takes a value' "$(offers rotate --owner x --grace '')" '0 12h 1h 30d '
equal 'completion: options behind an id' "$(offers update 000000000000 --re)" '--revision --revive '
equal 'completion: values behind =' "$(offers init --copy = o)" 'once '
equal 'completion: values of options are no commands' "$(offers -s list cr)" 'create '

finish
