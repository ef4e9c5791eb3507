#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares lists of networks with Python's module ipaddress: network_lists.py PROGRAM. Prints TAP.

What is meant to differ: DIFFERENCES, which the library refuses and Python accepts, and IPv4-mapped networks, which are IPv4.
"""
import ipaddress
import itertools
import random
import re
import subprocess
import sys

from tap import Tap

SEED, TEXTS, LISTS, VALUES = 20261129, 20000, 5000, 10000
LIST_MAX = 16
GOOD, EMPTY, MANY, REPEATED, _, MAPPED, HOST_BITS, _, ADDRESS, PREFIX = range(10)
MAPPED_RANGE = ipaddress.ip_network("::ffff:0:0/96")
# A name, what its texts look like, an example that Python accepts, and the rule that it breaks here.
DIFFERENCES = (
    ("a mask in place of the prefix length", r".*/\d+(\.\d+){3}", "10.0.0.0/255.0.0.0", PREFIX),
    ("a prefix length that begins with 0", r".*/0\d+", "10.0.0.0/08", PREFIX),
    ("a zone id", r".*%.*", "fe80::1%eth0", ADDRESS),
)
ALPHABET = "0123456789abcdefABCDEF:::...//%g, x-+"


def is_refused_here(text):
    return any(re.fullmatch(pattern, text) for _, pattern, _, _ in DIFFERENCES)


def judge(text):
    """(rule, network or None) of one network's text."""
    if not text:
        return EMPTY, None
    try:
        given = ipaddress.ip_network(text, strict=False)
    except ValueError:
        given = None
    if not given or is_refused_here(text):
        return (PREFIX if is_address(text.partition("/")[0]) else ADDRESS), None
    written = ipaddress.ip_address(text.partition("/")[0])
    if given.version == 6 and written in MAPPED_RANGE:
        if given.prefixlen < 96:
            return MAPPED, None
        written = written.ipv4_mapped
        given = ipaddress.ip_network((written, given.prefixlen - 96), strict=False)
    return (GOOD, given) if written == given.network_address else (HOST_BITS, None)


def is_address(text):
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def judge_list(text):
    """(rule, begin and end of the item that breaks it, networks)."""
    networks, begin = [], 0
    for item in text.split(","):
        rule, network = (MANY, None) if len(networks) == LIST_MAX else judge(item)
        if rule == GOOD and network in networks:
            rule = REPEATED
        if rule != GOOD:
            return rule, begin, begin + len(item), networks
        networks.append(network)
        begin += len(item) + 1
    return GOOD, 0, 0, networks


def text_of(network):
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def value_of(networks):
    return b"".join(bytes([each.version, each.prefixlen]) + each.network_address.packed for each in networks)


# ---- texts ----

def spelt_groups(source, packed):
    """An IPv6 address in one of its spellings."""
    groups = [f"{int.from_bytes(packed[at:at + 2], 'big'):x}" for at in range(0, 16, 2)]
    tail = [".".join(map(str, packed[12:]))] if source.random() < 0.2 else []
    groups = groups[:6] if tail else groups
    groups = [source.choice((each, each.zfill(4), each.upper())) for each in groups] + tail
    runs = [(first, last) for first in range(len(groups)) for last in range(first + 1, len(groups) + 1)
            if all(set(each) == {"0"} for each in groups[first:last])]
    if runs and source.random() < 0.7:
        first, last = source.choice(runs)
        return ":".join(groups[:first]) + "::" + ":".join(groups[last:])
    return ":".join(groups)


def random_address(source, bits):
    """Mostly with long runs of zeros."""
    number = source.getrandbits(bits)
    for _ in range(source.randrange(4)):
        number &= ~(((1 << source.randrange(bits)) - 1) << source.randrange(bits))
    return number % (1 << bits)


