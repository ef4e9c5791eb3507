# SPDX-License-Identifier: MIT
"""Of lib/*.c: each line of source with what is changed in it, and why."""
CORE = {}


def unseen(path, line, why, *changes):
    """Each change is (old, new): the first `old` of the line becomes `new`."""
    for old, new in changes:
        if old not in line:
            raise ValueError(f"{path}: no {old} in {line}")
        CORE[path, line, line.replace(old, new, 1)] = why


UTF8 = "lib/rules/utf8.c"
LEAST = "static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };"
LENGTH = "size_t len = s[0] < 0x80 ? 1 : s[0] >> 5 == 0x6 ? 2 : s[0] >> 4 == 0xE ? 3 : s[0] >> 3 == 0x1E ? 4 : 0;"
unseen(UTF8, LEAST, "no sequence is of length 0", ("{ 0,", "{ (-1),"), ("{ 0,", "{ 1,"))
unseen(UTF8, LENGTH, "more than is left: refused, as 0 is", ("4 : 0", "4 : (-1)"))
unseen(UTF8, "uint32_t code = len == 1 ? s[0] : s[0] & (0x7Fu >> len);", "the bit is shifted out", ("0x7Fu", "126u"))

NAMES = "lib/rules/names.c"
unseen(NAMES, "if (c == '/' && zone[i - 1] == '/') return false;", "of two slashes in a row one is seen from the other",
       ("- 1", "+ 1"))

NETWORK_TEXT = "lib/rules/network_text.c"
unseen(NETWORK_TEXT, "uint32_t address = 0;", "shifted out by four numbers of 8 bits", ("0", "(-1)"), ("0", "1"))
unseen(NETWORK_TEXT, "uint64_t half = 0;", "shifted out by four groups of 16 bits", ("0", "(-1)"), ("0", "1"))
unseen(NETWORK_TEXT, "*ret_begin = *ret_end = 0;", "no zeros, wherever they are", ("0", "(-1)"))
unseen(NETWORK_TEXT, "for (unsigned begin = 0, end; begin < GROUPS; begin = end + 1) {", "behind the last is none that is 0",
       ("begin <", "begin <="))

NETWORKS = "lib/rules/networks.c"
unseen(NETWORKS, "if (network->prefix >= 64) return (network->low & bits_behind(network->prefix - 64)) != 0;",
       "of 64 bits both look at all of the second half and at none of the first", (">=", ">"))
unseen(NETWORKS, "if (r->left < HEAD || (r->at[0] != 4 && r->at[0] != 6)) return NULL;",
       "behind a head alone there is no address", ("<", "<="))
unseen(NETWORKS, "*ret = network_of(len == ATK_IPV4_BITS / 8 ? 4 : 6, (unsigned)len * 8, (const uint8_t *)peer);",
       "nobody asks for the prefix of a peer", ("* 8", "* 7"), ("* 8", "* 9"))

DAY = "lib/rules/day.c"
DAYS = "static const int days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };"
unseen(DAY, "ATK_KEEP_ERRNO;", "nothing that is called sets errno", ("ATK_KEEP_ERRNO", ""))
unseen(DAY, DAYS, "a day of month 0 is refused for its month", ("{ 0,", "{ (-1),"), ("{ 0,", "{ 1,"))
unseen(DAY, "return month >= 1 && month <= 12 && dom >= 1 && dom <= days_in_month(year, month);", "month 0 has no days",
       (">= 1", ">= 0"))
unseen(DAY, "for (int m = 1; m < month; m++) days += days_in_month(year, m);", "month 0 has no days", ("m = 1", "m = 0"))
unseen(DAY, "else if (text[i] < '0' || text[i] > '9') is_bad = true;", "what has a digit less is a day before 1970",
       ("is_bad = true;", ";"), ("true", "false"))

