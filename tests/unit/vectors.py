#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes vectors.h, the frozen bytes that the unit tests hold the library to: vectors.py > vectors.h

Computed from the specifications (RFC 7693, RFC 8439, the papers on SipHash and XChaCha20) with Python's own library and not with
libsodium, so that the library is compared with something else than itself.
"""
import hashlib
import ipaddress
import struct
import sys
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NEVER = 2**63 - 1
NO_SLOT = 2**32 - 1
DAY, INSTANT, KIND_NEVER = 1, 2, 3


# ---- primitives ----

def rotate(x, n, bits):
    return (x << n | x >> (bits - n)) & (1 << bits) - 1


def siphash_2_4(key, data, size):
    """With a result of 8 or 16 bytes: the two differ from the beginning."""
    k0, k1 = struct.unpack("<QQ", key)
    long = 0xEE if size == 16 else 0
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ long, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def sip_rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & 2**64 - 1
            v[1] = rotate(v[1], 13, 64) ^ v[0]
            v[0] = rotate(v[0], 32, 64)
            v[2] = (v[2] + v[3]) & 2**64 - 1
            v[3] = rotate(v[3], 16, 64) ^ v[2]
            v[0] = (v[0] + v[3]) & 2**64 - 1
            v[3] = rotate(v[3], 21, 64) ^ v[0]
            v[2] = (v[2] + v[1]) & 2**64 - 1
            v[1] = rotate(v[1], 17, 64) ^ v[2]
            v[2] = rotate(v[2], 32, 64)
        return v[0] ^ v[1] ^ v[2] ^ v[3]

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        sip_rounds(2)
        v[0] ^= word
    v[2] ^= long or 0xFF
    first = struct.pack("<Q", sip_rounds(4))
    if size == 8:
        return first
    v[1] ^= 0xDD
    return first + struct.pack("<Q", sip_rounds(4))


def chacha_rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xFFFFFFFF
            x[r] = rotate(x[r] ^ x[p], n, 32)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return x


def chacha_state(key, last16):
    return struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", last16)


def hchacha20(key, nonce16):
    x = chacha_rounds(chacha_state(key, nonce16))
    return struct.pack("<8I", *x[:4], *x[12:])


def chacha20(key, nonce12, counter, length):
    out = b""
    while len(out) < length:
        state = chacha_state(key, struct.pack("<I", counter) + nonce12)
        out += struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, chacha_rounds(state))))
        counter += 1
    return out[:length]


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def pad16(data):
    return data + bytes(-len(data) % 16)


def xchacha20_poly1305(key, nonce24, associated, text):
    subkey, nonce12 = hchacha20(key, nonce24[:16]), bytes(4) + nonce24[16:]
    cipher = bytes(a ^ b for a, b in zip(text, chacha20(subkey, nonce12, 1, len(text))))
    tagged = pad16(associated) + pad16(cipher) + struct.pack("<QQ", len(associated), len(cipher))
    return nonce24 + cipher + poly1305(chacha20(subkey, nonce12, 0, 32), tagged)


def blake2b(data, size, **options):
    return hashlib.blake2b(data, digest_size=size, **options).digest()


# ---- keys ----

class Key:
    """A key of the keyring and what is made of it: libsodium's crypto_kdf is BLAKE2b with the number as salt."""

    def __init__(self, key_id, master):
        self.id, self.master = key_id, master
        self.digest, self.check, self.seal = self.subkey(1, 32), self.subkey(2, 16), self.subkey(3, 32)
        self.audit = self.subkey(4, 32)
        self.prints = [blake2b(b"apitoken key fingerprint", 16, key=k) for k in (self.digest, self.check, self.seal)]

    def subkey(self, number, size):
        return blake2b(b"", size, key=self.master, salt=struct.pack("<QQ", number, 0), person=b"apitoken" + bytes(8))

    def verifier(self, text):
        return blake2b(self.digest + text.encode(), 32)[:24]

    def tag(self, db_key, record):
        """Of a record of the store, under the key that is bound to it."""
        bound = blake2b(b"apitoken record tag" + STORE_ID, 16, key=self.check)
        return siphash_2_4(bound, bytes([len(db_key)]) + db_key + record, 8)


