/* SPDX-License-Identifier: MIT */
/*
 * libapitoken: create, list, revoke, validate and copy-format API tokens in the host's own process.
 *
 * Read me first
 * -------------
 * Result       Every function that returns `int` gives 0 or a negative APITOKEN_E_ code; the class
 *              is in the hundreds: usage (10xx), denied (11xx), failed (12xx). apitoken_validate()
 *              gives 0 only for a token that is good now, so `if (apitoken_validate(...) != 0)
 *              refuse();` fails closed.
 * Outputs      `ret_` arguments are written on success only. Three exceptions, said again where
 *              they apply: the verdict is set to denied on entry; the needed length is written with
 *              APITOKEN_E_BUFFER; and the error detail holds the id that goes with
 *              APITOKEN_E_MAYBE.
 * Text         Comes in as pointer and length in bytes, need not end in NUL, is copied where it is
 *              kept. Text that comes out ends in NUL and belongs to the object it was got from.
 *              File names alone are C strings.
 * Structs      Begin with their size; set them up with the _INIT macro of the same name. Fields are
 *              only ever appended. An input struct may be larger than this library knows if the
 *              unknown tail is zero, else APITOKEN_E_ABI; a size smaller than that of the first
 *              release or above 4,096 is APITOKEN_E_ABI as well. In an output struct the tail the
 *              library does not know is zeroed. Every `opts` and every `err` may be NULL; an `err`
 *              of a bad size is taken as NULL. Reserved fields are zero.
 * Errors       The lists below name what matters to a caller. They may grow: treat a code that you
 *              do not expect by its class.
 * Time         int64_t milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted, within
 *              the years 1970..9999. A civil day is an int32_t of the form yyyymmdd: 20261231.
 * Callbacks    Clock, zone and log run on the calling thread, once per call at most (zone: in a
 *              batch for each change of day; log: as often as there is something to say), while the
 *              library holds no lock and no transaction. They must return normally: no longjmp, no
 *              C++ exception. They may call the library, also for the same store, but must not
 *              close it.
 * Threads      A store and a keyring may be used by any number of threads at once. All other
 *              objects belong to one thread at a time; a page and a token row may be read by many.
 *              Whoever calls a _close or _free must be the last user. Secrets, pages and rows
 *              outlive the store they came from. No function is async-signal-safe.
 * Fork         Open the store in the process that uses it. In a child, every call on an inherited
 *              store gives APITOKEN_E_FORKED, and apitoken_store_close() of it is allowed and
 *              touches nothing that belongs to the parent. Opening anew in the child is right, also
 *              for a store that the parent has open, and with a keyring that was loaded before the
 *              fork. Secrets, pages, rows and keyrings are a process's own memory: a child may read
 *              and free its copies.
 * Environment  The library prints nothing, installs no signal handler, reads neither the locale nor
 *              TZ, and keeps errno.
 */
#ifndef APITOKEN_APITOKEN_H
#define APITOKEN_APITOKEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Version of this header: major * 10000 + minor * 100 + patch. apitoken_version() tells that of the
 * running library.
 */
#define APITOKEN_VERSION 200
#define APITOKEN_VERSION_STRING "0.2.0"

#if defined(__GNUC__) || defined(__clang__)
#define APITOKEN_API __attribute__((visibility("default")))
#define APITOKEN_MUST_CHECK __attribute__((warn_unused_result))
#ifdef APITOKEN_BUILDING /* the attribute would delete the library's own NULL checks */
#define APITOKEN_NONNULL(...)
#else
#define APITOKEN_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#endif
#else
#define APITOKEN_API
#define APITOKEN_MUST_CHECK
#define APITOKEN_NONNULL(...)
#endif

/* ---- Errors ---------------------------------------------------------------------------------- */

/*
 * Frozen numbers. A number never changes its meaning and is never used again. New ones are added at
 * the end of their class, so treat a number that you do not know by its class: see
 * apitoken_error_class().
 */
enum {
    APITOKEN_OK = 0,

    /*
     * 10xx usage: the call or its input is wrong; nothing was done. From validate: answer 500,
     * deny.
     */
    APITOKEN_E_ARGUMENT = -1001, /* a required argument is NULL or contradicts another one */
    /* struct size, flag bit or reserved field that this library does not know */
    APITOKEN_E_ABI = -1002,
    /* the output does not fit; *ret_len holds the needed length, the buffer is untouched */
    APITOKEN_E_BUFFER = -1003,
    /* handle inherited from the parent process; open the store in this process */
    APITOKEN_E_FORKED = -1004,
    /* the handle is verify-only, the call would write or decrypt */
    APITOKEN_E_VERIFY_ONLY = -1005,
    /* owner empty, too long, or with characters that are not allowed */
    APITOKEN_E_OWNER = -1006,
    APITOKEN_E_NAME = -1007,        /* the same for a token's name */
    APITOKEN_E_DESCRIPTION = -1008, /* the same for a description; empty is allowed */
    APITOKEN_E_REASON = -1009,      /* the same for the reason of a revoke; empty is allowed */
    APITOKEN_E_ID = -1010,          /* not the form of a token id: 12 characters of 0-9 A-Z a-z */
    APITOKEN_E_DAY = -1011,         /* not a calendar day YYYY-MM-DD of the years 1970..9999 */
    /* expiry kind unknown, instant out of range, or a value that its kind does not take */
    APITOKEN_E_EXPIRY = -1012,
    APITOKEN_E_EXPIRY_PAST = -1013, /* the token would be expired already */
    APITOKEN_E_CURSOR = -1014,      /* not a cursor that apitoken_page_cursor() gave */
    /* more rows a page than APITOKEN_LIST_MAX, or items a batch than APITOKEN_BATCH_MAX */
    APITOKEN_E_LIMIT = -1015,
    APITOKEN_E_FORMAT = -1016, /* unknown copy format */
    APITOKEN_E_PREFIX = -1017, /* not 2 to 10 of a-z 0-9 that begin with a letter */
    APITOKEN_E_POLICY = -1018, /* unknown copy policy */
    /* not the form of a zone id, or the zone callback does not know it */
    APITOKEN_E_ZONE = -1019,
    /* map size outside the limits, or not larger than the present one */
    APITOKEN_E_MAP_SIZE = -1021,
    APITOKEN_E_EXISTS = -1022,    /* the file or directory exists; it is never overwritten */
    APITOKEN_E_NOT_FOUND = -1023, /* this owner has no token of that id (answer 404) */
    /* no copy of this token is kept: the store's copy policy (answer 409) */
    APITOKEN_E_NOT_COPYABLE = -1024,
    /* unknown open mode, or read-write asked while this process has it open verify-only */
    APITOKEN_E_MODE = -1025,
    APITOKEN_E_KEY_ID = -1026,    /* the keyring has no key of that id */
    APITOKEN_E_KEY_LIMIT = -1027, /* the keyring is full */
    /* path NULL, empty, too long, or with "://", which is kept for other engines than LMDB */
    APITOKEN_E_PATH = -1028,
    APITOKEN_E_COPY_REVOKED = -1029, /* the token was revoked, and its copy with it (answer 409) */

