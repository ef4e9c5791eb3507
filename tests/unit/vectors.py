#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes vectors.h, the frozen bytes that the unit tests hold the library to: vectors.py > vectors.h, or vectors.py --check FILE.

Computed from the specifications (RFC 7693, RFC 8439, the papers on SipHash and XChaCha20) with Python's own library and not with
libsodium, so that the library is compared with something else than itself.
"""
import hashlib
import struct
import sys
import zlib

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NEVER = 2**63 - 1
NO_SLOT = 2**32 - 1


# ---- primitives ----

def rotate(x, n, bits):
    return (x << n | x >> (bits - n)) & (1 << bits) - 1


def siphash_2_4_128(key, data):
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

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
    v[2] ^= 0xEE
    first = sip_rounds(4)
    v[1] ^= 0xDD
    return struct.pack("<QQ", first, sip_rounds(4))


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
        self.prints = [blake2b(b"apitoken key fingerprint", 16, key=k) for k in (self.digest, self.check, self.seal)]

    def subkey(self, number, size):
        return blake2b(b"", size, key=self.master, salt=struct.pack("<QQ", number, 0), person=b"apitoken" + bytes(8))

    def verifier(self, text):
        return blake2b(self.digest + text.encode(), 32)


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


STORE_ID = bytes(range(0xA0, 0xB0))
TOKEN_ID, SECRET, OWNER = "AbCdEf012345", "0123456789ABCDEFGHIJKLMNOPQRST", b"alice@example.org"
TOKEN = token_text("tdh", TOKEN_ID, SECRET)
ROW_KEY = bytes([len(OWNER)]) + OWNER + struct.pack(">Q", 42)
SEAL_AD = STORE_ID + TOKEN_ID.encode() + bytes([len(OWNER)]) + OWNER + struct.pack("<IB", FIRST.id, 1)
SEALED = xchacha20_poly1305(FIRST.seal, bytes(range(24)), SEAL_AD, TOKEN.encode())


def record(key, db_key, kind, flags, body):
    """Head, body, and the tag over the tagged key of the database and the record."""
    joined = struct.pack("<BBHI", 1, kind, flags, key.id) + body
    return joined + siphash_2_4_128(key.check, bytes([len(db_key)]) + db_key + joined)


def hot(key, flags, verifier, end_ms, sequence, slot, owner):
    body = verifier + struct.pack("<qQIB3x", end_ms, sequence, slot, len(owner)) + owner
    return record(key, TOKEN_ID.encode(), 1, flags, body)


def row(key, flags, created_ms, end_ms, kind, name, revoked_ms=0, day=0, slot=5, description=b"", zone=b"", reason=b"",
        sealed=b""):
    numbers = struct.pack("<qqqiIBBBxHHHxx", created_ms, end_ms, revoked_ms, day, slot, kind, len(name), len(zone),
                          len(description), len(reason), len(sealed))
    return record(key, ROW_KEY, 2, flags, TOKEN_ID.encode() + numbers + name + description + zone + reason + sealed)


def config(key, prefix, zone):
    body = STORE_ID + struct.pack("<qQBBBx", 1700000000000, 1 << 30, 2, len(prefix), len(zone)) + prefix + zone
    return record(key, b"!config", 3, 0, body)


def keys_record(key):
    body = struct.pack("<I", len(KEYS)) + b"".join(struct.pack("<I", k.id) + b"".join(k.prints) for k in KEYS)
    return record(key, b"!keys", 4, 0, body)


def state(key):
    return record(key, b"!state", 5, 0, struct.pack("<I4xQQQQQ", 1, 9, 43, 6, 42, 3))


VECTORS = {
    "MASTER_1": FIRST.master, "DIGEST_KEY_1": FIRST.digest, "CHECK_KEY_1": FIRST.check, "SEAL_KEY_1": FIRST.seal,
    "DIGEST_PRINT_1": FIRST.prints[0], "CHECK_PRINT_1": FIRST.prints[1], "SEAL_PRINT_1": FIRST.prints[2],
    "MASTER_7": SECOND.master, "DIGEST_KEY_7": SECOND.digest, "CHECK_KEY_7": SECOND.check, "SEAL_KEY_7": SECOND.seal,
    "VERIFIER": FIRST.verifier("txa_10123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef4eHSL7"),
    "VERIFIER_OF_TOKEN": FIRST.verifier(TOKEN),
    "TAG_OF_15": siphash_2_4_128(bytes(range(16)), bytes(range(15))),
    "SEAL_AD": SEAL_AD,
    "SEALED": SEALED,
    "ROW_KEY": ROW_KEY,
    "HOT": hot(FIRST, 0, FIRST.verifier(TOKEN), NEVER, 42, 5, OWNER),
    "HOT_REVOKED": hot(SECOND, 1, bytes(range(32)), 1800000000000, 2**40 + 1, NO_SLOT, "\u00fc".encode()),
    "ROW_NEVER": row(FIRST, 0, 1700000000000, NEVER, 0, b"CI"),
    "ROW_DAY": row(FIRST, 2, 1700000000000, 1798758000000, 1, b"Nightly", day=20261231, description=b"nightly import",
                   zone=b"Europe/Berlin", sealed=SEALED),
    "ROW_INSTANT": row(SECOND, 0, 0, 1, 2, b"x", slot=NO_SLOT),
    "ROW_REVOKED": row(SECOND, 1, 1700000000000, 1800000000000, 2, "Pr\u00fcfung".encode(), revoked_ms=1750000000000,
                       description=b"old laptop", reason=b"lost"),
    "CONFIG": config(FIRST, b"tdh", b"Europe/Berlin"),
    "KEYS": keys_record(FIRST),
    "STATE": state(SECOND),
}
TEXTS = {
    "TOKEN": TOKEN,
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


def main():
    text = "\n".join(header()) + "\n"
    if sys.argv[1:2] != ["--check"]:
        sys.stdout.write(text)
        return
    with open(sys.argv[2], encoding="ascii") as file:
        same = file.read() == text
    print("1..1")
    print("ok 1 - frozen_vectors_are_what_the_specifications_give" if same else f"not ok 1 - {sys.argv[2]} differs")


main()
