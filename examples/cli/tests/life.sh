#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests of how the tool apitoken restricts and changes a token, as TAP: life.sh TOOL FAKE_CLOCK PYTHON
# shellcheck disable=SC2034 # for support.sh
tool=$1 fake_clock=$2 python=$3
# shellcheck source=examples/cli/tests/support.sh
. "$(dirname "$0")/support.sh"

long() { # number, character: a text of so many of them
    head -c "$1" /dev/zero | tr '\0' "$2"
}

value() { # key, owner, id: what show --json has
    run show --json --owner "$2" "$3"
    "$python" -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[sys.argv[1]], ensure_ascii=False))' "$1" <"$work/out"
}

has() { # name, id, pairs of key and JSON value; the owner is alice
    name=$1 id=$2
    shift 2
    while [ $# -gt 0 ]; do
        equal "$name: $1" "$(value "$1" alice "$id")" "$2"
        shift 2
    done
}

checks() { # exit code, name, token, options of check
    want=$1 name=$2
    printf '%s\n' "$3" >"$work/in"
    shift 3
    run check "$@" <"$work/in"
    got=$?
    cat "$work/out" >>"$work/said"
    { echo "exit $got instead of $want: check $*"; cat "$work/out" "$work/err"; } >"$work/diag"
    [ "$got" -eq "$want" ]
    result $? "$name"
}

rotated() { # arguments of rotate; prints the token, adds its secret part to the file secrets
    run rotate --owner alice "$@" || return
    made=$(cat "$work/out")
    secret=${made#*_1????????????}
    printf '%s\n' "${secret%??????}" >>"$work/secrets"
    printf '%s\n' "$made"
}

APITOKEN_KEYS=$work/keys APITOKEN_STORE=$work/store
export APITOKEN_KEYS APITOKEN_STORE
gives 0 'keys create' keys create "$APITOKEN_KEYS"
gives 0 'keys export-verify' keys export-verify "$APITOKEN_KEYS" "$work/verify"
gives 0 'init' init --map-size 16M

# ---- Create with restrictions ----

narrow=$(token --owner alice --name narrow --interfaces cbcr,vat/v1 --networks 10.0.0.0/8,2001:DB8:0::/32,192.0.2.7 \
    --data 'für A')
narrow_id=$(id_of "$narrow")
has 'create with restrictions' "$narrow_id" interfaces '["cbcr", "vat/v1"]' \
    networks '["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]' data '"für A"' revision 1 state '"valid"'
gives 0 'show: restrictions' show --owner alice "$narrow_id"
contains 'show: interfaces' "$work/out" 'interfaces    cbcr,vat/v1'
contains 'show: networks' "$work/out" 'networks      10.0.0.0/8,2001:db8::/32,192.0.2.7'
contains 'show: data' "$work/out" 'data          für A'
contains 'show: revision' "$work/out" 'revision      1'
wide=$(token --owner alice --name wide --interfaces all --networks any --data '')
has 'create: the words for no restriction' "$(id_of "$wide")" interfaces null networks null data null
gives 0 'show: no restriction' show --owner alice "$(id_of "$wide")"
equal 'show: the words for no restriction' \
    "$(awk '/^(interfaces|networks|data) / { print $2 }' "$work/out" | tr '\n' ' ')" 'all any '
odd=$(token --owner alice --name odd --data "$(printf 'a\033[31m\377')")
has 'create: data that is no text' "$(id_of "$odd")" data '{"base64": "YRtbMzFt/w=="}'
gives 0 'show: data that is no text' show --owner alice "$(id_of "$odd")"
contains 'show: data that is no text is in base64' "$work/out" 'data          base64 YRtbMzFt/w=='
full=$(token --owner alice --name full --data "$(long 128 d)" --interfaces "$(seq -s , -f "$(long 62 i)%02g" 1 16)" \
    --networks "$(seq -s , -f '10.0.0.%g' 1 16)")
has 'create: as much as there may be' "$(id_of "$full")" data "\"$(long 128 d)\""

for bad in ',' 'a,' ',a' 'a,,b' 'a,a' 'a b' ' a' 'a;b' 'ä' "$(long 65 i)" "$(seq -s , 1 17)"; do
    refuses "create: interfaces: $bad" create --owner alice --name n --interfaces "$bad"
    contains "create: interfaces: $bad: names the option" "$work/err" '--interfaces'
done
for bad in ',' '10.0.0.1/8' '10.0.0.0/33' '10.0.0.0/' '10.0.0/8' '010.0.0.0/8' '10.0.0.0/08' '2001:db8::1/32' '2001:db8::/129' \
    'fe80::%lo/10' '::ffff:0:0/95' 'host.example' '10.0.0.0/8,10.0.0.0/8' '10.0.0.0/8 ' "$(seq -s , -f '10.0.0.%g' 1 17)"; do
    refuses "create: networks: $bad" create --owner alice --name n --networks "$bad"
    contains "create: networks: $bad: names the option" "$work/err" '--networks'
done
refuses 'create: empty interfaces' create --owner alice --name n --interfaces ''
refuses 'create: empty networks' create --owner alice --name n --networks=
refuses 'create: 129 bytes of data' create --owner alice --name n --data "$(long 129 d)"
contains 'create: 129 bytes of data: names the option' "$work/err" '--data'
gives 0 'list: a refused token does not exist' list --owner alice --json
equal 'list: the tokens that were not refused' "$(wc -l <"$work/out")" 4

batch() { # exit code, name, line, arguments
    want=$1 name=$2
    printf '%s\n' "$3" >"$work/in"
    shift 3
    run create --batch "$@" <"$work/in"
    got=$?
    { echo "exit $got instead of $want"; cat "$work/out" "$work/err"; } >"$work/diag"
    [ "$got" -eq "$want" ]
    result $? "create --batch: $name"
}
batch 0 'restrictions' '{"owner":"alice","name":"b","interfaces":"x,y","networks":"::/0","data":"d"}' --actor import
batch_id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' "$work/out")
has 'create --batch: restrictions' "$batch_id" interfaces '["x", "y"]' networks '["::/0"]' data '"d"' created_by '"import"'
batch 0 'no restriction' '{"owner":"alice","name":"b","interfaces":"all","networks":"any","data":""}'
batch_id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' "$work/out")
has 'create --batch: no restriction' "$batch_id" interfaces null networks null data null created_by "\"$me\""
batch 0 'null' '{"owner":"alice","name":"b","interfaces":null,"networks":null,"data":null}'
for bad in '"interfaces":""' '"networks":""' '"interfaces":["x"]' '"interfaces":"x,x"' '"networks":"10.0.0.1/8"' '"data":1' \
    "\"data\":\"$(long 129 d)\"" '"interface":"x"'; do
    batch 2 "refused: $bad" "{\"owner\":\"carol\",\"name\":\"b\",$bad}"
    contains "create --batch: refused: $bad: names the line" "$work/err" 'line 1: '
done
batch 2 'a bad actor' '{"owner":"carol","name":"b"}' --actor ' x'
gives 0 'list: no token of a refused batch' list --owner carol --json
equal 'list: no token of a refused batch exists' "$(wc -c <"$work/out")" 0

# ---- Actor ----

has 'without --actor the login name' "$narrow_id" created_by "\"$me\""
USER=mallory LOGNAME=mallory
export USER LOGNAME
other=$(token --owner alice --name other)
has 'the environment does not matter' "$(id_of "$other")" created_by "\"$me\""
named=$(token --owner alice --name named --actor 'Jörg (ops)')
has '--actor' "$(id_of "$named")" created_by '"Jörg (ops)"'
gives 0 'show: who created it' show --owner alice "$(id_of "$named")"
contains 'show: names who created it' "$work/out" 'created by    Jörg (ops)'
for command in create update rotate suspend resume revoke; do
    case $command in
    create) set -- --name n ;;
    update) set -- --name n "$narrow_id" ;;
    *) set -- "$narrow_id" ;;
    esac
    for bad in "$(printf 'a\nb')" "$(long 129 a)" ' a' 'a ' "$(printf '\377')"; do
        refuses "$command: a bad actor" "$command" --owner alice --actor "$bad" "$@"
        contains "$command: a bad actor: names the option" "$work/err" '--actor'
    done
    refuses "$command: an empty actor" "$command" --owner alice --actor '' "$@"