    /*
     * 11xx denied: the token is not good. Only apitoken_validate() and apitoken_validate_header()
     * give these.
     */
    /* not the text of a token of this store: length, prefix, alphabet, version or checksum */
    APITOKEN_E_MALFORMED = -1101,
    APITOKEN_E_UNKNOWN = -1102, /* no such token, or the secret part is wrong */
    APITOKEN_E_EXPIRED = -1103, /* the secret was right, the token is past its end */
    /* the secret was right, the token was revoked (also if it is expired, too) */
    APITOKEN_E_REVOKED = -1104,
    APITOKEN_E_NO_TOKEN = -1105, /* the header value carries no Bearer credentials at all */

    /* 12xx failed: no answer can be given. Deny, then retry or alert (answer 503). */
    APITOKEN_E_NOMEM = -1201, /* out of memory */
    APITOKEN_E_CLOCK = -1202, /* the clock failed or left the years 1970..9999 */
    /* timeout_ms passed while waiting for others; nothing was changed */
    APITOKEN_E_BUSY = -1203,
    /* the operating system or LMDB reported an error; the change was not made */
    APITOKEN_E_IO = -1204,
    /* the store's map is full but for the reserve that revoke may use: grow it; not made */
    APITOKEN_E_FULL = -1205,
    APITOKEN_E_DISK_FULL = -1206, /* no space left on the device; the change was not made */
    /* what became of a commit cannot be told; the detail names the id */
    APITOKEN_E_MAYBE = -1207,
    APITOKEN_E_DAMAGED = -1208, /* the store's files fail a check */
    /* the store was replaced or removed under the open handle: close and open anew */
    APITOKEN_E_REPLACED = -1209,
    /* the store is older than one that was already in use: an old copy was put in place */
    APITOKEN_E_ROLLED_BACK = -1210,
    APITOKEN_E_SCHEMA = -1211,   /* the store was written by a newer version of the library */
    APITOKEN_E_NO_STORE = -1212, /* there is no store at this path */
    /* owner or access mode of directory or file is unsafe; the detail names it */
    APITOKEN_E_UNSAFE = -1213,
    /* the operating system refuses access; the detail names the file */
    APITOKEN_E_ACCESS = -1214,
    APITOKEN_E_SYMLINK = -1215,      /* a symbolic link stands where a directory or file is due */
    APITOKEN_E_READ_ONLY_FS = -1216, /* read-only mount: LMDB would silently run without locks */
    /* network or user-space file system: its locks cannot be trusted */
    APITOKEN_E_NETWORK_FS = -1217,
    /* something else in this process (a second copy of LMDB) has the store's files open */
    APITOKEN_E_FOREIGN_OPEN = -1218,
    /* a process of the same pid in another PID namespace has the store open */
    APITOKEN_E_PID_CLASH = -1219,
    APITOKEN_E_READERS_FULL = -1220, /* all reader slots of the store are taken */
    /* the call needs the store for itself and a process has it open */
    APITOKEN_E_IN_USE = -1221,
    APITOKEN_E_RANDOM = -1222,       /* libsodium could not be set up */
    APITOKEN_E_KEYS_MISSING = -1223, /* there is no keyring file at this path */
    /* the keyring file is open to others than its owner, or not oneself's or root's */
    APITOKEN_E_KEYS_UNSAFE = -1224,
    APITOKEN_E_KEYS_FOREIGN = -1225, /* the file is not a keyring */
    APITOKEN_E_KEYS_SHORT = -1226,   /* the keyring file is cut off */
    /* the keyring file fails its checksum or is malformed inside */
    APITOKEN_E_KEYS_DAMAGED = -1227,
    /* the keyring file was written by a newer version of the library */
    APITOKEN_E_KEYS_VERSION = -1228,
    APITOKEN_E_KEYS_VERIFY = -1229, /* a full keyring is needed and this one is verify-only */
    /* a key differs from the one the store was used with: wrong keyring */
    APITOKEN_E_KEY_WRONG = -1230,
    /* the store was used with a key that the keyring does not hold */
    APITOKEN_E_KEY_MISSING = -1231,
    /* the zone callback failed, or gave an instant that cannot be */
    APITOKEN_E_ZONE_FAILED = -1232,
    /* key memory cannot be locked into RAM (RLIMIT_MEMLOCK), and that was asked for */
    APITOKEN_E_MLOCK = -1233,
    /* restore: the present store cannot tell which tokens were revoked; nothing was done */
    APITOKEN_E_UNPROVEN = -1234,
    /* the system has no time zone data (package tzdata), or the zone's file cannot be used */
    APITOKEN_E_ZONE_DATA = -1235
};

/* Which input an error is about: apitoken_error.field. Frozen numbers. */
enum {
    APITOKEN_FIELD_NONE = 0,
    APITOKEN_FIELD_OWNER = 1,
    APITOKEN_FIELD_NAME = 2,
    APITOKEN_FIELD_DESCRIPTION = 3,
    APITOKEN_FIELD_EXPIRY = 4,
    APITOKEN_FIELD_REASON = 5,
    APITOKEN_FIELD_ID = 6,
    APITOKEN_FIELD_TOKEN = 7,
    APITOKEN_FIELD_CURSOR = 8,
    APITOKEN_FIELD_PREFIX = 9,
    APITOKEN_FIELD_ZONE = 10,
    APITOKEN_FIELD_MAP_SIZE = 11,
    APITOKEN_FIELD_OPTS = 12,
    APITOKEN_FIELD_PATH = 13
};

/*
 * Detail for people and logs, owned by the caller, last argument of every call that can fail, NULL
 * = not wanted. On failure every field is written, on success none. Never holds token text or key
 * material.
 */
typedef struct apitoken_error {
    uint32_t size;   /* set by APITOKEN_ERROR_INIT */
    int32_t code;    /* the value that was returned */
    int32_t os_code; /* errno (> 0) or the engine's own code (< 0) behind it, else 0 */
    uint32_t field;  /* APITOKEN_FIELD_: which input it is about */
    /* byte offset of the fault in that input; its length where the length is the fault */
    uint32_t offset;
    /* key id, or which element of an array, from 0; UINT32_MAX if it is about none */
    uint32_t item;
    char id[32];    /* token id it is about, NUL-terminated; "" if none */
    char text[200]; /* one English sentence, NUL-terminated, UTF-8 */
} apitoken_error;
#define APITOKEN_ERROR_INIT \
    { sizeof(apitoken_error), 0, 0, 0, 0, 0, "", "" }

/*
 * "APITOKEN_E_EXPIRED" for a code of this library, "APITOKEN_E_?" for any other. Static text, never
 * NULL. Any thread.
 * @since 0.1.0
 */
APITOKEN_API const char *apitoken_error_name(int code);

/*
 * One English sentence about the code, for people. Static text, never NULL. Any thread.
 * @since 0.1.0
 */
APITOKEN_API const char *apitoken_error_text(int code);

/* Classes: what apitoken_error_class() gives. */
enum {
    APITOKEN_CLASS_OK = 0,
    APITOKEN_CLASS_USAGE = 10,
    APITOKEN_CLASS_DENIED = 11,
    APITOKEN_CLASS_FAILED = 12
};

/*
 * Class of a code, also of one that is newer than this library; FAILED for a number that is no
 * code. Any thread. @since 0.1.0
 */
APITOKEN_API int apitoken_error_class(int code);

/*
 * HTTP status to answer for the result of a validate: 200 for 0, 401 for a denial, 503 for a
 * failure, 500 for misuse (RFC 9110 sections 15.3.1, 15.5.2, 15.6.4, 15.6.1). Send what it gives
 * instead of a fixed number: a later denial may have another 4xx. A 401 must carry a
 * WWW-Authenticate field, also where the function below gives "". Any thread. @since 0.1.0
 */