STORE_ID = bytes(range(0xA0, 0xB0))
KEYS = [Key(1, bytes(range(32))), Key(7, bytes(range(32, 64)))]
FIRST, SECOND = KEYS


def keyfile(kind, line):
    text = f"apitoken-keyring 1 {kind}\n"
    for key in KEYS:
        text += f"key {key.id} {'active' if key is SECOND else 'added'} {line(key)}\n"
    return text + f"check {blake2b(text.encode(), 16).hex()}\n"


# ---- token text and records ----

def base62(value, width):
    digits = ""
    for _ in range(width):
        value, digit = divmod(value, 62)
        digits = ALPHABET[digit] + digits
    return digits


def token_text(prefix, token_id, secret):
    body = "1" + token_id + secret
    return f"{prefix}_{body}{base62(zlib.crc32(body.encode()), 6)}"


ENVIRONMENT = bytes(range(0xE0, 0xF0))
TOKEN_ID, SECRET, OWNER = "AbCdEf012345", "0123456789ABCDEFGHIJKLMNOPQRST", b"alice@example.org"
TOKEN = token_text("tdh", TOKEN_ID, SECRET)
ROW_KEY = bytes([len(OWNER)]) + OWNER + TOKEN_ID.encode()
SEAL_AD = STORE_ID + TOKEN_ID.encode() + bytes([len(OWNER)]) + OWNER + struct.pack("<IB", FIRST.id, 1)
SEALED = xchacha20_poly1305(FIRST.seal, bytes(range(24)), SEAL_AD, TOKEN.encode())


def record(key, db_key, kind, own, body):
    """Head, body, and the tag over the key of the database and the record."""
    joined = struct.pack("<BB", 2, kind) + own + struct.pack("<I", key.id) + body
    return joined + key.tag(db_key, joined)


def parts(*pairs):
    return b"".join(struct.pack("<BH", kind, len(value)) + value for kind, value in sorted(pairs))


def hot(key, flags, verifier, end_ms, slot, revision, owner, tail=b""):
    body = verifier + struct.pack("<qII", end_ms, slot, revision) + owner + tail
    return record(key, TOKEN_ID.encode(), 1, bytes([flags, len(owner)]), body)


def row(key, flags, created_ms, end_ms, kind, name, verifier, *tail, slot=5, revision=1, description=b""):
    numbers = struct.pack("<qqII", created_ms, end_ms, slot, revision) + verifier[:4]
    body = numbers + struct.pack("<BBH", len(name), 0, len(description)) + name + description + parts(*tail)
    return record(key, ROW_KEY, 2, bytes([flags, kind]), body)


def day_part(day, zone):
    return 1, struct.pack("<i", day) + zone


def revocation_part(revoked_ms, undo_until_ms, code, reason):
    return 2, struct.pack("<qqB", revoked_ms, undo_until_ms, code) + reason


def interfaces_part(*names):
    return 3, bytes([len(names)]) + b"".join(bytes([len(name)]) + name for name in names)


def networks_part(*texts):
    networks = [ipaddress.ip_network(text) for text in texts]
    return 4, b"".join(bytes([n.version, n.prefixlen]) + n.network_address.packed for n in networks)


def older_part(key, verifier, until_ms):
    return 96, verifier + struct.pack("<IBq", key.id, 1, until_ms)


def older_shown_part(verifier, until_ms):
    return 96, struct.pack("<q", until_ms) + verifier[:4]


def ms_part(kind, ms):
    return kind, struct.pack("<q", ms)


def sealed_part(key, sealed):
    return 64, struct.pack("<IB", key.id, 1) + sealed


def config(key, prefix, zone):
    body = STORE_ID + struct.pack("<qQBBBx", 1700000000000, 1 << 34, 2, len(prefix), len(zone)) + prefix + zone
    return record(key, b"!config", 3, bytes(2), body)


def keys_record(key):
    body = struct.pack("<HH", len(KEYS), 56) + b"".join(struct.pack("<II", k.id, 0) + b"".join(k.prints) for k in KEYS)
    return record(key, b"!keys", 4, bytes(2), body)