KEYFILE = "lib/outside/keyfile.c"
HEX = "if ((size_t)(s->end - s->at) < 2 * len || !atk_unhex(s->at, 2 * len, out, len)) return false;"
DIGITS = "for (; s->at < s->end && *s->at >= '0' && *s->at <= '9' && id <= UINT32_MAX; s->at++) " \
    "id = id * 10 + (uint64_t)(*s->at - '0');"
PUT = 'at += snprintf(at, 32, "key %lu %s ", (unsigned long)key->id, key->id == keys->active ? "active" : "added");'
unseen(KEYFILE, HEX, "what stands behind ends the digits: the check line is no hexadecimal text, and a line ends with none",
       ("< 2", "< 1"), ("<", "<="))
unseen(KEYFILE, DIGITS, "one digit more is refused as no blank; and the letter behind the end is none", ("id <=", "id <"),
       ("s->at < s", "s->at <= s"))
unseen(KEYFILE, "if (!take_word(s, MAGIC)) return APITOKEN_E_KEYS_SHORT;", "it is too short for a check line, too",
       ("APITOKEN_E_KEYS_SHORT", "0"))
unseen(KEYFILE, "if (!end && !memchr(s->at, '\\n', (size_t)(s->end - s->at))) return APITOKEN_E_KEYS_SHORT;",
       "it does not end with a line, and so is short, too", ("APITOKEN_E_KEYS_SHORT", "0"))
unseen(KEYFILE, "if (!take_hex(&line, stored, sizeof stored)) return APITOKEN_E_KEYS_DAMAGED;",
       "the line is then read as that of a key, and damaged", ("APITOKEN_E_KEYS_DAMAGED", "0"))
unseen(KEYFILE, "if (memcmp(stored, computed, sizeof stored) != 0) return APITOKEN_E_KEYS_DAMAGED;",
       "the line is then read as that of a key, and damaged", ("APITOKEN_E_KEYS_DAMAGED", "0"))
unseen(KEYFILE, PUT, "the longest has 22 characters", ("32", "31"), ("32", "33"))

ERROR = "lib/base/error.c"
TAIL = "while (at > 0 && ((unsigned char)text[at - 1] & 0xC0) == 0x80) at--;"
DUE = "const size_t char_len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;"
unseen(ERROR, "if (code <= -1100 && code > -1200) return APITOKEN_CLASS_DENIED;", "-1099 was usage before", ("1100", "1099"))
unseen(ERROR, TAIL, "a first byte that continues another is none to cut at; before the text stands the NUL of the id",
       ("> 0", "> 1"), (">", ">="))
unseen(ERROR, "if (at == 0) return;", "511 bytes are more than any character needs", ("== 0", "== (-1)"), ("== 0", "== 1"))
unseen(ERROR, DUE, "one byte is always there; no character begins with 0xBF, 0xC0 or 0xC1", (": 1", ": 0"),
       ("0xC0", "191"), ("0xC0", "193"), ("lead >= 0xC0", "lead > 0xC0"))

CRYPTO = "lib/outside/crypto.c"
CONTEXT = 'static const char context[crypto_kdf_CONTEXTBYTES + 1] = "apitoken";'
BIN2HEX = "(void)sodium_bin2hex(out, 2 * len + 1, data, len);"
UPPER = "for (size_t i = 0; i < hex_len; i++) upper |= (unsigned)((unsigned char)hex[i] - 'A') < 26u;"
unseen(CRYPTO, CONTEXT, "eight bytes of it are read, and no NUL", ("+ 1", "+ 0"), ("+ 1", "+ 2"))
unseen(CRYPTO, BIN2HEX, "libsodium asks only whether it is enough", ("+ 1", "+ 2"), ("2 * len", "3 * len"))
unseen(CRYPTO, "size_t got = 0;", "libsodium sets it in any case", ("= 0", "= (-1)"), ("= 0", "= 1"))
unseen(CRYPTO, UPPER, "Z and [ are no digits for libsodium, either", ("26u", "25u"), ("< 26u", "<= 26u"))