APITOKEN_API int apitoken_public_status(int code);

/*
 * The `error` attribute for the challenge of a denial (RFC 6750 section 3.1): "invalid_token", the
 * same for every token that is not good, so that a client learns nothing from it; "" for
 * APITOKEN_E_NO_TOKEN (section 3: no error information where the request carried no credentials of
 * this scheme) and for all that is no denial. Static text. Any thread. @since 0.1.0
 */
APITOKEN_API const char *apitoken_public_error(int code);

/* APITOKEN_VERSION and APITOKEN_VERSION_STRING of the running library. Any thread. @since 0.1.0 */
APITOKEN_API uint32_t apitoken_version(void);
APITOKEN_API const char *apitoken_version_string(void);

/* ---- Limits: bytes unless said otherwise ----------------------------------------------------- */

#define APITOKEN_OWNER_MAX 128
#define APITOKEN_NAME_MAX 100
#define APITOKEN_DESCRIPTION_MAX 1000
#define APITOKEN_REASON_MAX 1000
#define APITOKEN_PREFIX_MAX 10
#define APITOKEN_ZONE_MAX 64
#define APITOKEN_ID_LEN 12 /* at present; buffers for an id: APITOKEN_ID_MAX + 1 */
#define APITOKEN_ID_MAX 31
#define APITOKEN_CURSOR_MAX 255 /* longest cursor */
#define APITOKEN_TOKEN_MAX 128  /* longest token text, of this version or a later one */
/* a buffer of this many bytes holds any copy format with its NUL */
#define APITOKEN_FORMAT_MAX 256
#define APITOKEN_LIST_MAX 1000      /* rows a page */
#define APITOKEN_BATCH_MAX 1000000  /* tokens a batch */
#define APITOKEN_FINGERPRINT_LEN 32 /* hexadecimal digits */

/* ---- Handles --------------------------------------------------------------------------------- */

typedef struct apitoken_keyring apitoken_keyring; /* keys in guarded memory */
typedef struct apitoken_store apitoken_store;     /* an open store */
typedef struct apitoken_secret apitoken_secret;   /* the text of a new token, in guarded memory */
/* the texts of many new tokens, in guarded memory */
typedef struct apitoken_batch apitoken_batch;
/* a row: what is known of a token; never its text */
typedef struct apitoken_token apitoken_token;
typedef struct apitoken_page apitoken_page; /* rows of a list */

/* ---- Callbacks ------------------------------------------------------------------------------- */

/*
 * The clock that decides expiry. Store the present time in *ret_now_ms and return 0. Anything else,
 * or a time outside 1970..9999, makes the call fail with APITOKEN_E_CLOCK, and so deny. Called once
 * per verb, after the syntax of the input was found good. A clock that is set back makes expired
 * tokens valid again.
 */
typedef int (*apitoken_clock_fn)(int64_t *ret_now_ms, void *ctx);

/*
 * The zone rules, for stores whose zone is not "UTC": store in *ret_start_ms the instant at which
 * the civil day `day` (yyyymmdd) begins in `zone` and return 0; where midnight does not exist that
 * is the day's first instant. A positive return means that the zone is not known (APITOKEN_E_ZONE),
 * a negative one a failure (APITOKEN_E_ZONE_FAILED), as is a result more than 48 hours from the
 * beginning of that day in UTC. `zone` ends in NUL, zone_len is given beside it. To resolve a last
 * valid day the library asks for the day after it, for 9999-12-31 for that day itself and adds a
 * day.
 */
typedef int (*apitoken_zone_fn)(const char *zone, size_t zone_len, int32_t day,
                                int64_t *ret_start_ms, void *ctx);

/* Log levels. Frozen numbers. */
enum { APITOKEN_LOG_ERROR = 1, APITOKEN_LOG_WARNING = 2, APITOKEN_LOG_INFO = 3 };

/*
 * What an operator should know and no caller is told: memory that could not be locked, an
 * environment opened anew, slots of dead processes cleared. `code` is the APITOKEN_E_ code or 0,
 * `text` one English sentence without token text or key material, valid during the call only.
 */
typedef void (*apitoken_log_fn)(int level, int code, const char *text, void *ctx);

/* ---- Keyring --------------------------------------------------------------------------------- */

/*
 * A keyring is a file of keys, kept apart from the store, mode 0600. A key gives three subkeys:
 * digest (turns a token into its stored verifier), record check (a tag on every stored record) and
 * seal (encrypts the copy of a token). A verify-only keyring holds the first two of each key:
 * whoever holds it can validate and cannot decrypt. One key of a keyring is active: new tokens are
 * made under it; the others go on verifying. Whoever loses the keyring loses the tokens: back it
 * up.
 *
 * Errors of every function here that takes a path: _PATH, _ARGUMENT, _ABI, _ACCESS, _IO, _NOMEM,
 * _RANDOM; of those that read a file also _KEYS_MISSING, _KEYS_UNSAFE (any access for group or
 * others, or owned by neither the effective user nor root), _SYMLINK, _KEYS_FOREIGN, _KEYS_SHORT,
 * _KEYS_DAMAGED, _KEYS_VERSION; of those that write one also _EXISTS, _DISK_FULL, _READ_ONLY_FS. A
 * file is written whole beside its name, synced and renamed: a crash leaves the old one or the new
 * one. Any thread.
 */
typedef struct apitoken_keyring_opts {
    uint32_t size;
    uint32_t flags;      /* 0; for load also APITOKEN_KEYRING_REQUIRE_LOCK */
    uint32_t timeout_ms; /* how long add_key and activate_key may wait for each other; 0 = 5,000 */
    uint32_t reserved;   /* 0 */
} apitoken_keyring_opts;
#define APITOKEN_KEYRING_OPTS_INIT \
    { sizeof(apitoken_keyring_opts), 0, 0, 0 }

/*
 * For load: fail with APITOKEN_E_MLOCK if the key memory cannot be locked, instead of only
 * reporting it.
 */
#define APITOKEN_KEYRING_REQUIRE_LOCK 1u