def random_network(source):
    """The text of a network that is mostly right."""
    bits = source.choice((32, 128))
    prefix = source.randint(0, bits)
    number = random_address(source, bits)
    if bits == 128 and source.random() < 0.25:
        number, prefix = number % (1 << 32) | 0xFFFF << 32, source.choice((prefix, source.randint(90, 128)))
    if source.random() < 0.9:
        number = number >> (bits - prefix) << (bits - prefix)
    packed = number.to_bytes(bits // 8, "big")
    text = ".".join(map(str, packed)) if bits == 32 else spelt_groups(source, packed)
    return text if prefix == bits and source.random() < 0.5 else f"{text}/{prefix}"


def spoilt(source, text):
    """With a character more, less or another."""
    at = source.randrange(len(text) + 1)
    return text[:at] + source.choice(ALPHABET + " ") * source.randrange(2) + text[at + source.randrange(2):]


def texts():
    """Of one network each, mostly."""
    source = random.Random(SEED)
    yield from (f"{address}/{prefix}" for address in ("0.0.0.0", "::", "::ffff:0:0", "::ffff:0.0.0.0") for prefix in range(200))
    for pattern in range(256):  # every place of a zero in IPv6
        yield ":".join("0" if pattern >> at & 1 else "a" for at in range(8))
    for count in range(8):  # every short text of what texts are made of
        yield from map("".join, itertools.product(":1.0/" if count < 6 else ":1/", repeat=count))
    for _ in range(TEXTS):
        text = random_network(source)
        for _ in range(source.choice((0, 0, 1, 1, 2))):
            text = spoilt(source, text)
        yield text
    yield from (example for _, _, example, _ in DIFFERENCES)


def lists():
    source = random.Random(SEED + 1)
    for _ in range(LISTS):
        items = [random_network(source) for _ in range(source.choice((1, 2, 3, 15, 16, 17)))]
        if source.random() < 0.2:
            items[source.randrange(len(items))] = source.choice(items + [""])
        text = ",".join(items)
        yield text if source.random() < 0.8 else spoilt(source, text)


# ---- peers ----

def peers_of(source, networks):
    """Inside, right outside, and anywhere, some as IPv4-mapped."""
    for network in source.sample(networks, min(len(networks), 3)):
        bits, first = network.max_prefixlen, int(network.network_address)
        inside = first | source.getrandbits(bits) & ((1 << bits - network.prefixlen) - 1)
        yield inside.to_bytes(bits // 8, "big")
        if network.prefixlen:
            yield (inside ^ 1 << bits - network.prefixlen).to_bytes(bits // 8, "big")
        if bits == 32:
            yield bytes(10) + b"\xff\xff" + inside.to_bytes(4, "big")
            yield bytes(10) + source.choice((b"\xff\xfe", b"\x00\x00", b"\x7f\xff")) + inside.to_bytes(4, "big")
        yield source.randbytes(source.choice((4, 16)))


def is_allowed(networks, peer):
    address = ipaddress.ip_address(peer)
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


# ---- values ----

def is_good_value(value):
    networks = []
    while value:
        size = {4: 4, 6: 16}.get(value[0])
        if not size or len(value) < 2 + size or len(networks) == LIST_MAX:
            return False
        try:
            network = ipaddress.ip_network((value[2:2 + size], value[1]))
        except ValueError:
            return False
        if network in networks or network.version == 6 and network.network_address in MAPPED_RANGE:
            return False
        networks.append(network)
        value = value[2 + size:]
    return bool(networks)


def values():
    """Of good lists, half of them with a byte or two changed, cut, or repeated."""
    source = random.Random(SEED + 2)
    for _ in range(VALUES):
        text = ",".join(random_network(source) for _ in range(source.choice((1, 2, 3, 8, 16))))
        value = bytearray(value_of(judge_list(text)[3]))
        if value and source.random() < 0.4:
            value[source.randrange(len(value))] ^= 1 << source.randrange(8)
        if source.random() < 0.1:
            value = value[:source.randint(0, len(value))]
        if source.random() < 0.1:
            value += value[:source.choice((6, 18))]
        yield bytes(value)


# ---- comparing ----

def answers(program, questions):
    """Questions are (letter, bytes)."""
    told = subprocess.run([program], input="".join(f"{letter}{data.hex()}\n" for letter, data in questions), text=True,
                          capture_output=True, check=True).stdout.splitlines()
    if len(told) != len(questions):
        raise RuntimeError(f"{len(told)} answers to {len(questions)} questions")
    return told


def few(findings):
    findings = list(findings)
    return findings[:10] + ([f"and {len(findings) - 10} more"] if len(findings) > 10 else [])


def wrong_texts(program, asked, met):
    """Rule, place, value and canonical text."""
    for text, told in zip(asked, answers(program, [("t", text.encode()) for text in asked])):
        rule, begin, end, networks = judge_list(text)
        met[rule] = met.get(rule, 0) + 1
        if rule == GOOD:
            due = f"0 {value_of(networks).hex()} {','.join(map(text_of, networks))}"
            if told != due:
                yield f"{text!r}: {told}, not {due}"
            continue
        last = end if rule in (ADDRESS, PREFIX) else begin
        if told not in (f"{rule} {at}" for at in range(begin, last + 1)):
            yield f"{text!r}: {told}, not rule {rule} at {begin} to {end}"


def wrong_peers(program, asked):
    source = random.Random(SEED + 3)
    questions, due = [], []
    for text in asked:
        rule, _, _, networks = judge_list(text)
        if rule != GOOD:
            continue
        questions.append(("t", text.encode()))
        due.append(None)
        for peer in peers_of(source, networks):
            questions.append(("p", peer))
            due.append(str(int(is_allowed(networks, peer))))
    if min(due.count("0"), due.count("1")) < LISTS:
        yield f"{due.count('0')} peers outside, {due.count('1')} inside"
    text = ""
    for (letter, data), told, answer in zip(questions, answers(program, questions), due):
        text = data if letter == "t" else text
        if answer and told != answer:
            yield f"{data.hex()} in {text.decode()}: {told}, not {answer}"


def wrong_values(program):
    asked = list(values())
    due = [str(int(is_good_value(value))) for value in asked]
    if min(due.count("0"), due.count("1")) < VALUES / 4:
        yield f"{due.count('0')} values are damaged, {due.count('1')} are not"
    told = answers(program, [("v", value) for value in asked])
    yield from (f"{value.hex()}: {one}, not {other}" for value, one, other in zip(asked, told, due) if one != other)


def wrong_differences(program):
    for name, pattern, example, rule in DIFFERENCES:
        ipaddress.ip_network(example)
        if not re.fullmatch(pattern, example):
            yield f"{name}: {example} is none"
        told = answers(program, [("t", example.encode())])[0]
        if int(told.split()[0]) != rule:
            yield f"{name}: {example} is told as {told}"


def main():
    program, tap, met = sys.argv[1], Tap(), {}
    single, several = list(texts()), list(lists())
    tap.case("Python accepts what is meant to differ", wrong_differences(program))
    tap.case(f"{len(single)} texts are judged as by Python", few(wrong_texts(program, single, met)))
    tap.case(f"{len(several)} lists are judged as by Python", few(wrong_texts(program, several, met)))
    print("# rules met: " + ", ".join(f"{rule}: {count}" for rule, count in sorted(met.items())))
    if not tap.pattern:
        tap.case("every rule is met often", [rule for rule in (GOOD, EMPTY, MANY, REPEATED, MAPPED, HOST_BITS, ADDRESS, PREFIX)
                                             if met.get(rule, 0) < 100])
    tap.case("peers are where Python says they are", few(wrong_peers(program, single + several)))
    tap.case(f"{VALUES} stored values are judged as by Python", few(wrong_values(program)))
    tap.finish()


main()
