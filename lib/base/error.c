/* SPDX-License-Identifier: MIT */
/* The table of errors, and filling in the detail of one. */
#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/out.h"

#define ENTRY(name, text) \
    { APITOKEN_##name, "APITOKEN_" #name, text }

static const struct {
    int code;
    const char *name;
    const char *text;
} errors[] = {
    ENTRY(OK, "success"),
    ENTRY(E_ARGUMENT, "a required argument is missing or contradicts another argument"),
    ENTRY(E_ABI, "a struct has a size, flag or reserved field that this version of the library "
                 "does not know"),
    ENTRY(E_BUFFER, "the buffer is too small"),
    ENTRY(E_FORKED, "the handle belongs to the parent process: open the store in this process"),
    ENTRY(E_VERIFY_ONLY, "the handle is verify-only"),
    ENTRY(E_OWNER, "the owner is empty, too long or contains characters that are not allowed"),
    ENTRY(E_NAME, "the name is empty, too long or contains characters that are not allowed"),
    ENTRY(E_DESCRIPTION, "the description is too long or contains characters that are not allowed"),
    ENTRY(E_REASON, "the reason is too long or contains characters that are not allowed"),
    ENTRY(E_ID, "not a token id: it must be 12 letters and digits"),
    ENTRY(E_DAY, "not a calendar day (YYYY-MM-DD) of the years 1970 to 9999"),
    ENTRY(E_EXPIRY, "the expiry is contradictory or out of range"),
    ENTRY(E_EXPIRY_PAST, "the expiry is in the past"),
    ENTRY(E_CURSOR, "not a list cursor"),
    ENTRY(E_LIMIT, "too many rows for a page, or too many items or texts for a call"),
    ENTRY(E_FORMAT, "unknown copy format"),
    ENTRY(E_PREFIX, "a prefix must be 2 to 10 characters from a-z and 0-9 and begin with a letter"),
    ENTRY(E_COPY_POLICY, "unknown copy policy"),
    ENTRY(E_ZONE, "unknown time zone"),
    ENTRY(E_MAP_SIZE, "the map size is outside the limits, or too small for what the store holds"),
    ENTRY(E_EXISTS, "the path already exists; it is never overwritten"),
    ENTRY(E_NOT_FOUND, "this owner has no such token"),
    ENTRY(E_NOT_COPYABLE, "the store keeps no copy of this token"),
    ENTRY(E_MODE, "unknown open mode, one that does not go with a flag, or the store is open "
                  "verify-only in this process"),
    ENTRY(E_KEY_ID, "the keyring has no key with this id"),
    ENTRY(E_KEY_LIMIT, "the keyring has 32 keys already"),
    ENTRY(E_PATH, "the path is empty, too long or contains \"://\""),
    ENTRY(E_COPY_REVOKED, "the token was revoked and its copy deleted"),
    ENTRY(E_ACTOR, "the actor is missing, too long or contains characters that are not allowed"),
    ENTRY(E_REVISION, "the token was changed: it has another revision"),
    ENTRY(E_CHANGE_REVOKED, "the token is revoked and cannot be changed"),
    ENTRY(E_CHANGE_EXPIRED, "the token has expired and is not to be revived"),
    ENTRY(E_ROTATING, "an older secret of the token is still valid"),
    ENTRY(E_GRACE, "the grace is negative or too long"),
    ENTRY(E_OWNER_BLOCKED, "the owner is blocked"),
    ENTRY(E_INTERFACES, "not a list of interfaces"),
    ENTRY(E_NETWORKS, "not a list of networks"),
    ENTRY(E_DATA, "too many bytes of data"),
    ENTRY(E_LIFETIME, "the policy of the store does not let a token be valid so long"),
    ENTRY(E_LIVE_LIMIT, "the policy of the store allows the owner no more live tokens"),
    ENTRY(E_UNDO, "the revoke cannot be undone"),
    ENTRY(E_ADMIN, "the call needs a handle for administration"),
    ENTRY(E_REASON_CODE, "unknown reason code"),
    ENTRY(E_PEER, "the address of the peer must have 4 or 16 bytes"),
    ENTRY(E_POLICY_VALUE, "a value of the policy is outside its limits"),
    ENTRY(E_KEY_USED, "live tokens need the key, or it is the active one"),
    ENTRY(E_FILTER, "the filter contradicts itself or is out of range"),
    ENTRY(E_MALFORMED, "not the text of a token of this store"),
    ENTRY(E_UNKNOWN, "unknown token"),
    ENTRY(E_EXPIRED, "the token has expired"),
    ENTRY(E_REVOKED, "the token was revoked"),
    ENTRY(E_NO_TOKEN, "no Bearer credentials were sent"),
    ENTRY(E_NEWER, "only a newer version of the library understands the token"),
    ENTRY(E_SUSPENDED, "the token is suspended"),
    ENTRY(E_BLOCKED, "the owner of the token is blocked"),
    ENTRY(E_WRONG_NETWORK, "the token is not valid from this address"),
    ENTRY(E_WRONG_INTERFACE, "the token is not valid at this interface"),
    ENTRY(E_HEADER, "the header value names Bearer but is malformed"),
    ENTRY(E_NOMEM, "out of memory"),
    ENTRY(E_CLOCK, "the clock failed, or is outside the years 1970 to 9999"),
    ENTRY(E_BUSY, "timed out waiting for other calls on the store"),
    ENTRY(E_IO, "an input or output error occurred; nothing was changed"),
    ENTRY(E_FULL, "the store is full: grow it"),
    ENTRY(E_DISK_FULL, "no space left on the device"),
    ENTRY(E_MAYBE, "it is not known whether the change was committed"),
    ENTRY(E_DAMAGED, "the store is damaged"),
    ENTRY(E_REPLACED, "the store was replaced or removed while it was open"),
    ENTRY(E_ROLLED_BACK, "the store was rolled back to an older state"),
    ENTRY(E_SCHEMA,
          "the store, or something in it, is of a version that this library does not know"),
    ENTRY(E_NO_STORE, "there is no store at this path"),
    ENTRY(E_UNSAFE, "the owner, access mode or number of names of a file is unsafe"),
    ENTRY(E_ACCESS, "the operating system denied access"),
    ENTRY(E_SYMLINK, "a symbolic link is in place of a directory or file"),
    ENTRY(E_READ_ONLY_FS, "the file system is mounted read-only"),
    ENTRY(E_NETWORK_FS, "the file system is not local"),
    ENTRY(E_FOREIGN_OPEN, "a second copy of LMDB in this process has the store's files open"),
    ENTRY(E_PID_CLASH, "a process with the same PID in another PID namespace has the store open"),
    ENTRY(E_READERS_FULL, "all slots of the reader table are in use"),
    ENTRY(E_IN_USE, "a process has the store open"),
    ENTRY(E_RANDOM, "libsodium or its random generator does not work"),
    ENTRY(E_KEYS_MISSING, "there is no keyring file at this path"),
    ENTRY(E_KEYS_UNSAFE, "the keyring file is accessible to users other than its owner"),
    ENTRY(E_KEYS_FOREIGN, "the file is not a keyring"),
    ENTRY(E_KEYS_SHORT, "the keyring file is truncated"),
    ENTRY(E_KEYS_DAMAGED, "the keyring file is damaged"),
    ENTRY(E_KEYS_VERSION, "the keyring file was written by a newer version of the library"),
    ENTRY(E_KEYS_VERIFY, "a full keyring is needed, and this one is verify-only"),
    ENTRY(E_KEY_WRONG, "wrong keyring: the store was used with another key"),
    ENTRY(E_KEY_MISSING, "the keyring lacks a key that the store was used with: load it again"),
    ENTRY(E_ZONE_FAILED, "the zone callback failed or returned an impossible time"),
    ENTRY(E_MLOCK, "memory for keys cannot be locked into RAM"),
    ENTRY(E_UNPROVEN, "the current store cannot prove what it denied"),
    ENTRY(E_ZONE_DATA, "the system's time zone data (package tzdata) is missing or unusable"),
    ENTRY(E_FILE_SYSTEM, "the file system is not one that stores are tested on"),
    ENTRY(E_KEY_RETIRED, "the key is retired in this store: activate another one"),
};

static size_t index_of(int code) {
    size_t i = 0;
    while (i < ATK_LEN(errors) && errors[i].code != code) i++;
    return i;
}

const char *apitoken_error_name(int code) {
    size_t i = index_of(code);
    return i < ATK_LEN(errors) ? errors[i].name : "APITOKEN_E_?";
}

const char *apitoken_error_text(int code) {
    size_t i = index_of(code);
    return i < ATK_LEN(errors) ? errors[i].text : "unknown error";
}

int apitoken_error_class(int code) {
    if (code == 0) return APITOKEN_CLASS_OK;
    if (code <= -1000 && code > -1100) return APITOKEN_CLASS_USAGE;
    if (code <= -1100 && code > -1200) return APITOKEN_CLASS_DENIED;
    return APITOKEN_CLASS_FAILED;
}

int apitoken_public_status(int code) {
    if (code == APITOKEN_E_WRONG_INTERFACE) return 403;
    if (code == APITOKEN_E_HEADER) return 400;
    switch (apitoken_error_class(code)) {
    case APITOKEN_CLASS_OK: return 200;
    case APITOKEN_CLASS_USAGE: return 500;
    case APITOKEN_CLASS_DENIED: return 401;
    default: return 503;
    }
}

const char *apitoken_public_error(int code) {
    if (apitoken_error_class(code) != APITOKEN_CLASS_DENIED || code == APITOKEN_E_NO_TOKEN)
        return "";
    if (code == APITOKEN_E_WRONG_INTERFACE) return "insufficient_scope";
    return code == APITOKEN_E_HEADER ? "invalid_request" : "invalid_token";
}

/* A text that was cut in the middle of a UTF-8 character loses the rest of that character, too. */
static void drop_partial_character(char *text, size_t len) {
    size_t at = len;
    while (at > 0 && ((unsigned char)text[at - 1] & 0xC0) == 0x80) at--;
    if (at == 0) return;
    const unsigned char lead = (unsigned char)text[at - 1];
    const size_t char_len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (len - (at - 1) < char_len) text[at - 1] = '\0';
}

static bool is_usable(const apitoken_error *err) { return err && atk_error_check(err) == 0; }

/* Fills in the current version of the struct, then as much of it as the caller's struct holds. */
ATK_PRINTF(3, 0)
static void fill_detail(apitoken_error *err, const apitoken_error *facts, const char *fmt,
                        va_list args) {
    apitoken_error full = *facts;
    if (fmt) {
        int len = vsnprintf(full.text, sizeof full.text, fmt, args);
        if (len >= (int)sizeof full.text) drop_partial_character(full.text, sizeof full.text - 1);
    } else {
        (void)snprintf(full.text, sizeof full.text, "%s", apitoken_error_text(full.code));
    }
    atk_out_store(err, &full, sizeof full);
}

int atk_fail(apitoken_error *err, int code, const char *fmt, ...) {
    if (!is_usable(err)) return code;
    const apitoken_error facts = { .code = code, .item = UINT32_MAX };
    va_list args;
    va_start(args, fmt);
    fill_detail(err, &facts, fmt, args);
    va_end(args);
    return code;
}

int atk_fail_os(apitoken_error *err, int code, int os_code, const char *fmt, ...) {
    if (!is_usable(err)) return code;
    const apitoken_error facts = { .code = code, .os_code = os_code, .item = UINT32_MAX };
    va_list args;
    va_start(args, fmt);
    fill_detail(err, &facts, fmt, args);
    va_end(args);
    return code;
}

int atk_fail_field(apitoken_error *err, int code, uint32_t field, size_t offset, const char *fmt,
                   ...) {
    if (!is_usable(err)) return code;
    const uint32_t shown = offset > UINT32_MAX ? UINT32_MAX : (uint32_t)offset;
    const apitoken_error facts = {
        .code = code, .field = field, .offset = shown, .item = UINT32_MAX
    };
    va_list args;
    va_start(args, fmt);
    fill_detail(err, &facts, fmt, args);
    va_end(args);
    return code;
}

int atk_fail_item(apitoken_error *err, int code, uint32_t item, const char *fmt, ...) {
    if (!is_usable(err)) return code;
    const apitoken_error facts = { .code = code, .item = item };
    va_list args;
    va_start(args, fmt);
    fill_detail(err, &facts, fmt, args);
    va_end(args);
    return code;
}

int atk_fail_as(apitoken_error *err, const apitoken_error *detail) {
    if (is_usable(err)) atk_out_store(err, detail, sizeof *detail);
    return detail->code;
}

int atk_fail_add_item(apitoken_error *err, int code, uint32_t item) {
    if (is_usable(err)) err->item = item;
    return code;
}

void atk_fail_add_id(apitoken_error *err, const char *id) {
    if (!is_usable(err)) return;
    memcpy(err->id, id, APITOKEN_ID_LEN);
    err->id[APITOKEN_ID_LEN] = '\0';
}