/*
 * Makes a keyring file with one new key, id 1, active. APITOKEN_E_EXISTS if anything is at `path`.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1) int apitoken_keyring_create(
    const char *path, const apitoken_keyring_opts *opts, apitoken_error *err);

/*
 * Reads a keyring file. Free the result with apitoken_keyring_free(); a store that was opened with
 * it keeps its own.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 3) int apitoken_keyring_load(
    const char *path, const apitoken_keyring_opts *opts, apitoken_keyring **ret_keyring,
    apitoken_error *err);

/*
 * Adds a new key to a full keyring file; it is not active yet. *ret_key_id (may be NULL) gets its
 * id: the highest one so far plus 1. Before the key is activated let every process load the file
 * and open its store anew (an open store keeps the keys it was opened with), and export the
 * verify-only keyring again: an added key verifies everywhere before anyone makes tokens with it.
 * Calls of several processes wait for each other: APITOKEN_E_BUSY. APITOKEN_E_KEYS_VERIFY for a
 * verify-only file, APITOKEN_E_KEY_LIMIT at 32 keys. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1) int apitoken_keyring_add_key(
    const char *path, const apitoken_keyring_opts *opts, uint32_t *ret_key_id, apitoken_error *err);

/*
 * Makes a key of the file the active one. APITOKEN_E_KEY_ID if there is none of that id,
 * _KEYS_VERIFY, _BUSY. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1) int apitoken_keyring_activate_key(
    const char *path, uint32_t key_id, const apitoken_keyring_opts *opts, apitoken_error *err);

/*
 * Writes the verify-only keyring of the file `path` into the new file `out_path`, mode 0600; give
 * it to its user with chown. APITOKEN_E_EXISTS if anything is at `out_path`. From a verify-only
 * keyring it writes an equal one. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2) int apitoken_keyring_export_verify(
    const char *path, const char *out_path, const apitoken_keyring_opts *opts, apitoken_error *err);

/* Facts. key_at: ids in ascending order, 0 if i is not below the count. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) size_t apitoken_keyring_count(const apitoken_keyring *keyring);
APITOKEN_API APITOKEN_NONNULL(1) uint32_t
    apitoken_keyring_key_at(const apitoken_keyring *keyring, size_t i);
APITOKEN_API APITOKEN_NONNULL(1) uint32_t apitoken_keyring_active(const apitoken_keyring *keyring);
/* 1 if the keyring is verify-only, 0 if full. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) int apitoken_keyring_is_verify_only(
    const apitoken_keyring *keyring);
/*
 * 1 if the key memory is locked into RAM (mlock), 0 if the limit RLIMIT_MEMLOCK did not allow it.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) int apitoken_keyring_is_locked(const apitoken_keyring *keyring);
/*
 * Fingerprint of a key: 32 hexadecimal digits, the same in the full and in the verify-only keyring,
 * safe to print and to compare. NULL if there is no key of that id. Belongs to the keyring.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) const
    char *apitoken_keyring_fingerprint(const apitoken_keyring *keyring, uint32_t key_id);

/* Wipes and frees. NULL is fine. @since 0.1.0 */
APITOKEN_API void apitoken_keyring_free(apitoken_keyring *keyring);

/* ---- Store ----------------------------------------------------------------------------------- */

/* Copy policies. Frozen numbers. */
enum {
    APITOKEN_COPY_ONCE = 1, /* the text of a token is given out by create and never again */
    /* a sealed copy is kept until the token is revoked; apitoken_copy() gives it to its owner */
    APITOKEN_COPY_ALWAYS = 2
};

/*
 * For create: mode 2770 instead of 0750, so that files of the directory belong to the directory's
 * group.
 */
#define APITOKEN_STORE_GROUP 1u

typedef struct apitoken_store_create_opts {
    uint32_t size;
    uint32_t flags;       /* 0, or APITOKEN_STORE_GROUP */
    uint32_t copy_policy; /* 0 = APITOKEN_COPY_ONCE */
    uint32_t prefix_len;
    /* largest size of the store; 0 = 1 GiB; 16 MiB to 1 TiB, rounded up to whole pages */
    uint64_t map_bytes;
    uint32_t zone_id_len;
    uint32_t reserved;       /* 0 */
    const char *prefix;      /* NULL = "tdh" */
    const char *zone_id;     /* business zone of expiry days; NULL = "UTC" */
    apitoken_clock_fn clock; /* gives the time of creation; NULL = the system's clock */
    void *clock_ctx;
    /* if given, it must know zone_id, else APITOKEN_E_ZONE; NULL = not checked */
    apitoken_zone_fn zone;
    void *zone_ctx;
} apitoken_store_create_opts;
#define APITOKEN_STORE_CREATE_OPTS_INIT \
    { sizeof(apitoken_store_create_opts), 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * Makes a store: the directory `path`, all or nothing (a crash may leave a directory
 * `path`.new-XXXXXX beside it, which may be removed). `keyring` must be full. Zone ids: 1 to 64 of
 * A-Z a-z 0-9 + - _ and / inside.
 *
 * Errors: _EXISTS (anything is at `path`), _ARGUMENT, _PREFIX, _POLICY, _ZONE, _ZONE_FAILED,
 * _MAP_SIZE, _KEYS_VERIFY, _CLOCK, _NETWORK_FS, _READ_ONLY_FS, _DISK_FULL, _ACCESS, _IO, _NOMEM,
 * _RANDOM, _PATH, _ABI. Any thread. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2) int apitoken_store_create(
    const char *path, const apitoken_keyring *keyring, const apitoken_store_create_opts *opts,
    apitoken_error *err);

/* Open modes. Frozen numbers. */
enum {
    APITOKEN_MODE_READ_WRITE = 1, /* all verbs; a full keyring */
    /* validate, list, show, stat, masked copy; no write access to the tokens; either keyring */
    APITOKEN_MODE_VERIFY_ONLY = 2
};

/*
 * For open: remember no verdict. By default validate remembers up to about a thousand tokens a
 * thread that it found good, by a keyed hash of their text, with the record that they have in the
 * store, for as long as that does not change: a token that is used again and again is then answered
 * several times faster, and is refused by the first call after its revocation all the same. After
 * each change of the store, of whatever token, the record is read anew. Expiry is judged by every
 * call.
 */
#define APITOKEN_OPEN_NO_RECENT 1u

#define APITOKEN_CHECK_OFF 1u /* for check_max_bytes: never run the structure check at open */

typedef struct apitoken_open_opts {
    uint32_t size;
    uint32_t flags; /* 0, or APITOKEN_OPEN_NO_RECENT */
    uint32_t mode;  /* 0 = APITOKEN_MODE_READ_WRITE */
    /* how long this call, and a verb that does not say so itself, may wait for others; 0 = 5,000 */
    uint32_t timeout_ms;
    /* check the structure at open if data.mdb is not larger; 0 = 1 GiB; or APITOKEN_CHECK_OFF */
    uint64_t check_max_bytes;
    apitoken_clock_fn clock; /* NULL = the system's clock (CLOCK_REALTIME) */
    void *clock_ctx;         /* the contexts are borrowed until apitoken_store_close() returns */
    apitoken_zone_fn zone;   /* NULL = UTC only */
    void *zone_ctx;
    apitoken_log_fn log; /* NULL = none */
    void *log_ctx;
} apitoken_open_opts;
#define APITOKEN_OPEN_OPTS_INIT \
    { sizeof(apitoken_open_opts), 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * Opens a store. Close the handle with apitoken_store_close(). A second open of the same store in
 * one process, by whatever path, gives a handle with its own keyring, clock and log on the same
 * environment. The keyring is copied and may be freed.
 *
 * The directory must not be open to others than its owner and group; its owner must be the
 * effective user or root, or, for a verify-only handle, anybody. The file system must be local and
 * writable (lock.mdb, writer.lock and last-use are written by every reader; data.mdb by read-write
 * handles only).
 *
 * Errors: _ARGUMENT, _NO_STORE, _UNSAFE, _SYMLINK, _ACCESS, _READ_ONLY_FS, _NETWORK_FS,
 * _FOREIGN_OPEN, _PID_CLASH, _MODE, _KEYS_VERIFY, _KEY_WRONG, _KEY_MISSING, _DAMAGED, _ROLLED_BACK,
 * _SCHEMA, _BUSY, _DISK_FULL, _READERS_FULL, _IO, _NOMEM, _RANDOM, _PATH, _ABI. Any thread.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2, 4) int apitoken_store_open(
    const char *path, const apitoken_keyring *keyring, const apitoken_open_opts *opts,
    apitoken_store **ret_store, apitoken_error *err);