done
for command in list 'show 000000000000' 'copy 000000000000'; do
    # shellcheck disable=SC2086 # the id is a word of its own
    refuses "$command: has no actor" $command --owner alice --actor x
done
has 'a refused change changes nothing' "$narrow_id" revision 1 state '"valid"'

# ---- Check at an interface, from a network ----

checks 0 'check: its interface, its network' "$narrow" --interface cbcr --peer 10.200.0.1
checks 0 'check: the other interface, an IPv6 address' "$narrow" --interface vat/v1 --peer 2001:db8:ffff::1
checks 0 'check: an IPv4-mapped address' "$narrow" --interface cbcr --peer ::ffff:192.0.2.7
checks 1 'check: another interface' "$narrow" --interface CBCR --peer 10.0.0.1
contains 'check: says that it is the interface' "$work/out" 'interface'
checks 1 'check: no interface' "$narrow" --peer 10.0.0.1
checks 1 'check: a list of interfaces is none of them' "$narrow" --interface cbcr,vat/v1 --peer 10.0.0.1
checks 1 'check: another network' "$narrow" --interface cbcr --peer 192.0.2.8
contains 'check: says that it is the address' "$work/out" 'address'
checks 1 'check: no peer' "$narrow" --interface cbcr
checks 1 'check: neither' "$narrow"
checks 0 'check: a token without restrictions' "$wide"
checks 0 'check: a token without restrictions, at an interface' "$wide" --interface cbcr --peer 198.51.100.1
for bad in 10.0.0 10.0.0.0/8 1.2.3.4.5 256.0.0.1 01.2.3.4 fe80::1%lo ::g 'x' ' 10.0.0.1' localhost; do
    printf '%s\n' "$narrow" >"$work/in"
    refuses "check: bad peer: $bad" check --interface cbcr --peer "$bad" <"$work/in"
    contains "check: bad peer: $bad: names the option" "$work/err" '--peer'