unseen(CRYPTO, "return sodium_hex2bin(out, len, hex, hex_len, NULL, &got, NULL) == 0 && got == len;",
       "of twice as many digits all are good and give that many bytes, or neither", ("&&", "||"))

FILES = "lib/outside/files.c"
unseen(FILES, "char path[ATK_PATH_MAX + 1];", "a longer array is none but a larger one", ("+ 1", "+ 2"))
unseen(FILES, "char parent[ATK_PATH_MAX + 1];", "a parent is two characters shorter than its path", ("+ 1", "+ 0"),
       ("+ 1", "+ 2"), ("+ 1", "- 1"))
unseen(FILES, "char temporary_path[ATK_PATH_MAX + 16];", "what is put behind the path has 11 characters", ("16", "15"),
       ("16", "17"))
unseen(FILES, "if (done < 0 && errno == EINTR) continue;", "a write of nothing is made again in any case",
       ("done < 0", "done <= 0"))

KEYRING_FILE = "lib/objects/keyring_file.c"
unseen(KEYRING_FILE, "ATK_SCOPED_FD fd = -1;", "set by the open that follows, whatever comes of it", ("-1", "-0"))

BATCH = "lib/verbs/create_batch.c"
unseen(BATCH, "const int32_t last_day = i > 0 && b->item.expiry_kind == APITOKEN_EXPIRY_DAY ? b->item.expiry_day : 0;",
       "no item has that day: it was refused before", (": 0", ": (-1)"))
unseen(BATCH, "size_t index = 0;", "read only after the engine has set it", ("= 0", "= (-1)"), ("= 0", "= 1"))
unseen(BATCH, "b->ends = calloc(b->count ? b->count : 1, sizeof *b->ends);", "of an empty batch: nothing is written there",
       (": 1", ": 0"))
unseen(BATCH, "for (int draws = 1;; draws++) {", "how often is promised nowhere: with a sound generator once",
       ("= 1", "= 0"), ("= 1", "= 2"))

SECRET = "lib/objects/secret.c"
unseen(SECRET, "if (!__atomic_load_n(&spare[i], __ATOMIC_RELAXED)) continue;", "a shortcut: the exchange finds out the same",
       ("continue", ""))
unseen(SECRET, "if (__atomic_compare_exchange_n(&spare[i], &none, secret, false, __ATOMIC_RELEASE, "
       "__ATOMIC_RELAXED)) return true;",
       "what fails without reason costs a region, and on most machines nothing does", ("false", "true"))
unseen(SECRET, "ATK_KEEP_ERRNO;", "a region is kept or unmapped, and text copied: none of it sets errno", ("ATK_KEEP_ERRNO", ""))

BEARER = "lib/rules/bearer.c"
unseen(BEARER, "while (len > 0 && is_blank(value[len - 1])) len--;", "one character is no scheme", ("> 0", "> 1"))
unseen(BEARER, "while (len > 0 && is_blank(value[0])) value++, len--;", "one character is no scheme", ("> 0", "> 1"))

VALIDATE = "lib/verbs/validate.c"
unseen(VALIDATE, "bool is_match = false;", "set unless there is an error", ("false", "true"))
unseen(VALIDATE, "if (rc < 0 && verdict->id[0]) atk_fail_add_id(err, verdict->id);", "all characters are there or none",
       ("[0]", "[1]"))


unseen("lib/objects/page.c",
       "size_t needed = (size + _Alignof(apitoken_token) - 1) / _Alignof(apitoken_token) * _Alignof(apitoken_token);",
       "a row gets a few bytes more than it needs, and a piece has room for the longest", ("- 1", "+ 1"))

STORE = "lib/objects/store.c"
unseen(STORE, "memset(none.owner, '-', none.owner_len);", "a record that no token is: only the work it makes is wanted",
       ("memset(none.owner, '-', none.owner_len)", ""))