/*
 * Closes the handle and frees it. NULL is fine. No other call on the handle may be under way.
 * @since 0.1.0
 */
APITOKEN_API void apitoken_store_close(apitoken_store *store);

typedef struct apitoken_stat_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;   /* 0 */
} apitoken_stat_opts;
#define APITOKEN_STAT_OPTS_INIT \
    { sizeof(apitoken_stat_opts), 0, 0, 0 }

typedef struct apitoken_store_info {
    uint32_t size;
    uint32_t schema;      /* version of the stored form */
    uint32_t copy_policy; /* APITOKEN_COPY_ */
    uint32_t mode;        /* APITOKEN_MODE_ of this handle */
    uint32_t active_key;  /* id of the key that this handle makes tokens with */
    uint32_t keys_locked; /* 1 if key memory is locked into RAM */
    uint32_t readers;     /* reader slots in use by all processes */
    uint32_t readers_max;
    uint64_t tokens;      /* rows, revoked and expired ones included */
    uint64_t revoked;     /* rows that were revoked */
    uint64_t map_bytes;   /* largest size of the store */
    uint64_t used_bytes;  /* of it in use, free pages inside not counted */
    uint64_t spare_bytes; /* what create may still use before it answers APITOKEN_E_FULL */
    uint64_t transaction; /* number of the last committed change */
    int64_t created_ms;   /* when the store was made */
    char store_id[40];    /* 32 hexadecimal digits */
    char prefix[16];
    char zone[72];
} apitoken_store_info;
#define APITOKEN_STORE_INFO_INIT \
    { sizeof(apitoken_store_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", "", "" }

/*
 * Facts about the store; 0 in a field that an engine does not have. Errors: those of every verb
 * (below). Any thread.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 3) int apitoken_store_stat(
    apitoken_store *store, const apitoken_stat_opts *opts, apitoken_store_info *ret_info,
    apitoken_error *err);

typedef struct apitoken_grow_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;   /* 0 */
} apitoken_grow_opts;
#define APITOKEN_GROW_OPTS_INIT \
    { sizeof(apitoken_grow_opts), 0, 0, 0 }

/*
 * Makes the store's map larger while no process has it open; map_bytes as for create and larger
 * than now, else APITOKEN_E_MAP_SIZE. APITOKEN_E_IN_USE if a process has it open; _MAYBE; otherwise
 * the errors of a read-write open. Any thread.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2) int apitoken_store_grow(
    const char *path, const apitoken_keyring *keyring, uint64_t map_bytes,
    const apitoken_grow_opts *opts, apitoken_error *err);

/* ---- Check, backup, restore of a store ------------------------------------------------------- */

/* What a finding is about. Frozen numbers. Take a kind that you do not know as damage. */
enum {
    /* files, structure, or the records without which nothing opens; no token was looked at */
    APITOKEN_FINDING_FILES = 1,
    APITOKEN_FINDING_STORE = 2,       /* the store as a whole: its counts */
    APITOKEN_FINDING_ROLLED_BACK = 3, /* the store is older than one that was already in use */
    APITOKEN_FINDING_TOKEN = 4        /* one token */
};

/* One thing that a check found wrong. */
typedef struct apitoken_finding {
    uint32_t size;      /* that of this library: a later one may be larger */
    uint32_t kind;      /* APITOKEN_FINDING_ */
    int32_t code;       /* APITOKEN_E_ */
    uint32_t owner_len; /* 0 if the owner is not known */
    /* of the token, NUL-terminated; "" if it is about none, or cannot be read */
    char id[32];
    char owner[136]; /* NUL-terminated */
    char text[200];  /* one English sentence, NUL-terminated, UTF-8 */
} apitoken_finding;

/*
 * Is told each finding, after the check, in the order of the store. The finding is valid during the
 * call only.
 */
typedef void (*apitoken_finding_fn)(const apitoken_finding *finding, void *ctx);

/*
 * For check: if the only thing that is wrong is that the store was rolled back, go on with it as it
 * is. Tokens that were revoked since the state that it shows are good again: revoke them once more.
 * Needs a full keyring and the store for itself.
 */
#define APITOKEN_CHECK_ACCEPT_ROLLBACK 1u

typedef struct apitoken_check_opts {
    uint32_t size;
    uint32_t flags;              /* 0, or APITOKEN_CHECK_ACCEPT_ROLLBACK */
    uint32_t timeout_ms;         /* how long it may wait for others; 0 = 5,000 */
    uint32_t reserved;           /* 0 */
    apitoken_finding_fn finding; /* NULL = not wanted */
    void *finding_ctx;
} apitoken_check_opts;
#define APITOKEN_CHECK_OPTS_INIT \
    { sizeof(apitoken_check_opts), 0, 0, 0, NULL, NULL }

/*
 * Is this store sound? Reads all of one snapshot: the structure of data.mdb whatever its size, the
 * check of every record, that the two records of a token agree, the counts, the roll-back number.
 * Hosts may go on meanwhile. It writes nothing (but a reader slot in lock.mdb, as every open does),
 * or with APITOKEN_CHECK_ACCEPT_ROLLBACK the roll-back number alone.
 *
 * 0 only if nothing is wrong, or the roll-back was accepted. APITOKEN_E_DAMAGED or _ROLLED_BACK for
 * what was found: the worst one stands in the detail, at most 1,000 findings are told, and one more
 * that says how many were not. All other errors, those of apitoken_store_open() but for these two,
 * mean that it could not be checked. With the flag also _IN_USE, _KEYS_VERIFY; after any failure
 * repeating the call is right. Any thread. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2) int apitoken_store_check(
    const char *path, const apitoken_keyring *keyring, const apitoken_check_opts *opts,
    apitoken_error *err);

typedef struct apitoken_backup_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* how long it may wait for a read transaction; 0 = that of the store */
    uint32_t reserved;   /* 0 */
} apitoken_backup_opts;
#define APITOKEN_BACKUP_OPTS_INIT \
    { sizeof(apitoken_backup_opts), 0, 0, 0 }

/*
 * Writes a copy of the store as it is at one moment into the new directory `path`, while all others
 * go on reading and writing. The copy is a store of its own, compacted, without what was deleted,
 * with the last uses; every record is checked on the way. All or nothing, synced before it returns:
 * a crash may leave a directory `path`.new-XXXXXX, which may be removed. It belongs to who makes
 * it. The keyring is not in it; keep that elsewhere.
 *
 * Pages that writers free meanwhile cannot be used again before it ends: about 3 seconds a million
 * tokens. A verify-only handle will do. Errors: _EXISTS (anything is at `path`), _DAMAGED (the
 * detail may name a token), _PATH, _NETWORK_FS, _READ_ONLY_FS, _DISK_FULL, _ACCESS, and those of
 * every verb. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2) int apitoken_store_backup(
    apitoken_store *store, const char *path, const apitoken_backup_opts *opts, apitoken_error *err);

/*
 * For restore, where the present store is missing or cannot tell which of its tokens were revoked.
 * One of the two must be given then, else APITOKEN_E_UNPROVEN. Both together are APITOKEN_E_ABI.
 */
/* revoke every token of the backup, with the reason "restored" */
#define APITOKEN_RESTORE_REVOKE_ALL 1u
/* tokens that were revoked since the backup may be good again */
#define APITOKEN_RESTORE_ACCEPT_LOST 2u