def state(key, last, removed, unrecorded):
    numbers = struct.pack("<IIQQIIQQ", 2, (1 << 30) // 4096, 9, 43, 6, 2, 42, 3)
    return record(key, b"!state", 5, bytes(2), numbers + ENVIRONMENT + last + removed + struct.pack("<Q", unrecorded))


def owner(key, flags, revision, blocked_ms, *tail):
    return record(key, OWNER, 6, bytes([flags, 0]), struct.pack("<I4xq", revision, blocked_ms) + parts(*tail))


def slots_key(first):
    return b"!slots" + struct.pack(">I", first)


def slots(key, first, free, *tail):
    bits = bytearray(1024)
    for slot in free:
        bits[(slot - first) // 8] |= 1 << (slot - first) % 8
    return record(key, slots_key(first), 9, bytes(2), bytes(bits) + parts(*tail))


def policy(key, revision, max_live, flags, spans, *tail):
    return record(key, b"!policy", 7, bytes(2), struct.pack("<III4x5q", revision, max_live, flags, *spans) + parts(*tail))


# ---- audit ----

FIRST_PLACE = bytes(24)  # of a chain: before its first record


def change(field, before, after):
    return struct.pack("<BHH", field, len(before), len(after)) + before + after


def audit_text(salt, actor, token_owner, reason, *changes):
    lengths = struct.pack("<BBH", len(actor), len(token_owner), len(reason))
    return salt + lengths + actor + token_owner + reason + b"".join(changes)


def audit_key(chain, number):
    return struct.pack(">QQ", chain, number)


class Audit:
    """A record, the same after its text was erased, and its place in the chain, to give to the next one as `before`."""

    def __init__(self, keys, chain, before, verb, at_ms, token_id, unrecorded, text, *tail):
        key, chain_key = keys
        digest = blake2b(text[16:], 16, key=text[:16])
        number = struct.unpack("<Q", before[:8])[0] + 1
        covered = (b"apitoken audit" + STORE_ID + struct.pack("<QQ", chain, number) + before[8:] +
                   struct.pack("<qBB", at_ms, verb, 0) + token_id + struct.pack("<Q", unrecorded) + digest)
        tag = blake2b(covered, 16, key=chain_key.audit)
        fixed = struct.pack("<qQI", at_ms, unrecorded, chain_key.id) + token_id + digest + tag
        self.db_key, self.place = audit_key(chain, number), struct.pack("<Q", number) + tag
        self.whole = record(key, self.db_key, 8, bytes([verb, 0]), fixed + parts((1, text), *tail))
        self.erased = record(key, self.db_key, 8, bytes([verb, 0]), fixed + parts(*tail))


CREATED = Audit((FIRST, FIRST), 0, FIRST_PLACE, 1, 1700000000000, TOKEN_ID.encode(), 0,
                audit_text(bytes(range(0x40, 0x50)), b"", OWNER, b"", change(1, b"", b"CI"),
                           change(3, b"", struct.pack("<Bq", KIND_NEVER, NEVER))))
UPDATED = Audit((SECOND, FIRST), 0, CREATED.place, 2, 1700000000001, TOKEN_ID.encode(), 3,
                audit_text(bytes(range(0x50, 0x60)), b"tool:root", OWNER, "n\u00f6tig".encode(),
                           change(2, b"old laptop", b""), change(7, b"", b"\1")), (130, b"kept"))
POLICY_SET = Audit((SECOND, SECOND), 0, UPDATED.place, 8, 1750000000000, bytes(12), 2**64 - 1,
                   audit_text(bytes(16), b"tool:root", b"", b"", change(33, struct.pack("<I", 2**32 - 1), struct.pack("<I", 5))))
ELSEWHERE = Audit((FIRST, SECOND), 0x0102030405060708, struct.pack("<Q", 0x1112131415161717) + bytes(range(16)), 255, 0,
                  bytes(12), 1, audit_text(bytes(16), b"x", b"", b"", change(255, b"\0", b"")), (9, b"must"))


def home(magic):
    body = magic + ENVIRONMENT + struct.pack("<Q", 0x0102030405060708)
    return body + blake2b(body, 16)


def cursor(token_id):
    body = "2" + token_id
    return body + base62(zlib.crc32(body.encode()) % 62**3, 3)


def cursor_of_all(token_id, owner):
    padded = owner + bytes(-len(owner) % 8)
    chunks = struct.unpack(f"<{len(padded) // 8}Q", padded)
    body = "a" + token_id + base62(len(owner), 2) + "".join(base62(chunk, 11) for chunk in chunks)
    return body + base62(zlib.crc32(body.encode()) % 62**3, 3)


COUNTED = bytes(range(24))
# Of a token that was given everything, and whose secret was replaced.
GIVEN = (interfaces_part(b"payroll:read", b"w"), networks_part("192.0.2.0/24", "2001:db8::/32"), (128, b"\0own\xff"))
VECTORS = {
    "MASTER_1": FIRST.master, "DIGEST_KEY_1": FIRST.digest, "CHECK_KEY_1": FIRST.check, "SEAL_KEY_1": FIRST.seal,
    "AUDIT_KEY_1": FIRST.audit, "AUDIT_KEY_7": SECOND.audit,
    "DIGEST_PRINT_1": FIRST.prints[0], "CHECK_PRINT_1": FIRST.prints[1], "SEAL_PRINT_1": FIRST.prints[2],
    "MASTER_7": SECOND.master, "DIGEST_KEY_7": SECOND.digest, "CHECK_KEY_7": SECOND.check, "SEAL_KEY_7": SECOND.seal,
    "VERIFIER": FIRST.verifier("txa_10123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef4eHSL7"),
    "VERIFIER_OF_TOKEN": FIRST.verifier(TOKEN),
    "TAG_OF_15": siphash_2_4(bytes(range(16)), bytes(range(15)), 8),
    "TEXT_TAG_OF_15": siphash_2_4(bytes(range(16)), bytes(range(15)), 16),
    "KEYED_HASH_OF_15": blake2b(bytes(range(15)), 16, key=bytes(range(32))),
    "KEYED_HASH_OF_300": blake2b(bytes(300), 64, key=bytes(range(16))),
    "STORE_TAG_KEY_1": blake2b(b"apitoken record tag" + STORE_ID, 16, key=FIRST.check),
    "SEAL_AD": SEAL_AD,
    "SEALED": SEALED,
    "ROW_KEY": ROW_KEY,
    "HOT": hot(FIRST, 0, FIRST.verifier(TOKEN), NEVER, 5, 1, OWNER),
    "HOT_REVOKED": hot(SECOND, 17, COUNTED, 1800000000000, NO_SLOT, 2, "\u00fc".encode()),
    "HOT_PARTS": hot(FIRST, 8, FIRST.verifier(TOKEN), NEVER, 5, 2**32 - 1, OWNER,
                     parts((200, b"of the secret"), (130, b""), (254, b"x"))),
    "HOT_NEWER": hot(FIRST, 32, FIRST.verifier(TOKEN), NEVER, 5, 3, OWNER, parts((9, b"must"), (64, b"be"), (132, b"kept"))),
    "HOT_FULL": hot(FIRST, 10, FIRST.verifier(TOKEN), 1800000000000, 5, 4, OWNER,
                    parts(*GIVEN, older_part(SECOND, COUNTED, 1790000000000))),
    "ROW_NEVER": row(FIRST, 0, 1700000000000, NEVER, KIND_NEVER, b"CI", FIRST.verifier(TOKEN)),
    "ROW_DAY": row(FIRST, 0, 1700000000000, 1798758000000, DAY, b"Nightly", FIRST.verifier(TOKEN),
                   day_part(20261231, b"Europe/Berlin"), sealed_part(FIRST, SEALED), description=b"nightly import"),
    "ROW_INSTANT": row(SECOND, 8, 0, 1, INSTANT, b"x", COUNTED, slot=NO_SLOT, revision=2**32 - 1),
    "ROW_REVOKED": row(SECOND, 17, 1700000000000, 1800000000000, INSTANT, "Pr\u00fcfung".encode(), COUNTED,
                       revocation_part(1750000000000, 1750003600000, 3, b"lost"), revision=2, description=b"old laptop"),
    "ROW_NEWER": row(FIRST, 128, 1700000000000, 1798758000000, DAY, b"Nightly", FIRST.verifier(TOKEN), (5, b"between"),
                     day_part(20261231, b"Europe/Berlin"), (63, b""), (65, b"of the secret"), sealed_part(FIRST, SEALED),
                     (132, b"last"), revision=3),
    "ROW_FULL": row(FIRST, 10, 1700000000000, 1800000000000, INSTANT, b"Payroll", FIRST.verifier(TOKEN), *GIVEN,
                    sealed_part(FIRST, SEALED), older_shown_part(COUNTED, 1790000000000), ms_part(129, 1780000000000),
                    (130, b"carol"), ms_part(131, 1779999960000), revision=4),
    "CONFIG": config(FIRST, b"tdh", b"Europe/Berlin"),
    "KEYS": keys_record(FIRST),
    "STATE": state(SECOND, POLICY_SET.place, CREATED.place, 4),
    "OWNER_BLOCKED": owner(FIRST, 1, 1, 1750000000000, (1, "unter Verdacht: \u00fc".encode()), (2, b"tool:root")),
    "OWNER_PARTS": owner(SECOND, 3, 2**32 - 1, 0, (2, b"x"), (130, b""), (254, b"kept")),
    "POLICY": policy(FIRST, 1, 2**32 - 1, 0, (NEVER, NEVER, 3600000, 2592000000, 34560000000)),
    "POLICY_SET": policy(SECOND, 2**32 - 1, 20, 1, (31536000000, 7776000000, 0, 86400000, 0), (200, b"kept")),
    "SLOTS": slots(FIRST, 0, range(8192)), "SLOTS_KEY": slots_key(0),
    "SLOTS_PARTS": slots(SECOND, 8192, (8193, 8200, 16383), (200, b"kept")), "SLOTS_PARTS_KEY": slots_key(8192),
    "AUDIT_CREATED": CREATED.whole, "AUDIT_CREATED_KEY": CREATED.db_key,
    "AUDIT_UPDATED": UPDATED.whole, "AUDIT_UPDATED_KEY": UPDATED.db_key, "AUDIT_UPDATED_ERASED": UPDATED.erased,
    "AUDIT_POLICY_SET": POLICY_SET.whole, "AUDIT_POLICY_SET_KEY": POLICY_SET.db_key,
    "AUDIT_ELSEWHERE": ELSEWHERE.whole, "AUDIT_ELSEWHERE_KEY": ELSEWHERE.db_key,
    "HOME_LAST_USE": home(b"apituse2"), "HOME_WRITER_LOCK": home(b"apitwit2"),
}
TEXTS = {
    "TOKEN": TOKEN, "CURSOR": cursor(TOKEN_ID), "CURSOR_OF_ALL": cursor_of_all(TOKEN_ID, OWNER),
    "KEYFILE_FULL": keyfile("full", lambda k: k.master.hex()),
    "KEYFILE_VERIFY": keyfile("verify", lambda k: f"{k.digest.hex()} {k.check.hex()}"),
}


WIDTH = 88  # characters of a piece: with quotes and indentation within 100 columns


def header():
    yield "/* SPDX-License-Identifier: MIT */"
    yield "/*"
    yield " * Frozen: made by vectors.py, never made anew because the library differs. Hexadecimal unless it"
    yield " * is text."
    yield " */"
    yield "#ifndef VECTORS_H"
    yield "#define VECTORS_H"
    yield ""
    yield "/* clang-format off */"
    for name, data in VECTORS.items():
        digits = data.hex()
        pieces = [digits[i:i + WIDTH] for i in range(0, len(digits), WIDTH)]
        yield f"#define VECTOR_{name} \\"
        yield " \\\n".join(f'    "{piece}"' for piece in pieces)
    for name, text in TEXTS.items():
        lines = [line[i:i + WIDTH] for line in text.splitlines(keepends=True) for i in range(0, len(line), WIDTH)]
        yield f"#define VECTOR_{name} \\"
        yield " \\\n".join('    "' + line.replace("\n", "\\n") + '"' for line in lines)
    yield ""
    yield "#endif"


sys.stdout.write("\n".join(header()) + "\n")