done
refuses 'check: empty peer' check --peer ''
refuses 'check: empty interface' check --interface ''
checks 0 'check with a verify-only keyring' "$narrow" -k "$work/verify" --interface cbcr --peer 10.0.0.1
fresh=$(token --owner alice --name fresh --interfaces a)
checks 1 'check: denied for its interface' "$fresh"
has 'check: a denial is no use' "$(id_of "$fresh")" last_used null

# ---- Update ----

change() { # exit code, name, arguments of update
    want=$1 name=$2
    shift 2
    gives "$want" "update: $name" update --owner alice "$narrow_id" "$@"
}
change 0 name --name 'new name'
equal 'update: nothing on stdout' "$(cat "$work/out")" ''
contains 'update: says which revision there is now' "$work/err" "updated token $narrow_id, now at revision 2"
has 'update: name' "$narrow_id" name '"new name"' revision 2 interfaces '["cbcr", "vat/v1"]' data '"für A"' description null
change 0 'nothing new' --name 'new name'
has 'update: nothing new is no change' "$narrow_id" revision 2
change 0 'several at once' --description 'what for' --interfaces cbcr --networks 192.0.2.0/24 --data 12 \
    --expires 2026-12-31 --actor ops
has 'update: several at once' "$narrow_id" description '"what for"' interfaces '["cbcr"]' networks '["192.0.2.0/24"]' \
    data '"12"' expires_day '"2026-12-31"' revision 3 created_by "\"$me\""
checks 1 'update: an interface that was taken away' "$narrow" --interface vat/v1 --peer 192.0.2.1
checks 1 'update: a network that was taken away' "$narrow" --interface cbcr --peer 10.0.0.1
checks 0 'update: what is left' "$narrow" --interface cbcr --peer 192.0.2.1
change 0 'no restriction' --interfaces all --networks any --data '' --description ''
has 'update: no restriction' "$narrow_id" interfaces null networks null data null description null revision 4
checks 0 'update: no restriction: valid everywhere' "$narrow"
change 1 'another revision' --revision 3 --name other
contains 'update: another revision: says which' "$work/err" 'its revision is 4, not 3'
change 1 'a revision that is to come' --revision 5 --name other
refuses 'update: it has no --suspend' update --owner alice "$narrow_id" --suspend
change 0 'the same revision' --revision 4 --expires never
has 'update: the same revision' "$narrow_id" revision 5 expires null name '"new name"'
for bad in 0 -1 +5 5x '5 ' 4294967296 18446744073709551621 five 05x; do
    refuses "update: bad revision: $bad" update --owner alice "$narrow_id" --name x --revision "$bad"
    contains "update: bad revision: $bad: names the option" "$work/err" '--revision'