typedef struct apitoken_restore_opts {
    uint32_t size;
    uint32_t flags;      /* 0, or one of APITOKEN_RESTORE_ */
    uint32_t timeout_ms; /* how long it may wait for others; 0 = 5,000 */
    uint32_t reserved;   /* 0 */
    /* gives the time of revocations that it makes; NULL = the system's clock */
    apitoken_clock_fn clock;
    void *clock_ctx;
} apitoken_restore_opts;
#define APITOKEN_RESTORE_OPTS_INIT \
    { sizeof(apitoken_restore_opts), 0, 0, 0, NULL, NULL }

typedef struct apitoken_restore_result {
    uint32_t size;
    uint32_t is_proven;    /* 1 if the present store could tell all its revocations */
    uint64_t tokens;       /* in the restored store */
    uint64_t revoked;      /* of these */
    uint64_t carried_over; /* of these: revoked in the present store and not in the backup */
    uint64_t revoked_now;  /* of these: by APITOKEN_RESTORE_REVOKE_ALL */
    uint64_t gone;         /* tokens that only the present store had; 0 if it could not be read */
} apitoken_restore_result;
#define APITOKEN_RESTORE_RESULT_INIT \
    { sizeof(apitoken_restore_result), 0, 0, 0, 0, 0, 0 }

/*
 * Puts the backup at `backup_path` in the place of the store at `path`, without bringing a revoked
 * token back in silence: every revocation that the present store can still prove is carried over,
 * with its time and reason where they can be read. The backup is checked whole before, and stays as
 * it is. The present store, if there is one, is kept as `path`.replaced; the two change places in
 * one step. `keyring` must be full and hold the keys of both.
 *
 * Close the store in every process before, this one included: APITOKEN_E_IN_USE. Owner, group and
 * mode of the directory and its files become those of the present store, or of the backup where
 * there is none; who may not set them gets APITOKEN_E_ACCESS. ret_result may be NULL.
 *
 * Errors: those of apitoken_store_open() about the backup; _UNPROVEN, _EXISTS (`path`.replaced is
 * there, or the store at `path` is not the one that the backup is of), _IN_USE, _KEYS_VERIFY,
 * _CLOCK, _DISK_FULL, _IO. Any thread. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2, 3) int apitoken_store_restore(
    const char *backup_path, const char *path, const apitoken_keyring *keyring,
    const apitoken_restore_opts *opts, apitoken_restore_result *ret_result, apitoken_error *err);

/* ---- Verbs ----------------------------------------------------------------------------------- */

/*
 * Errors of every verb, not repeated below: _ARGUMENT, _ABI, _FORKED, _NOMEM, _BUSY, _IO, _DAMAGED,
 * _REPLACED, _READERS_FULL, _PID_CLASH, _ACCESS, _KEY_MISSING (the record was made under a key that
 * this handle's keyring does not hold); of those that write also _VERIFY_ONLY, _DISK_FULL, _SCHEMA,
 * _ROLLED_BACK, _KEY_WRONG, _KEY_LIMIT; of those that look at expiry also _CLOCK. Any thread. Text
 * given as NULL with length 0 is the empty text.
 *
 * Owner: whose token it is, 1 to 128 bytes, compared byte for byte. It comes from the host's
 * session, never from a request. Owner, name, description and reason are strict UTF-8 (RFC 3629)
 * without control characters (C0, DEL, C1), bidirectional controls (U+061C, U+200E, U+200F,
 * U+202A..U+202E, U+2066..U+2069) and invisible ones (U+200B..U+200D, U+2028, U+2029,
 * U+2060..U+2064, U+FEFF, U+FFF9..U+FFFB, U+E0000..U+E0FFF). The library returns the bytes it was
 * given: escape them for HTML.
 */

/* Kinds of expiry. Frozen numbers. */
enum {
    APITOKEN_EXPIRY_NEVER = 0,  /* valid indefinitely */
    APITOKEN_EXPIRY_DAY = 1,    /* valid through the end of that civil day in the store's zone */
    APITOKEN_EXPIRY_INSTANT = 2 /* valid until just before that instant */
};

typedef struct apitoken_create_opts {
    uint32_t size;
    uint32_t flags;       /* 0 */
    uint32_t timeout_ms;  /* 0 = that of the store */
    uint32_t expiry_kind; /* APITOKEN_EXPIRY_ */
    int32_t expiry_day;   /* yyyymmdd, for _DAY; else 0. apitoken_day_parse() makes it from text */
    uint32_t description_len;
    /* for _INSTANT: the first instant at which the token is no longer good; else 0 */
    int64_t expiry_ms;
    const char *description; /* NULL = none */
    const void *reserved;    /* NULL */
} apitoken_create_opts;
#define APITOKEN_CREATE_OPTS_INIT \
    { sizeof(apitoken_create_opts), 0, 0, 0, 0, 0, 0, NULL, NULL }

/*
 * Makes a token; it is durable when the call returns 0. The secret is the only place where its text
 * is in clear: format it, then free it with apitoken_secret_free(). Today is a legal expiry day and
 * gives the rest of today. Pass `err`:
 *
 * Errors: _OWNER, _NAME, _DESCRIPTION, _EXPIRY, _DAY, _EXPIRY_PAST, _ZONE, _ZONE_MISSING,
 * _ZONE_FAILED, _FULL, _RANDOM, _MAYBE (the detail's id tells which token may have been made: when
 * the store answers again, apitoken_show() gives APITOKEN_E_NOT_FOUND if it was not; if it was, its
 * text is lost, so revoke it). @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 7) int apitoken_create(
    apitoken_store *store, const char *owner, size_t owner_len, const char *name, size_t name_len,
    const apitoken_create_opts *opts, apitoken_secret **ret_secret, apitoken_error *err);

/* Copy formats; T is the token's text. Exact bytes, no line end. Frozen numbers. */
enum {
    APITOKEN_FORMAT_PLAIN = 1, /* T */
    /* Bearer T                             credentials of RFC 6750 section 2.1 */
    APITOKEN_FORMAT_BEARER = 2,
    /* Authorization: Bearer T              header line of RFC 9110 section 11.6.2 */
    APITOKEN_FORMAT_HEADER = 3,
    /* API_TOKEN=T                          line of an environment file */
    APITOKEN_FORMAT_ENV = 4,
    /* header = "Authorization: Bearer T"   line of a curl configuration file (curl -K) */
    APITOKEN_FORMAT_CURL = 5,
    /* tdh_1ID and U+2026: the id alone, never a character of the secret */
    APITOKEN_FORMAT_MASKED = 6
};

/* The id of the new token, NUL-terminated; belongs to the secret. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) const char *apitoken_secret_id(const apitoken_secret *secret);

typedef struct apitoken_format_opts {
    uint32_t size;
    uint32_t flags; /* 0 */
} apitoken_format_opts;
#define APITOKEN_FORMAT_OPTS_INIT \
    { sizeof(apitoken_format_opts), 0 }

/*
 * Writes the token in a copy format into buf, with a NUL after it. *ret_len is its length without
 * the NUL. If cap is not larger than that: APITOKEN_E_BUFFER, *ret_len is set, buf is untouched; so
 * cap 0 with buf NULL asks for the length. NULL with another cap is APITOKEN_E_ARGUMENT. Wipe buf
 * when done. Errors: _ARGUMENT, _ABI, _FORMAT, _BUFFER. One thread at a time.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 6) int apitoken_secret_format(
    const apitoken_secret *secret, int format, const apitoken_format_opts *opts, char *buf,
    size_t cap, size_t *ret_len, apitoken_error *err);

/* Wipes and frees. NULL is fine. @since 0.1.0 */
APITOKEN_API void apitoken_secret_free(apitoken_secret *secret);