done
refuses 'update: nothing to change' update --owner alice "$narrow_id"
refuses 'update: a revision alone' update --owner alice "$narrow_id" --revision 5
refuses 'update: --revive alone' update --owner alice "$narrow_id" --revive
refuses 'update: --revive without an end' update --owner alice "$narrow_id" --revive --name x
refuses 'update: no id' update --owner alice --name x
refuses 'update: no owner' update "$narrow_id" --name x
refuses 'update: empty name' update --owner alice "$narrow_id" --name ''
refuses 'update: empty interfaces' update --owner alice "$narrow_id" --interfaces ''
refuses 'update: empty networks' update --owner alice "$narrow_id" --networks ''
refuses 'update: name of 101 bytes' update --owner alice "$narrow_id" --name "$(long 101 n)"
refuses 'update: line feed in a description' update --owner alice "$narrow_id" --description "$(printf 'a\nb')"
refuses 'update: 30 February' update --owner alice "$narrow_id" --expires 2026-02-30
refuses 'update: yesterday' update --owner alice "$narrow_id" --expires 2025-12-31
refuses 'update: bad interfaces' update --owner alice "$narrow_id" --interfaces 'a a'
refuses 'update: bad networks' update --owner alice "$narrow_id" --networks 10.0.0.1/8
refuses 'update: too much data' update --owner alice "$narrow_id" --data "$(long 129 d)"
gives 2 'update: not an id' update --owner alice abc --name x
gives 1 'update: no such id' update --owner alice 000000000000 --name x
gives 1 'update: of another owner' update --owner bob "$narrow_id" --name x
gives 3 'update with a verify-only keyring' update -k "$work/verify" --owner alice "$narrow_id" --name x
has 'update: what was refused changed nothing' "$narrow_id" revision 5 name '"new name"' interfaces null networks null data null
gives 0 'update: another token of the owner' update --owner alice "$(id_of "$wide")" --name 'new name'

change 0 'an earlier end' --expires 2026-01-01T00:00:10Z
now=1767225610
checks 1 'update: an earlier end denies' "$narrow"
contains 'update: an earlier end: expired' "$work/out" expired
change 1 'an expired token' --expires 90d
contains 'update: an expired token: says so' "$work/err" APITOKEN_E_CHANGE_EXPIRED
has 'update: an expired token keeps its end' "$narrow_id" expires '"2026-01-01T00:00:10Z"' state '"expired"'
change 0 'the name of an expired token' --name 'too late'
change 0 'an expired token is revived' --expires 90d --revive
checks 0 'update: an expired token is revived: valid' "$narrow"
now=1767225600

# ---- Suspend and resume ----

gives 0 'suspend' suspend --owner alice "$narrow_id"
equal 'suspend: nothing on stdout' "$(cat "$work/out")" ''
contains 'suspend: says so' "$work/err" "suspended token $narrow_id"
checks 1 'suspend: denied' "$narrow"
contains 'suspend: check says so' "$work/out" suspended
has 'suspend' "$narrow_id" state '"suspended"' suspended true blocked false
gives 0 'list: a suspended token' list --owner alice
equal 'list: shows it as suspended' "$(grep -c "  suspended  .*$narrow_id" "$work/out")" 1
gives 0 'show: a suspended token' show --owner alice "$narrow_id"
equal 'show: validity and suspended' "$(awk '/^(validity|suspended) / { print $2 }' "$work/out" | tr '\n' ' ')" 'suspended yes '
gives 0 'list --state suspended' list --owner alice --state suspended --json
equal 'list --state suspended: it alone' "$(grep -c "$narrow_id" "$work/out") $(wc -l <"$work/out")" '1 1'
gives 0 'list --state valid' list --owner alice --state valid --json
lacks 'list --state valid: not it' "$work/out" "$narrow_id"
revision=$(value revision alice "$narrow_id")
gives 0 'suspend again' suspend --owner alice "$narrow_id"
has 'suspend again changes nothing' "$narrow_id" revision "$revision"
change 0 'a suspended token' --name 'still suspended'
has 'update: it stays suspended' "$narrow_id" state '"suspended"'
gives 0 'resume' resume --owner alice "$narrow_id" --actor ops
contains 'resume: says so' "$work/err" "resumed token $narrow_id"
checks 0 'resume: valid' "$narrow"
has 'resume' "$narrow_id" state '"valid"' suspended false
gives 0 'resume again' resume --owner alice "$narrow_id"
for command in suspend resume; do
    gives 1 "$command: no such id" "$command" --owner alice 000000000000
    gives 1 "$command: of another owner" "$command" --owner bob "$narrow_id"
    gives 2 "$command: not an id" "$command" --owner alice abc
    refuses "$command: no id" "$command" --owner alice
    refuses "$command: no owner" "$command" "$narrow_id"
    refuses "$command: two ids" "$command" --owner alice "$narrow_id" "$narrow_id"
    refuses "$command: has no --name" "$command" --owner alice "$narrow_id" --name x
    gives 3 "$command with a verify-only keyring" "$command" -k "$work/verify" --owner alice "$narrow_id"
done
checks 0 'resume: what was refused changed nothing' "$narrow"

# ---- Rotate ----

first=$(token --owner alice --name rotating --interfaces cbcr --data keep)
id=$(id_of "$first")
second=$(rotated "$id")
equal 'rotate prints one token and a line end' \
    "$(printf '%s' "$second" | grep -Ec '^tdh_1[0-9A-Za-z]{48}$') $(wc -l <"$work/out")" '1 1'
equal 'rotate: the same id, another secret' "$(id_of "$second") $([ "$first" != "$second" ] && echo other)" "$id other"
run rotate --owner alice "$id" --grace 0
cat "$work/out" >"$work/in"
gives 0 'show' show --owner alice "$id"
lacks 'rotate: no older secret to show' "$work/out" 'older secret'

turning=$(token --owner alice --name turning --interfaces cbcr --data keep --expires 2026-06-30)
id=$(id_of "$turning")
run check --interface cbcr <<END
$turning
END
newest=$(rotated "$id")
contains 'rotate: the default grace is an hour' "$work/err" \
    "rotated token $id; the older secret is valid until 2026-01-01T01:00:00Z"
checks 0 'rotate: the new secret' "$newest" --interface cbcr
lacks 'rotate: the new secret is not the older one' "$work/out" older
checks 0 'rotate: the older secret' "$turning" --interface cbcr
contains 'rotate: check says that it is the older secret' "$work/out" 'older secret, valid until 2026-01-01T01:00:00Z'
checks 1 'rotate: the restrictions stay' "$newest" --interface vat
has 'rotate' "$id" revision 2 superseded_until '"2026-01-01T01:00:00Z"' last_used_old '"2026-01-01T00:00:00Z"' data '"keep"' \
    interfaces '["cbcr"]' name '"turning"' expires_day '"2026-06-30"' created_by "\"$me\""
gives 0 'show: an older secret' show --owner alice "$id"
contains 'show: until when, and its use' "$work/out" \
    'older secret  valid until 2026-01-01T01:00:00Z, last used 2026-01-01T00:00:00Z'
now=1767229199
checks 0 'rotate: the last second of the grace' "$turning" --interface cbcr
now=1767229200
checks 1 'rotate: the grace is over' "$turning" --interface cbcr
contains 'rotate: the grace is over: unknown' "$work/out" 'unknown'
checks 0 'rotate: the grace is over, the new secret' "$newest" --interface cbcr
has 'rotate: the grace is over' "$id" superseded_until null
now=1767225600