/* One token of a batch: the arguments of apitoken_create(). */
typedef struct apitoken_batch_item {
    uint32_t size;
    uint32_t flags; /* 0 */
    const char *owner;
    const char *name;
    const char *description; /* NULL = none */
    uint32_t owner_len;
    uint32_t name_len;
    uint32_t description_len;
    uint32_t expiry_kind; /* APITOKEN_EXPIRY_ */
    int32_t expiry_day;   /* as in apitoken_create_opts */
    uint32_t reserved;    /* 0 */
    int64_t expiry_ms;
} apitoken_batch_item;
#define APITOKEN_BATCH_ITEM_INIT \
    { sizeof(apitoken_batch_item), 0, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0 }

typedef struct apitoken_batch_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;   /* 0 */
    /*
     * NULL, or a number that the call raises to 2 * count as it goes, for another thread to show:
     * the first half before it holds the store's write lock. Stored atomically; read it so
     */
    uint64_t *progress;
} apitoken_batch_opts;
#define APITOKEN_BATCH_OPTS_INIT \
    { sizeof(apitoken_batch_opts), 0, 0, 0, NULL }

/*
 * Makes many tokens in one durable step, all or none: for a migration. `items` are pointers to
 * `count` structs, at most APITOKEN_BATCH_MAX, borrowed for the call and not changed meanwhile; 0
 * items make an empty batch. On failure the detail's item tells which one it is about, if it is
 * about one. Free the result with apitoken_batch_free().
 *
 * It is the one large write of this library: other writers wait for it, about 10 seconds for a
 * million tokens on a usual disk, and it takes up to 600 MB of memory. The store must have room for
 * its present content once more besides the new tokens: APITOKEN_E_FULL, and nothing is left of it.
 * The zone callback is called once for each day that differs from that of the item before.
 *
 * Errors: those of apitoken_create(), _LIMIT. _MAYBE concerns all of them: the detail's id is that
 * of the first item, and if that token is there, all are, with their texts lost. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 5) int apitoken_create_batch(
    apitoken_store *store, const apitoken_batch_item *const *items, size_t count,
    const apitoken_batch_opts *opts, apitoken_batch **ret_batch, apitoken_error *err);

/* How many tokens a batch holds: as many as there were items. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) size_t apitoken_batch_count(const apitoken_batch *batch);
/*
 * Id of the token of item i, NUL-terminated, or NULL if i is not below the count. Belongs to the
 * batch. @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) const
    char *apitoken_batch_id(const apitoken_batch *batch, size_t i);
/*
 * Writes the token of item i in a copy format into buf, as apitoken_secret_format() does.
 * APITOKEN_E_ARGUMENT if i is not below the count. One thread at a time. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 7) int apitoken_batch_format(
    const apitoken_batch *batch, size_t i, int format, const apitoken_format_opts *opts, char *buf,
    size_t cap, size_t *ret_len, apitoken_error *err);
/* Wipes and frees. NULL is fine. @since 0.1.0 */
APITOKEN_API void apitoken_batch_free(apitoken_batch *batch);

/*
 * States of a token, as bits so that a filter can name several. Frozen numbers. Take a state that
 * you do not know as not valid.
 */
enum {
    APITOKEN_STATE_VALID = 1,
    APITOKEN_STATE_EXPIRED = 2,
    APITOKEN_STATE_REVOKED = 4 /* also if it is expired, too */
};

typedef struct apitoken_list_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t limit;      /* rows a page; 0 = 100; at most APITOKEN_LIST_MAX */
    /* which states, APITOKEN_STATE_ bits; 0 = all; an unknown bit is APITOKEN_E_ABI */
    uint32_t states;
    uint32_t cursor_len;
    /* NULL = from the beginning; else what apitoken_page_cursor() gave for this owner */
    const char *cursor;
} apitoken_list_opts;
#define APITOKEN_LIST_OPTS_INIT \
    { sizeof(apitoken_list_opts), 0, 0, 0, 0, 0, NULL }

/*
 * A page of an owner's tokens, in the order of creation, as they are at one moment. The states are
 * what apitoken_validate() would say at that moment. A call examines a bounded number of rows, so
 * with a filter a page may hold fewer rows than asked for, even none, and still have a cursor: go
 * on until apitoken_page_cursor() is NULL. A cursor names a place, no owner: with another owner's
 * cursor a call still gives none but its own owner's rows. Free with apitoken_page_free(). Errors:
 * _OWNER, _CURSOR, _LIMIT, _CLOCK. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 5) int apitoken_list(
    apitoken_store *store, const char *owner, size_t owner_len, const apitoken_list_opts *opts,
    apitoken_page **ret_page, apitoken_error *err);

/* How many rows a page holds. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) size_t apitoken_page_count(const apitoken_page *page);
/* Row i, or NULL if i is not below the count. Belongs to the page. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) const apitoken_token *apitoken_page_at(const apitoken_page *page,
                                                                        size_t i);
/*
 * Where the next page begins, NUL-terminated text of letters and digits; NULL if this was the last
 * one. Belongs to the page. It stays good when rows are deleted, in other processes and after a
 * restart. @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) const char *apitoken_page_cursor(const apitoken_page *page);
/* NULL is fine. @since 0.1.0 */
APITOKEN_API void apitoken_page_free(apitoken_page *page);

typedef struct apitoken_show_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;   /* 0 */
} apitoken_show_opts;
#define APITOKEN_SHOW_OPTS_INIT \
    { sizeof(apitoken_show_opts), 0, 0, 0 }

/*
 * One token of an owner by its id. Free with apitoken_token_free(). Errors: _OWNER, _ID,
 * _NOT_FOUND, _CLOCK. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 7) int apitoken_show(
    apitoken_store *store, const char *owner, size_t owner_len, const char *id, size_t id_len,
    const apitoken_show_opts *opts, apitoken_token **ret_token, apitoken_error *err);

/*
 * Facts of a row. Text belongs to the row, ends in NUL and is "" where there is none. @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) const char *apitoken_token_id(const apitoken_token *token);
APITOKEN_API APITOKEN_NONNULL(1) const char *apitoken_token_owner(const apitoken_token *token);
APITOKEN_API APITOKEN_NONNULL(1) const char *apitoken_token_name(const apitoken_token *token);
APITOKEN_API APITOKEN_NONNULL(1) const
    char *apitoken_token_description(const apitoken_token *token);
APITOKEN_API APITOKEN_NONNULL(1) int64_t apitoken_token_created_ms(const apitoken_token *token);
/* APITOKEN_EXPIRY_ @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) int apitoken_token_expiry_kind(const apitoken_token *token);
/* First instant at which the token is no longer good; INT64_MAX for never. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) int64_t apitoken_token_expires_ms(const apitoken_token *token);
/*
 * The last valid day as it was given to create, yyyymmdd; 0 for never and for an instant.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) int32_t apitoken_token_expires_day(const apitoken_token *token);
/* The zone in which that day was resolved. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) const
    char *apitoken_token_expires_zone(const apitoken_token *token);
/* APITOKEN_STATE_ at the moment of the call that made the row. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) int apitoken_token_state(const apitoken_token *token);
/* When it was revoked; 0 if it was not. @since 0.1.0 */
APITOKEN_API APITOKEN_NONNULL(1) int64_t apitoken_token_revoked_ms(const apitoken_token *token);
APITOKEN_API APITOKEN_NONNULL(1) const char *apitoken_token_reason(const apitoken_token *token);
/*
 * Beginning of the minute in which apitoken_validate() last said yes to it, in any process, by the
 * clock of that process; 0 = never, as far as is known: it is kept beside the tokens, without a
 * check and not durably. It only goes forward.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) int64_t apitoken_token_last_used_ms(const apitoken_token *token);
/*
 * 1 if a sealed copy is kept, which apitoken_copy() of a read-write handle gives; 0 if not, or
 * revoked. @since 0.1.0
 */