turning=$(token --owner alice --name turning)
id=$(id_of "$turning")
newest=$(rotated "$id" --grace 0)
contains 'rotate: without a grace: says so' "$work/err" 'no older secret is valid'
checks 1 'rotate: without a grace the old secret ends' "$turning"
checks 0 'rotate: without a grace, the new secret' "$newest"
has 'rotate: without a grace' "$id" superseded_until null
for pair in 90s:2026-01-01T00:01:30Z 15m:2026-01-01T00:15:00Z 12h:2026-01-01T12:00:00Z 30d:2026-01-31T00:00:00Z; do
    run rotate --owner alice "$id" --grace "${pair%%:*}" --drop-old
    has "rotate: --grace ${pair%%:*}" "$id" superseded_until "\"${pair#*:}\""
done
for bad in 1 30 60 1w -1s +1s 1.5h 1h30m 1H 's' '1 h' 31d 2592001s 9223372036854775807s 99999999999999999999d never; do
    refuses "rotate: bad grace: $bad" rotate --owner alice "$id" --grace "$bad"
    contains "rotate: bad grace: $bad: names the option" "$work/err" '--grace'
done
refuses 'rotate: empty grace' rotate --owner alice "$id" --grace ''

turning=$(token --owner alice --name turning)
id=$(id_of "$turning")
lost=$(rotated "$id" --grace 12h)
now=1767225700
gives 1 'rotate: an older secret is still valid' rotate --owner alice "$id"
equal 'rotate: an older secret is still valid: nothing on stdout' "$(cat "$work/out")" ''
contains 'rotate: an older secret is still valid: says what to do' "$work/err" '--keep-old'
has 'rotate: an older secret is still valid: nothing changed' "$id" revision 2
refuses 'rotate: both flags' rotate --owner alice "$id" --keep-old --drop-old
found=$(rotated "$id" --keep-old)
contains 'rotate --keep-old: the older secret keeps its time' "$work/err" 'valid until 2026-01-01T12:00:00Z'
checks 0 'rotate --keep-old: the older secret' "$turning"
checks 1 'rotate --keep-old: the lost secret' "$lost"
checks 0 'rotate --keep-old: the new secret' "$found"
next=$(rotated "$id" --drop-old)
checks 1 'rotate --drop-old: the older secret' "$turning"
checks 0 'rotate --drop-old: the newest becomes the older' "$found"
contains 'rotate --drop-old: it is the older' "$work/out" 'older secret, valid until 2026-01-01T01:01:40Z'
checks 0 'rotate --drop-old: the new secret' "$next"
gives 0 'update --end-old' update --owner alice "$id" --end-old
checks 1 'update --end-old: the older secret' "$found"
checks 0 'update --end-old: the newest' "$next"
has 'update --end-old' "$id" superseded_until null
gives 0 'update --end-old: there is none' update --owner alice "$id" --end-old
gives 0 'rotate --keep-old: there is none' rotate --owner alice "$id" --keep-old
has 'rotate --keep-old: there is none: as without' "$id" superseded_until '"2026-01-01T01:01:40Z"'
now=1767225600

turning=$(token --owner alice --name turning --expires 2026-01-01T00:30:00Z)
id=$(id_of "$turning")
newest=$(rotated "$id")
has 'rotate: no secret outlives its token' "$id" superseded_until '"2026-01-01T00:30:00Z"'
newest=$(rotated "$id" --grace 0 --expires 2026-12-31)
has 'rotate --expires' "$id" expires_day '"2026-12-31"'
refuses 'rotate: yesterday' rotate --owner alice "$id" --expires 2025-12-31
contains 'rotate: yesterday: names the option' "$work/err" '--expires'
refuses 'rotate: 30 February' rotate --owner alice "$id" --expires 2026-02-30
refuses 'rotate: no id' rotate --owner alice
refuses 'rotate: no owner' rotate "$id"
refuses 'rotate: a token for an id' rotate --owner alice "$newest"
lacks 'rotate: a token for an id is not repeated' "$work/err" "$newest"
gives 1 'rotate: no such id' rotate --owner alice 000000000000
gives 1 'rotate: of another owner' rotate --owner bob "$id"
gives 3 'rotate with a verify-only keyring' rotate -k "$work/verify" --owner alice "$id"
checks 0 'rotate: what was refused changed nothing' "$newest"
now=1798761600 # 2027-01-01T00:00:00Z
gives 1 'rotate: an expired token' rotate --owner alice "$id"
now=1767225600
gives 0 'suspend' suspend --owner alice "$id"
newest=$(rotated "$id")
checks 1 'rotate: a suspended token stays so' "$newest"
has 'rotate: a suspended token' "$id" state '"suspended"'
gives 0 'resume' resume --owner alice "$id"
checks 0 'rotate: resumed, the new secret' "$newest"