APITOKEN_API APITOKEN_NONNULL(1) int apitoken_token_is_copyable(const apitoken_token *token);
/* Only for a row got from apitoken_show(). NULL is fine. @since 0.1.0 */
APITOKEN_API void apitoken_token_free(apitoken_token *token);

typedef struct apitoken_revoke_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reason_len;
    const char *reason; /* NULL = none */
} apitoken_revoke_opts;
#define APITOKEN_REVOKE_OPTS_INIT \
    { sizeof(apitoken_revoke_opts), 0, 0, 0, NULL }

/*
 * Revokes a token. When it returns 0 the revocation is durable and every validate that begins
 * afterwards, in any process, refuses the token. Repeating it is 0 and keeps the first time and
 * reason. It also works on a store that is full. After any failure repeating the call is right.
 * Errors: _OWNER, _ID, _REASON, _NOT_FOUND, _CLOCK, _MAYBE, _FULL (the reserve is used up, too;
 * with a reason already when half of it is, so that revokes without a reason go on). @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1) int apitoken_revoke(
    apitoken_store *store, const char *owner, size_t owner_len, const char *id, size_t id_len,
    const apitoken_revoke_opts *opts, apitoken_error *err);

typedef struct apitoken_copy_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;   /* 0 */
} apitoken_copy_opts;
#define APITOKEN_COPY_OPTS_INIT \
    { sizeof(apitoken_copy_opts), 0, 0, 0 }

/*
 * Writes a token of an owner in a copy format into buf, as apitoken_secret_format() does.
 * APITOKEN_FORMAT_MASKED needs no secret and works for every token; the others need copy policy
 * APITOKEN_COPY_ALWAYS, a read-write handle, and a token that is not revoked. An expired token may
 * be copied. Errors: _OWNER, _ID, _FORMAT, _BUFFER, _NOT_FOUND, _NOT_COPYABLE, _COPY_REVOKED,
 * _VERIFY_ONLY. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 10) int apitoken_copy(
    apitoken_store *store, const char *owner, size_t owner_len, const char *id, size_t id_len,
    int format, const apitoken_copy_opts *opts, char *buf, size_t cap, size_t *ret_len,
    apitoken_error *err);

/*
 * What validate found, for a caller that wants more than the return value, by which alone to
 * decide. Set to denied on entry; only a verdict whose own size is wrong (APITOKEN_E_ABI) is left
 * as it was.
 */
typedef struct apitoken_verdict {
    uint32_t size;
    int32_t code; /* what the call returned; APITOKEN_E_ARGUMENT before any call */
    /* APITOKEN_EXPIRY_NEVER, or _INSTANT for any end; only if the secret was right */
    uint32_t expiry_kind;
    uint32_t owner_len; /* 0 unless the secret was right: for 0, _EXPIRED and _REVOKED */
    int64_t expires_ms; /* as apitoken_token_expires_ms(); 0 unless the secret was right */
    /* of the token, NUL-terminated; "" if the text did not parse. May be logged */
    char id[32];
    char owner[136]; /* NUL-terminated; "" unless the secret was right */
} apitoken_verdict;
#define APITOKEN_VERDICT_INIT \
    { sizeof(apitoken_verdict), APITOKEN_E_ARGUMENT, 0, 0, 0, "", "" }

typedef struct apitoken_validate_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;   /* 0 */
} apitoken_validate_opts;
#define APITOKEN_VALIDATE_OPTS_INIT \
    { sizeof(apitoken_validate_opts), 0, 0, 0 }

/*
 * Is this token good now, and whose is it? 0 = yes. A denial is its 11xx code, a failure 12xx,
 * misuse 10xx: all of them mean refuse. To the client say only apitoken_public_status() and
 * apitoken_public_error(). ret_verdict may be NULL.
 *
 * The text is taken as it is: no blank or line end is stripped. It is refused by length, prefix,
 * checksum (CRC-32/IEEE, ISO 3309, in base62) and alphabet before the clock is read or the store is
 * asked. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1) int apitoken_validate(
    apitoken_store *store, const char *text, size_t text_len, const apitoken_validate_opts *opts,
    apitoken_verdict *ret_verdict, apitoken_error *err);

/*
 * The same for the value of an Authorization header: the scheme Bearer in any case (RFC 9110
 * section 11.1), one or more spaces, the token, nothing after it (RFC 6750 section 2.1). Spaces and
 * tabs around the value are ignored, as HTTP does (RFC 9110 section 5.5). Without the header give
 * length 0. APITOKEN_E_NO_TOKEN if the value is empty, of another scheme, or the scheme alone;
 * APITOKEN_E_MALFORMED if the scheme is Bearer and what follows it is no token. A request with
 * several Authorization headers is for the host to refuse. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1) int apitoken_validate_header(
    apitoken_store *store, const char *value, size_t value_len, const apitoken_validate_opts *opts,
    apitoken_verdict *ret_verdict, apitoken_error *err);

/* ---- Days ------------------------------------------------------------------------------------ */

/*
 * Text YYYY-MM-DD (RFC 3339 full-date, years 1970..9999, exactly 10 characters) to yyyymmdd.
 * APITOKEN_E_DAY for anything else, such as 2026-02-30 or a trailing blank. Any thread.
 * @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(3) int apitoken_day_parse(const char *text,
                                                                            size_t text_len,
                                                                            int32_t *ret_day,
                                                                            apitoken_error *err);

/*
 * yyyymmdd to the text YYYY-MM-DD and a NUL: cap at least 11, else APITOKEN_E_BUFFER.
 * APITOKEN_E_DAY. Any thread. @since 0.1.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(2) int apitoken_day_format(int32_t day, char *buf,
                                                                             size_t cap,
                                                                             apitoken_error *err);

/*
 * The day in which an instant lies in the store's zone.
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_FORKED, APITOKEN_E_NOMEM, APITOKEN_E_DAY (the instant or
 * the day lies outside the years 1970..9999), APITOKEN_E_ZONE, APITOKEN_E_ZONE_FAILED,
 * APITOKEN_E_ZONE_DATA. Any thread. @since 0.2.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 3) int apitoken_day_at(apitoken_store *store,
                                                                            int64_t at_ms,
                                                                            int32_t *ret_day,
                                                                            apitoken_error *err);

/*
 * Today in the store's zone, by the store's clock: the first day that apitoken_create() takes.
 * Errors: those of apitoken_day_at(), APITOKEN_E_CLOCK. Any thread. @since 0.2.0
 */
APITOKEN_API APITOKEN_MUST_CHECK APITOKEN_NONNULL(1, 2) int apitoken_day_today(
    apitoken_store *store, int32_t *ret_day, apitoken_error *err);

#ifdef __cplusplus
}
#endif
#endif