# A new secret that could not be printed is not the end of the token.
unseen=$(token --owner alice --name unseen)
id=$(id_of "$unseen")
"$tool" rotate --owner alice "$id" >/dev/full 2>"$work/err"
equal 'rotate: a full disk: exit 3' $? 3
contains 'rotate: a full disk: says what to do' "$work/err" "token $id was rotated, but its new secret could not be printed"
cat "$work/err" >>"$work/said"
checks 0 'rotate: a full disk: the older secret is valid' "$unseen"
newest=$(rotated "$id" --keep-old)
checks 0 'rotate: after a full disk, with --keep-old' "$newest"
checks 0 'rotate: after a full disk: the older secret is still valid' "$unseen"
contains 'rotate: after a full disk: it is the older one' "$work/out" 'older secret'

APITOKEN_STORE=$work/always
gives 0 'init --copy always' init --copy always --map-size 16M
turning=$(token --owner alice --name turning)
newest=$(rotated "$(id_of "$turning")")
gives 0 'copy after rotate' copy --owner alice "$(id_of "$turning")"
equal 'copy after rotate: the new token' "$(cat "$work/out")" "$newest"
APITOKEN_STORE=$work/store

# ---- Revoke with a code ----

for word in exposed superseded owner-gone admin; do
    gone=$(id_of "$(token --owner alice --name gone)")
    gives 0 "revoke --reason-code $word" revoke --owner alice "$gone" --reason-code "$word" --actor ops
    gives 0 "show: reason code $word" show --owner alice "$gone"
    contains "show: names the reason code $word" "$work/out" "reason code   $word"
done
last=$(token --owner alice --name last)
id=$(id_of "$last")
for bad in unspecified Exposed owner_gone 2 'admin '; do
    refuses "revoke: bad reason code: $bad" revoke --owner alice "$id" --reason-code "$bad"
    contains "revoke: bad reason code: $bad: names the codes" "$work/err" 'owner-gone'
done
refuses 'revoke: empty reason code' revoke --owner alice "$id" --reason-code ''
refuses 'revoke: --final takes no value' revoke --owner alice "$id" --final=yes
checks 0 'revoke: what was refused changed nothing' "$last"
gives 0 'revoke --final' revoke --owner alice "$id" --final --reason 'for good' --reason-code superseded
checks 1 'revoke --final' "$last"
gives 0 'revoke again, as exposed' revoke --owner alice "$id" --reason-code exposed --reason other
gives 0 'show: revoked twice' show --owner alice "$id"
contains 'revoke again: exposed takes the place of another code' "$work/out" 'reason code   exposed'
contains 'revoke again: the first reason is kept' "$work/out" 'for good'
revision=$(value revision alice "$id")
gives 0 'revoke again, as before' revoke --owner alice "$id" --reason-code admin
has 'revoke again, as before: nothing changes' "$id" revision "$revision" state '"revoked"'
id=$(id_of "$(token --owner alice --name later)")
gives 0 'revoke, not final' revoke --owner alice "$id"
gives 0 'revoke again, final' revoke --owner alice "$id" --final
has 'revoke again, final: that is a change' "$id" revision 3
gives 0 'revoke again, final as before' revoke --owner alice "$id" --final
has 'revoke again, final as before: nothing changes' "$id" revision 3
for arguments in 'update --name x' 'update --end-old' rotate 'rotate --grace 0' suspend resume; do
    # shellcheck disable=SC2086 # several words on purpose
    gives 1 "a revoked token: $arguments" $arguments --owner alice "$id"
    contains "a revoked token: $arguments: says so" "$work/err" APITOKEN_E_CHANGE_REVOKED
done

finish
