/* SPDX-License-Identifier: MIT */
/*
 * libapitoken: create, list, revoke and validate API tokens inside your own process.
 *
 * Read this first
 * ---------------
 * Results      A function that can fail returns 0 on success and a negative code, APITOKEN_E_...,
 *              on failure. Codes fall into three classes: usage (10xx), denied (11xx) and failed
 *              (12xx). apitoken_validate() returns 0 only for a token that is valid now, so
 *              `if (apitoken_validate(...) != 0) refuse();` is safe.
 * Errors       The comment of a function lists the codes that matter to its callers. The lists may
 *              grow: handle a code that you do not expect by its class, which
 *              apitoken_error_class() returns. `err` receives the details; it may be NULL.
 * Outputs      Arguments that begin with `ret_` are written on success only. There are three
 *              exceptions, repeated where they apply: a validate sets its verdict to "denied" on
 *              entry; APITOKEN_E_BUFFER stores the required length; APITOKEN_E_MAYBE stores a token
 *              id in the error detail.
 * Text         Input is a pointer and a length in bytes. It need not end in NUL, and the library
 *              copies what it keeps. NULL with length 0 is the empty text. Output ends in NUL and
 *              belongs to the object that returned it. Only file names are C strings.
 * Structs      Every public struct begins with its own size. Initialise it with the macro named
 *              after it that ends in _INIT, or with the function that ends in _init:
 *
 *                  apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
 *                  apitoken_open_opts_init(&opts, sizeof opts);
 *
 *              `opts` may be NULL, which means the defaults. Fields named `reserved`, and flag bits
 *              that this header does not define, must be 0. Later versions only append fields. An
 *              input struct may be larger than the library expects if the rest is 0; in a larger
 *              output struct the library sets the rest to 0. Any other size, flag or reserved value
 *              is APITOKEN_E_ABI. So is an `err` whose size is not set; the call then does nothing.
 * Time         Instants are int64_t milliseconds since 1970-01-01T00:00:00Z without leap seconds,
 *              in the years 1970 to 9999. Days are int32_t in the form yyyymmdd, such as 20261231.
 *              Timeouts are milliseconds.
 * Callbacks    Clock, zone and log callbacks run on the calling thread while the library holds no
 *              lock and no transaction. They may call the library, even for the same store, but
 *              must not close the store. They must return normally: no longjmp(), no C++ exception.
 * Threads      Any number of threads may use a store or a keyring at once. Any other object belongs
 *              to one thread at a time, except that many threads may read a page or a token. The
 *              call that closes or frees an object must be the last one that uses it. Secrets,
 *              pages and tokens outlive their store. Functions without an object may be called by
 *              any thread. No function is async-signal-safe.
 * Fork         Open the store in the process that uses it. In a child process, calls on a store
 *              that the parent opened return APITOKEN_E_FORKED; only apitoken_store_close() is
 *              allowed and leaves the parent's store alone. The child may open the same store
 *              itself, and may use a keyring that was loaded before the fork. Secrets, pages,
 *              tokens and keyrings are plain memory: a child may read and free its copies.
 * Process      The library prints nothing, installs no signal handlers, reads neither the
 *              environment nor the locale, and preserves errno.
 */
#ifndef APITOKEN_APITOKEN_H
#define APITOKEN_APITOKEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Version of this header: major * 10000 + minor * 100 + patch. apitoken_version() returns the
 * version of the running library.
 */
#define APITOKEN_VERSION 200
#define APITOKEN_VERSION_STRING "0.2.0"

/*
 * APITOKEN_CHECKED: a function whose result the caller must use. APITOKEN_CHECKED and
 * APITOKEN_NONNULL name the arguments that must not be NULL, counted from 1; the library checks
 * them too. For a parser that does not understand attributes, preprocess this file with -U__GNUC__
 * and -U__clang__.
 */
#if defined(__GNUC__) || defined(__clang__)
#define APITOKEN_API __attribute__((visibility("default")))
#ifdef APITOKEN_BUILDING /* nonnull would remove the library's own checks */
#define APITOKEN_NONNULL(...)
#define APITOKEN_CHECKED(...) __attribute__((warn_unused_result))
#else
#define APITOKEN_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#define APITOKEN_CHECKED(...) __attribute__((warn_unused_result, nonnull(__VA_ARGS__)))
#endif
#else
#define APITOKEN_API
#define APITOKEN_NONNULL(...)
#define APITOKEN_CHECKED(...)
#endif

/* ---- Errors ---------------------------------------------------------------------------------- */

/*
 * What a function can return. The numbers are fixed: none ever changes its meaning or is reused.
 * New ones are added at the end of their class, so handle a number that you do not know by its
 * class.
 */
enum apitoken_code {
    APITOKEN_OK = 0,

    /*
     * 10xx, usage: the call or its input is wrong; nothing was done. If a validate returns one,
     * deny the request and answer 500.
     */
    APITOKEN_E_ARGUMENT = -1001,    /* a required argument is NULL, or two contradict each other */
    APITOKEN_E_ABI = -1002,         /* a struct has a size, flag or reserved value unknown here */
    APITOKEN_E_BUFFER = -1003,      /* the output does not fit; the required length was stored */
    APITOKEN_E_FORKED = -1004,      /* the parent process opened this store: open it in this one */
    APITOKEN_E_VERIFY_ONLY = -1005, /* the call writes or decrypts; the handle is verify-only */
    /* the owner is empty, too long, or has a character that is not allowed */
    APITOKEN_E_OWNER = -1006,
    /* the name is empty, too long, or has a character that is not allowed */
    APITOKEN_E_NAME = -1007,
    /* the description is too long or has a character that is not allowed */
    APITOKEN_E_DESCRIPTION = -1008,
    /* the reason of a revoke is too long or has a character that is not allowed */
    APITOKEN_E_REASON = -1009,
    APITOKEN_E_ID = -1010,  /* not a token id: 12 characters of 0-9 A-Z a-z */
    APITOKEN_E_DAY = -1011, /* not a day of the calendar in the years 1970 to 9999 */
    /* the kind of expiry is unknown, or does not match the day and instant given */
    APITOKEN_E_EXPIRY = -1012,
    APITOKEN_E_EXPIRY_PAST = -1013, /* the token would have expired already */
    APITOKEN_E_CURSOR = -1014,      /* not a cursor from apitoken_page_cursor() */
    APITOKEN_E_LIMIT = -1015,  /* more than APITOKEN_LIST_MAX rows or APITOKEN_BATCH_MAX items */
    APITOKEN_E_FORMAT = -1016, /* unknown copy format */
    APITOKEN_E_PREFIX = -1017, /* not 2 to 10 characters of a-z 0-9, the first a letter */
    APITOKEN_E_POLICY = -1018, /* unknown copy policy */
    /* neither the system nor the zone callback knows this time zone */
    APITOKEN_E_ZONE = -1019,
    /* the map size is outside the limits, or not larger than the current one */
    APITOKEN_E_MAP_SIZE = -1021,
    APITOKEN_E_EXISTS = -1022,       /* the file or directory exists; it is never overwritten */
    APITOKEN_E_NOT_FOUND = -1023,    /* this owner has no token with that id (answer 404) */
    APITOKEN_E_NOT_COPYABLE = -1024, /* the store keeps no copy of this token (answer 409) */
    /* unknown open mode, or this process already has the store open verify-only */
    APITOKEN_E_MODE = -1025,
    APITOKEN_E_KEY_ID = -1026,    /* the keyring has no key with that id */
    APITOKEN_E_KEY_LIMIT = -1027, /* the keyring is full */
    /* the path is NULL, empty, too long, or contains "://", which is reserved for other engines */
    APITOKEN_E_PATH = -1028,
    APITOKEN_E_COPY_REVOKED = -1029, /* the token is revoked, its copy deleted (answer 409) */

    /*
     * 11xx, denied: the token is not valid. Only apitoken_validate() and apitoken_validate_header()
     * return these.
     */
    APITOKEN_E_MALFORMED = -1101, /* not the text of a token of this store */
    APITOKEN_E_UNKNOWN = -1102,   /* no such token, or its secret part is wrong */
    APITOKEN_E_EXPIRED = -1103,   /* the secret is right, but the token has expired */
    APITOKEN_E_REVOKED = -1104,  /* the secret is right, but the token is revoked, expired or not */
    APITOKEN_E_NO_TOKEN = -1105, /* the header value has no Bearer credentials */
    /* the secret is right, but only a newer version of the library understands the token */
    APITOKEN_E_NEWER = -1106,

    /* 12xx, failed: the call could not be carried out. Deny, answer 503, and retry or alert. */
    APITOKEN_E_NOMEM = -1201,     /* out of memory */
    APITOKEN_E_CLOCK = -1202,     /* the clock failed, or is outside the years 1970 to 9999 */
    APITOKEN_E_BUSY = -1203,      /* timed out waiting for other calls; nothing changed */
    APITOKEN_E_IO = -1204,        /* the operating system or LMDB failed; nothing changed */
    APITOKEN_E_FULL = -1205,      /* only the reserve for revokes is left: grow the store */
    APITOKEN_E_DISK_FULL = -1206, /* no space is left on the device; nothing changed */
    /* the change may or may not have been made; the detail has the id of the token */
    APITOKEN_E_MAYBE = -1207,
    APITOKEN_E_DAMAGED = -1208, /* the files of the store failed a check */
    /* the store was replaced or removed while it was open: close and reopen it */
    APITOKEN_E_REPLACED = -1209,
    APITOKEN_E_ROLLED_BACK = -1210, /* the store is older than before: an old copy was put back */
    APITOKEN_E_SCHEMA = -1211,      /* a newer version of the library wrote the store */
    APITOKEN_E_NO_STORE = -1212,    /* there is no store at this path */
    /* the owner or mode of a directory or file is unsafe; the detail says which */
    APITOKEN_E_UNSAFE = -1213,
    APITOKEN_E_ACCESS = -1214,  /* the operating system denied access; the detail names the file */
    APITOKEN_E_SYMLINK = -1215, /* a symbolic link where a directory or file is expected */
    /* the file system is mounted read-only, where LMDB would work without locks */
    APITOKEN_E_READ_ONLY_FS = -1216,
    /* a network or user-space file system: its locks are not reliable */
    APITOKEN_E_NETWORK_FS = -1217,
    /* a second copy of LMDB in this process has the store's files open */
    APITOKEN_E_FOREIGN_OPEN = -1218,
    /* a process with the same pid in another PID namespace has the store open */
    APITOKEN_E_PID_CLASH = -1219,
    APITOKEN_E_READERS_FULL = -1220, /* the reader table of the store is full */
    APITOKEN_E_IN_USE = -1221, /* the call needs exclusive access; a process has the store open */
    APITOKEN_E_RANDOM = -1222, /* libsodium could not be initialised */
    APITOKEN_E_KEYS_MISSING = -1223, /* there is no keyring file at this path */
    /* users other than its owner can access the keyring file, or neither you nor root owns it */
    APITOKEN_E_KEYS_UNSAFE = -1224,
    APITOKEN_E_KEYS_FOREIGN = -1225, /* the file is not a keyring */
    APITOKEN_E_KEYS_SHORT = -1226,   /* the keyring file is truncated */
    APITOKEN_E_KEYS_DAMAGED = -1227, /* the keyring file has a wrong checksum or format */
    APITOKEN_E_KEYS_VERSION = -1228, /* a newer version of the library wrote the keyring file */
    APITOKEN_E_KEYS_VERIFY = -1229,  /* a full keyring is needed; this one is verify-only */
    APITOKEN_E_KEY_WRONG = -1230,    /* the store was used with another key: wrong keyring */
    APITOKEN_E_KEY_MISSING = -1231,  /* the store was used with a key that the keyring lacks */
    APITOKEN_E_ZONE_FAILED = -1232,  /* the zone callback failed or gave an impossible time */
    /* key memory cannot be locked into RAM (RLIMIT_MEMLOCK), and the caller requires it */
    APITOKEN_E_MLOCK = -1233,
    /* restore: the current store cannot prove which tokens were revoked; nothing changed */
    APITOKEN_E_UNPROVEN = -1234,
    /*
     * the system's time zone data (package tzdata) is missing or unusable; the detail names the
     * file
     */
    APITOKEN_E_ZONE_DATA = -1235
};

/* Which input an error is about: apitoken_error.field. The numbers are fixed. */
enum apitoken_field {
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
 * Details of a failure, for people and logs. The caller owns the struct and passes it as the last
 * argument, or NULL for no details. A failure writes every field, a success none. It never holds a
 * token's text or key material.
 */
typedef struct apitoken_error {
    uint32_t size;   /* sizeof(apitoken_error); any other size is APITOKEN_E_ABI */
    int32_t code;    /* enum apitoken_code: what the function returned */
    int32_t os_code; /* the cause: errno (> 0), the code of the engine (< 0), or 0 */
    uint32_t field;  /* enum apitoken_field: which input is wrong */
    uint32_t offset; /* which byte of that input is wrong; its length if that is wrong */
    uint32_t item;   /* a key id or an array index; UINT32_MAX if neither applies */
    char id[32];     /* id of the token concerned, or "" */
    char text[200];  /* one English sentence in UTF-8 */
} apitoken_error;
#define APITOKEN_ERROR_INIT \
    { sizeof(apitoken_error), 0, 0, 0, 0, 0, "", "" }

/*
 * Name of a code, such as "APITOKEN_E_EXPIRED"; "APITOKEN_E_?" for a code unknown to the library.
 * Static, never NULL. @since 0.1.0
 */
APITOKEN_API const char *apitoken_error_name(int code);

/* What a code means, in English. Static, never NULL. @since 0.1.0 */
APITOKEN_API const char *apitoken_error_text(int code);

/* What apitoken_error_class() returns. The numbers are fixed. */
enum apitoken_class {
    APITOKEN_CLASS_OK = 0,
    APITOKEN_CLASS_USAGE = 10,
    APITOKEN_CLASS_DENIED = 11,
    APITOKEN_CLASS_FAILED = 12
};

/*
 * Class of a code, even of one that is newer than this library; APITOKEN_CLASS_FAILED for a number
 * that is not a code. @since 0.1.0
 */
APITOKEN_API int apitoken_error_class(int code);

/*
 * HTTP status to answer with after a validate: 200 for success, 401 for denied, 500 for usage, 503
 * for failed (RFC 9110 section 15). Send what this function returns, not a fixed number: a later
 * version may deny with another 4xx. A 401 needs a WWW-Authenticate field, even if
 * apitoken_public_error() returns "". @since 0.1.0
 */
APITOKEN_API int apitoken_public_status(int code);

/*
 * Value of the `error` attribute in the WWW-Authenticate field (RFC 6750 section 3.1). It is
 * "invalid_token" for every denied token, so that a client learns nothing more; "" for
 * APITOKEN_E_NO_TOKEN and for every code that is not a denial. Static, never NULL. @since 0.1.0
 */
APITOKEN_API const char *apitoken_public_error(int code);

/* Version of the running library, in the form of the two macros above. @since 0.1.0 */
APITOKEN_API uint32_t apitoken_version(void);
APITOKEN_API const char *apitoken_version_string(void);

/* ---- Limits ---------------------------------------------------------------------------------- */

/* Lengths are in bytes and do not count a NUL. */
#define APITOKEN_OWNER_MAX 128
#define APITOKEN_NAME_MAX 100
#define APITOKEN_DESCRIPTION_MAX 1000
#define APITOKEN_REASON_MAX 1000
#define APITOKEN_PREFIX_MAX 10
#define APITOKEN_ZONE_MAX 64
#define APITOKEN_ID_LEN 12 /* of ids now; size buffers with APITOKEN_ID_MAX + 1 */
#define APITOKEN_ID_MAX 31 /* of ids in any version */
#define APITOKEN_CURSOR_MAX 255
#define APITOKEN_TOKEN_MAX 128      /* text of a token in any version */
#define APITOKEN_FORMAT_MAX 256     /* a buffer of this size holds every copy format and its NUL */
#define APITOKEN_LIST_MAX 1000      /* rows of a page */
#define APITOKEN_BATCH_MAX 1000000  /* tokens of a batch */
#define APITOKEN_FINGERPRINT_LEN 32 /* hexadecimal digits */

/* ---- Objects --------------------------------------------------------------------------------- */

typedef struct apitoken_keyring apitoken_keyring; /* keys, in guarded memory */
typedef struct apitoken_store apitoken_store;     /* an open store */
typedef struct apitoken_secret apitoken_secret;   /* the text of a new token, in guarded memory */
typedef struct apitoken_batch apitoken_batch;     /* the texts of many new tokens, likewise */
typedef struct apitoken_token apitoken_token; /* what is stored about a token, without its text */
typedef struct apitoken_page apitoken_page;   /* one page of a list of tokens */

/* ---- Callbacks ------------------------------------------------------------------------------- */

/*
 * The clock that decides expiry. Store the current time in *ret_now_ms and return 0. Any other
 * return value, or a time outside the years 1970 to 9999, makes the call fail with
 * APITOKEN_E_CLOCK. A call reads the clock once, after it has checked the syntax of its input.
 * Setting the clock back makes expired tokens valid again.
 */
typedef int (*apitoken_clock_fn)(int64_t *ret_now_ms, void *ctx);

/*
 * The rules of a time zone, in place of the system's. Store in *ret_start_ms the instant at which
 * `day` begins in `zone`, and return 0. On a day that has no midnight this is the first instant of
 * the day. Return a positive number if the zone is unknown (APITOKEN_E_ZONE), a negative one for
 * any other failure (APITOKEN_E_ZONE_FAILED). An instant more than 48 hours from the beginning of
 * the day in UTC is APITOKEN_E_ZONE_FAILED too. `zone` ends in NUL; zone_len is its length.
 *
 * The library never calls it for the zone "UTC". To find the end of a day it asks when the next day
 * begins; for 9999-12-31 it asks about that day itself. A create makes one call, a batch one call
 * whenever the day differs from that of the item before, apitoken_day_at() and apitoken_day_today()
 * up to three.
 */
typedef int (*apitoken_zone_fn)(const char *zone, size_t zone_len, int32_t day,
                                int64_t *ret_start_ms, void *ctx);

/* Levels of a log message. The numbers are fixed. */
enum apitoken_log_level { APITOKEN_LOG_ERROR = 1, APITOKEN_LOG_WARNING = 2, APITOKEN_LOG_INFO = 3 };

/*
 * Receives what an operator should know and no return value tells, such as key memory that could
 * not be locked, or reader slots of dead processes that were cleared. `level` is an
 * apitoken_log_level, `code` an apitoken_code or 0, `text` one English sentence without token text
 * or key material. The text is valid only during the call.
 */
typedef void (*apitoken_log_fn)(int level, int code, const char *text, void *ctx);

/* ---- Keyrings -------------------------------------------------------------------------------- */

/*
 * A keyring is a file of keys with mode 0600. Keep it apart from the store and back it up: without
 * it the tokens are lost. Each key has three subkeys: one turns a token into the verifier that is
 * stored, one computes the tag that protects every record, and one encrypts the copies of tokens. A
 * verify-only keyring lacks the third: its holder can validate tokens but not decrypt their copies.
 *
 * One key is active: new tokens are made with it. The other keys still validate the tokens that
 * were made with them.
 *
 * A keyring is written to a temporary file, which is synced and renamed, so a crash leaves either
 * the old file or the new one.
 *
 * Errors of every function in this section that takes a path: APITOKEN_E_PATH, APITOKEN_E_ARGUMENT,
 * APITOKEN_E_ABI, APITOKEN_E_ACCESS, APITOKEN_E_IO, APITOKEN_E_NOMEM, APITOKEN_E_RANDOM.
 * Those that read a keyring can also return: APITOKEN_E_KEYS_MISSING, APITOKEN_E_KEYS_UNSAFE,
 * APITOKEN_E_SYMLINK, APITOKEN_E_KEYS_FOREIGN, APITOKEN_E_KEYS_SHORT, APITOKEN_E_KEYS_DAMAGED,
 * APITOKEN_E_KEYS_VERSION.
 * Those that write one can also return: APITOKEN_E_DISK_FULL, APITOKEN_E_READ_ONLY_FS.
 */

enum apitoken_keyring_flags {
    /* for load: fail with APITOKEN_E_MLOCK if the key memory cannot be locked into RAM */
    APITOKEN_KEYRING_REQUIRE_LOCK = 1
};

typedef struct apitoken_keyring_opts {
    uint32_t size;
    uint32_t flags;      /* enum apitoken_keyring_flags */
    uint32_t timeout_ms; /* how long add_key and activate_key wait for each other; 0 = 5,000 */
    uint32_t reserved;
} apitoken_keyring_opts;
#define APITOKEN_KEYRING_OPTS_INIT \
    { sizeof(apitoken_keyring_opts), 0, 0, 0 }

/*
 * Creates the keyring file `path` with one new key, which has the id 1 and is active.
 *
 * Errors: those of a function that writes a keyring, APITOKEN_E_EXISTS (`path` exists).
 * @since 0.1.0
 */
APITOKEN_API int apitoken_keyring_create(const char *path, const apitoken_keyring_opts *opts,
                                         apitoken_error *err) APITOKEN_CHECKED(1);

/*
 * Reads a keyring file into guarded memory. Free *ret_keyring with apitoken_keyring_free(); a store
 * opened with it keeps a copy of its own.
 *
 * Errors: those of a function that reads a keyring, APITOKEN_E_MLOCK. @since 0.1.0
 */
APITOKEN_API int apitoken_keyring_load(const char *path, const apitoken_keyring_opts *opts,
                                       apitoken_keyring **ret_keyring, apitoken_error *err)
    APITOKEN_CHECKED(1, 3);

/*
 * Adds a new key to a full keyring file, without activating it. *ret_key_id receives its id, the
 * highest so far plus 1; ret_key_id may be NULL. An open store keeps the keys it was opened with.
 * So before you activate the key, export the verify-only keyring again and let every process load
 * its keyring and reopen its store: then every process can validate tokens of the new key before
 * there are any.
 *
 * Errors: those of a function that reads and writes a keyring, APITOKEN_E_KEYS_VERIFY,
 * APITOKEN_E_KEY_LIMIT (the keyring has 32 keys), APITOKEN_E_BUSY. @since 0.1.0
 */
APITOKEN_API int apitoken_keyring_add_key(const char *path, const apitoken_keyring_opts *opts,
                                          uint32_t *ret_key_id, apitoken_error *err)
    APITOKEN_CHECKED(1);

/*
 * Makes a key of the file the active one.
 *
 * Errors: those of a function that reads and writes a keyring, APITOKEN_E_KEY_ID,
 * APITOKEN_E_KEYS_VERIFY, APITOKEN_E_BUSY. @since 0.1.0
 */
APITOKEN_API int apitoken_keyring_activate_key(const char *path, uint32_t key_id,
                                               const apitoken_keyring_opts *opts,
                                               apitoken_error *err) APITOKEN_CHECKED(1);

/*
 * Writes the verify-only part of the keyring `path` to the new file `out_path`, with mode 0600.
 * Then chown the file to the user that will read it. If `path` is verify-only already, the new file
 * is a copy.
 *
 * Errors: those of a function that reads and writes a keyring, APITOKEN_E_EXISTS (`out_path`
 * exists). @since 0.1.0
 */
APITOKEN_API int apitoken_keyring_export_verify(const char *path, const char *out_path,
                                                const apitoken_keyring_opts *opts,
                                                apitoken_error *err) APITOKEN_CHECKED(1, 2);

/* Number of keys. @since 0.1.0 */
APITOKEN_API size_t apitoken_keyring_count(const apitoken_keyring *keyring) APITOKEN_NONNULL(1);

/* Id of key i, in ascending order; 0 if i is not below the count. @since 0.1.0 */
APITOKEN_API uint32_t apitoken_keyring_key_at(const apitoken_keyring *keyring, size_t i)
    APITOKEN_NONNULL(1);

/* Id of the active key. @since 0.1.0 */
APITOKEN_API uint32_t apitoken_keyring_active(const apitoken_keyring *keyring) APITOKEN_NONNULL(1);

/* 1 if the keyring is verify-only, 0 if it is full. @since 0.1.0 */
APITOKEN_API int apitoken_keyring_is_verify_only(const apitoken_keyring *keyring)
    APITOKEN_NONNULL(1);

/* 1 if the key memory is locked into RAM, 0 if RLIMIT_MEMLOCK did not allow it. @since 0.1.0 */
APITOKEN_API int apitoken_keyring_is_locked(const apitoken_keyring *keyring) APITOKEN_NONNULL(1);

/*
 * Fingerprint of a key, to print and compare: 32 hexadecimal digits, the same in the full and the
 * verify-only keyring. NULL if there is no key with that id. Belongs to the keyring.
 * @since 0.1.0
 */
APITOKEN_API const char *apitoken_keyring_fingerprint(const apitoken_keyring *keyring,
                                                      uint32_t key_id) APITOKEN_NONNULL(1);

/* Wipes and frees a keyring, which may be NULL. @since 0.1.0 */
APITOKEN_API void apitoken_keyring_free(apitoken_keyring *keyring);

/* ---- Stores ---------------------------------------------------------------------------------- */

/* Which tokens can be copied later; never changes for a store. The numbers are fixed. */
enum apitoken_copy_policy {
    APITOKEN_COPY_ONCE = 1,  /* only apitoken_create() returns the text of a token */
    APITOKEN_COPY_ALWAYS = 2 /* the store keeps an encrypted copy until the token is revoked */
};

enum apitoken_store_create_flags {
    /* directory mode 2770 instead of 0750, so that all files belong to the directory's group */
    APITOKEN_STORE_GROUP = 1
};

typedef struct apitoken_store_create_opts {
    uint32_t size;
    uint32_t flags;       /* enum apitoken_store_create_flags */
    uint32_t copy_policy; /* enum apitoken_copy_policy; 0 = APITOKEN_COPY_ONCE */
    uint32_t prefix_len;
    uint64_t map_bytes; /* maximum size: 16 MiB to 1 TiB, rounded up to pages; 0 = 1 GiB */
    uint32_t zone_id_len;
    uint32_t reserved;
    const char *prefix;      /* first characters of every token; NULL = "tdh" */
    const char *zone_id;     /* zone of expiry days, such as "Europe/Berlin"; NULL = "UTC" */
    apitoken_clock_fn clock; /* for the time of creation; NULL = the system's clock */
    void *clock_ctx;
    apitoken_zone_fn zone; /* must know zone_id; NULL = the system's rules */
    void *zone_ctx;
} apitoken_store_create_opts;
#define APITOKEN_STORE_CREATE_OPTS_INIT \
    { sizeof(apitoken_store_create_opts), 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * Creates a store in the new directory `path`, completely or not at all. A crash may leave a
 * directory `path`.new-XXXXXX behind, which you can remove. `keyring` must be full.
 *
 * A prefix is 2 to APITOKEN_PREFIX_MAX characters of a-z 0-9 and begins with a letter. A zone id is
 * 1 to APITOKEN_ZONE_MAX characters of A-Z a-z 0-9 + - _ and /; no / comes first, last or twice in
 * a row. The system's rules for zones other than UTC come with the package tzdata; the library
 * looks in /usr/share/zoneinfo, /usr/lib/zoneinfo, /usr/share/lib/zoneinfo and /etc/zoneinfo, and
 * ignores TZ and TZDIR.
 *
 * Errors: APITOKEN_E_EXISTS (`path` exists), APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_PATH,
 * APITOKEN_E_PREFIX, APITOKEN_E_POLICY, APITOKEN_E_MAP_SIZE, APITOKEN_E_ZONE, APITOKEN_E_ZONE_DATA,
 * APITOKEN_E_ZONE_FAILED, APITOKEN_E_KEYS_VERIFY, APITOKEN_E_CLOCK, APITOKEN_E_NETWORK_FS,
 * APITOKEN_E_READ_ONLY_FS, APITOKEN_E_DISK_FULL, APITOKEN_E_ACCESS, APITOKEN_E_IO,
 * APITOKEN_E_NOMEM, APITOKEN_E_RANDOM. @since 0.1.0
 */
APITOKEN_API int apitoken_store_create(const char *path, const apitoken_keyring *keyring,
                                       const apitoken_store_create_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

/* How a store is opened. The numbers are fixed. */
enum apitoken_mode {
    APITOKEN_MODE_READ_WRITE = 1, /* all functions; needs a full keyring */
    /* only validate, list, show, stat, backup, days and masked copies; either keyring will do */
    APITOKEN_MODE_VERIFY_ONLY = 2
};

enum apitoken_open_flags {
    /*
     * Do not remember verdicts. By default validate remembers about a thousand valid tokens per
     * thread, by a keyed hash of their text, and answers several times faster while the token's
     * record in the store is unchanged. The next call still refuses a token that was revoked, and
     * every call checks the expiry.
     */
    APITOKEN_OPEN_NO_RECENT = 1
};

#define APITOKEN_CHECK_OFF 1u /* for check_max_bytes: do not check the structure */

typedef struct apitoken_open_opts {
    uint32_t size;
    uint32_t flags; /* enum apitoken_open_flags */
    uint32_t mode;  /* enum apitoken_mode; 0 = APITOKEN_MODE_READ_WRITE */
    /* how long this call may wait, and the default for later ones; 0 = 5,000 */
    uint32_t timeout_ms;
    /* check the structure of data.mdb if it is no larger; 0 = 1 GiB; or APITOKEN_CHECK_OFF */
    uint64_t check_max_bytes;
    apitoken_clock_fn clock; /* NULL = the system's clock (CLOCK_REALTIME) */
    void *clock_ctx;         /* all contexts must stay valid until the store is closed */
    apitoken_zone_fn zone;   /* NULL = the system's rules */
    void *zone_ctx;
    apitoken_log_fn log; /* NULL = no log */
    void *log_ctx;
} apitoken_open_opts;
#define APITOKEN_OPEN_OPTS_INIT \
    { sizeof(apitoken_open_opts), 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL }

/*
 * Opens a store. Close *ret_store with apitoken_store_close(). The library copies the keyring, so
 * you may free yours. If this process opens the same store again, by any path, the handles share
 * one LMDB environment; each has its own keyring, clock, zone and log.
 *
 * Only its owner and group may have access to the directory. Its owner must be the effective user
 * or root; a verify-only handle accepts any owner. The file system must be local and writable: even
 * readers need write access to lock.mdb, writer.lock and last-use. Only read-write handles write
 * data.mdb.
 *
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_PATH, APITOKEN_E_NO_STORE,
 * APITOKEN_E_MODE, APITOKEN_E_UNSAFE, APITOKEN_E_SYMLINK, APITOKEN_E_ACCESS,
 * APITOKEN_E_READ_ONLY_FS, APITOKEN_E_NETWORK_FS, APITOKEN_E_FOREIGN_OPEN, APITOKEN_E_PID_CLASH,
 * APITOKEN_E_KEYS_VERIFY, APITOKEN_E_KEY_WRONG, APITOKEN_E_KEY_MISSING, APITOKEN_E_DAMAGED,
 * APITOKEN_E_ROLLED_BACK, APITOKEN_E_SCHEMA, APITOKEN_E_BUSY, APITOKEN_E_READERS_FULL,
 * APITOKEN_E_DISK_FULL, APITOKEN_E_IO, APITOKEN_E_NOMEM, APITOKEN_E_RANDOM. @since 0.1.0
 */
APITOKEN_API int apitoken_store_open(const char *path, const apitoken_keyring *keyring,
                                     const apitoken_open_opts *opts, apitoken_store **ret_store,
                                     apitoken_error *err) APITOKEN_CHECKED(1, 2, 4);

/*
 * Closes a store and frees the handle, which may be NULL. No other call on it may be running.
 * @since 0.1.0
 */
APITOKEN_API void apitoken_store_close(apitoken_store *store);

typedef struct apitoken_stat_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;
} apitoken_stat_opts;
#define APITOKEN_STAT_OPTS_INIT \
    { sizeof(apitoken_stat_opts), 0, 0, 0 }

/* Information about a store. A field that does not apply to the engine is 0. */
typedef struct apitoken_store_info {
    uint32_t size;
    uint32_t schema;      /* version of the store format */
    uint32_t copy_policy; /* enum apitoken_copy_policy */
    uint32_t mode;        /* enum apitoken_mode, of this handle */
    uint32_t active_key;  /* id of the key with which this handle makes tokens */
    uint32_t keys_locked; /* 1 if the key memory of this handle is locked into RAM */
    uint32_t readers;     /* reader slots in use by all processes */
    uint32_t readers_max;
    uint64_t tokens;      /* all tokens, including expired and revoked ones */
    uint64_t revoked;     /* revoked tokens */
    uint64_t map_bytes;   /* maximum size of the store */
    uint64_t used_bytes;  /* in use, without free pages */
    uint64_t spare_bytes; /* what creates can still use before APITOKEN_E_FULL */
    uint64_t transaction; /* number of the last committed change */
    int64_t created_ms;   /* when the store was created */
    char store_id[40];    /* 32 hexadecimal digits */
    char prefix[16];
    char zone[72];
} apitoken_store_info;
#define APITOKEN_STORE_INFO_INIT \
    { sizeof(apitoken_store_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", "", "" }

/* Describes the store in *ret_info. Errors: those of every verb, below. @since 0.1.0 */
APITOKEN_API int apitoken_store_stat(apitoken_store *store, const apitoken_stat_opts *opts,
                                     apitoken_store_info *ret_info, apitoken_error *err)
    APITOKEN_CHECKED(1, 3);

typedef struct apitoken_grow_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* how long the call may wait; 0 = 5,000 */
    uint32_t reserved;
} apitoken_grow_opts;
#define APITOKEN_GROW_OPTS_INIT \
    { sizeof(apitoken_grow_opts), 0, 0, 0 }

/*
 * Raises the maximum size of a store to map_bytes, at most 1 TiB. No process may have the store
 * open. `keyring` must be full.
 *
 * Errors: those of apitoken_store_open(), APITOKEN_E_MAP_SIZE, APITOKEN_E_IN_USE,
 * APITOKEN_E_MAYBE. @since 0.1.0
 */
APITOKEN_API int apitoken_store_grow(const char *path, const apitoken_keyring *keyring,
                                     uint64_t map_bytes, const apitoken_grow_opts *opts,
                                     apitoken_error *err) APITOKEN_CHECKED(1, 2);

/* ---- Check, backup and restore --------------------------------------------------------------- */

/* What a finding is about. The numbers are fixed. Treat a kind that you do not know as damage. */
enum apitoken_finding_kind {
    /* the files, their structure, or records that every open needs; no token was checked */
    APITOKEN_FINDING_FILES = 1,
    APITOKEN_FINDING_STORE = 2,       /* the store as a whole: its counts */
    APITOKEN_FINDING_ROLLED_BACK = 3, /* the store is older than before */
    APITOKEN_FINDING_TOKEN = 4        /* one token */
};

/* One fault that a check found. */
typedef struct apitoken_finding {
    uint32_t size;      /* of the running library's struct, which may be larger than yours */
    uint32_t kind;      /* enum apitoken_finding_kind */
    int32_t code;       /* enum apitoken_code */
    uint32_t owner_len; /* 0 if the owner is unknown */
    char id[32];        /* of the token; "" if there is none or it cannot be read */
    char owner[136];
    char text[200]; /* one English sentence in UTF-8 */
} apitoken_finding;

/*
 * Called after the check, once for each finding, in the order of the store. The finding is valid
 * only during the call.
 */
typedef void (*apitoken_finding_fn)(const apitoken_finding *finding, void *ctx);

enum apitoken_check_flags {
    /*
     * If the only fault is that the store was rolled back, accept its current content. Tokens that
     * were revoked after that state are valid again: revoke them again. Needs a full keyring, and
     * no process may have the store open.
     */
    APITOKEN_CHECK_ACCEPT_ROLLBACK = 1
};

typedef struct apitoken_check_opts {
    uint32_t size;
    uint32_t flags;      /* enum apitoken_check_flags */
    uint32_t timeout_ms; /* how long the call may wait; 0 = 5,000 */
    uint32_t reserved;
    apitoken_finding_fn finding; /* NULL = none */
    void *finding_ctx;
} apitoken_check_opts;
#define APITOKEN_CHECK_OPTS_INIT \
    { sizeof(apitoken_check_opts), 0, 0, 0, NULL, NULL }

/*
 * Checks a whole store while other processes continue to use it: the structure of data.mdb at any
 * size, the tag of every record, whether the two records of each token agree, the counts, and
 * whether the store was rolled back. It reads one snapshot and writes only a reader slot in
 * lock.mdb, as every open does. With APITOKEN_CHECK_ACCEPT_ROLLBACK it also writes the number that
 * detects a rollback.
 *
 * Returns 0 if nothing is wrong or the rollback was accepted. Otherwise the detail has the worst
 * fault, and the callback receives up to 1,000 findings, then one that says how many more there
 * are. After any failure you may repeat the call.
 *
 * Errors: APITOKEN_E_DAMAGED and APITOKEN_E_ROLLED_BACK mean that the check found faults; any other
 * error of apitoken_store_open() means that the store could not be checked. With the flag also
 * APITOKEN_E_IN_USE and APITOKEN_E_KEYS_VERIFY. @since 0.1.0
 */
APITOKEN_API int apitoken_store_check(const char *path, const apitoken_keyring *keyring,
                                      const apitoken_check_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

typedef struct apitoken_backup_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* how long to wait for a read transaction; 0 = that of the store */
    uint32_t reserved;
} apitoken_backup_opts;
#define APITOKEN_BACKUP_OPTS_INIT \
    { sizeof(apitoken_backup_opts), 0, 0, 0 }

/*
 * Copies one snapshot of a store into the new directory `path` while others continue to read and
 * write. The copy is a store of its own: compacted, every record checked, with the times of last
 * use. It is complete and synced when the call returns 0. A crash may leave a directory
 * `path`.new-XXXXXX behind, which you can remove. The files belong to the caller's user. The copy
 * has no keyring: back that up elsewhere.
 *
 * A verify-only handle is enough. During the call, which takes about 3 seconds per million tokens,
 * writers cannot reuse the pages that they free.
 *
 * Errors: those of every verb, APITOKEN_E_EXISTS (`path` exists), APITOKEN_E_PATH,
 * APITOKEN_E_NETWORK_FS, APITOKEN_E_READ_ONLY_FS, APITOKEN_E_DISK_FULL. @since 0.1.0
 */
APITOKEN_API int apitoken_store_backup(apitoken_store *store, const char *path,
                                       const apitoken_backup_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

/*
 * What to do if the current store is missing or cannot prove which of its tokens were revoked.
 * Without either flag such a restore fails with APITOKEN_E_UNPROVEN; both together are
 * APITOKEN_E_ABI.
 */
enum apitoken_restore_flags {
    APITOKEN_RESTORE_REVOKE_ALL = 1, /* revoke every token of the backup, reason "restored" */
    APITOKEN_RESTORE_ACCEPT_LOST = 2 /* tokens revoked since the backup may be valid again */
};

typedef struct apitoken_restore_opts {
    uint32_t size;
    uint32_t flags;      /* one of enum apitoken_restore_flags, or 0 */
    uint32_t timeout_ms; /* how long the call may wait; 0 = 5,000 */
    uint32_t reserved;
    apitoken_clock_fn clock; /* for the time of new revocations; NULL = the system's clock */
    void *clock_ctx;
} apitoken_restore_opts;
#define APITOKEN_RESTORE_OPTS_INIT \
    { sizeof(apitoken_restore_opts), 0, 0, 0, NULL, NULL }

typedef struct apitoken_restore_result {
    uint32_t size;
    uint32_t is_proven;    /* 1 if the current store proved all its revocations */
    uint64_t tokens;       /* tokens in the restored store */
    uint64_t revoked;      /* of these, revoked ones */
    uint64_t carried_over; /* of these, revoked in the current store but not in the backup */
    uint64_t revoked_now;  /* of these, revoked by APITOKEN_RESTORE_REVOKE_ALL */
    uint64_t gone;         /* tokens that only the replaced store had; 0 if it cannot be read */
} apitoken_restore_result;
#define APITOKEN_RESTORE_RESULT_INIT \
    { sizeof(apitoken_restore_result), 0, 0, 0, 0, 0, 0 }

/*
 * Replaces the store at `path` by the backup at `backup_path`. A token that was revoked since the
 * backup stays revoked: the library carries over every revocation that the current store can prove,
 * with its time and reason if they can be read. It checks the whole backup first and leaves it
 * unchanged. The restored store takes its place in one step; the replaced one is kept as
 * `path`.replaced. `keyring` must be full and have the keys of both.
 *
 * First close the store in every process, including this one. Directory and files get the owner,
 * group and mode of the current store, or of the backup if there is none; without permission to set
 * them the call fails with APITOKEN_E_ACCESS. ret_result may be NULL.
 *
 * Errors: those of apitoken_store_open(), about the backup; APITOKEN_E_UNPROVEN, APITOKEN_E_EXISTS
 * (`path`.replaced exists, or the backup is not of the store at `path`), APITOKEN_E_IN_USE,
 * APITOKEN_E_CLOCK. @since 0.1.0
 */
APITOKEN_API int apitoken_store_restore(const char *backup_path, const char *path,
                                        const apitoken_keyring *keyring,
                                        const apitoken_restore_opts *opts,
                                        apitoken_restore_result *ret_result, apitoken_error *err)
    APITOKEN_CHECKED(1, 2, 3);

/* ---- Verbs ----------------------------------------------------------------------------------- */

/*
 * Errors of every verb: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_FORKED, APITOKEN_E_NOMEM,
 * APITOKEN_E_BUSY, APITOKEN_E_IO, APITOKEN_E_ACCESS, APITOKEN_E_DAMAGED, APITOKEN_E_REPLACED,
 * APITOKEN_E_READERS_FULL, APITOKEN_E_PID_CLASH, APITOKEN_E_KEY_MISSING (the token was made with a
 * key that this handle lacks).
 * Every verb that writes can also return: APITOKEN_E_VERIFY_ONLY, APITOKEN_E_DISK_FULL,
 * APITOKEN_E_SCHEMA, APITOKEN_E_ROLLED_BACK, APITOKEN_E_KEY_WRONG, APITOKEN_E_KEY_LIMIT.
 *
 * The owner says whose token it is: 1 to APITOKEN_OWNER_MAX bytes, compared byte by byte. Take it
 * from your user's session, never from a request. A call sees only the tokens of its owner.
 *
 * Owner, name, description and reason are UTF-8 (RFC 3629) that people can see. Not allowed are
 * control, format and default-ignorable characters (line ends, bidirectional controls, zero-width
 * spaces), private-use characters, noncharacters, white space other than U+0020, a space at either
 * end, a combining mark at the beginning, and more than 4 combining marks in a row. Joiners,
 * variation selectors and tags are allowed where they change what is seen: in scripts that need
 * them, in emoji, after ideographs. doc/limits.md has the full rules. They apply to what is stored
 * from now on; calls about an existing token accept any UTF-8 of the right length as its owner. The
 * error detail has the offset of the character and names it, as in "U+200B is not allowed here".
 * The library returns the bytes unchanged: escape them for HTML.
 */

/* When a token expires. The numbers are fixed. */
enum apitoken_expiry_kind {
    APITOKEN_EXPIRY_NEVER = 0,  /* it does not expire */
    APITOKEN_EXPIRY_DAY = 1,    /* at the end of a day in the zone of the store */
    APITOKEN_EXPIRY_INSTANT = 2 /* at an instant */
};

typedef struct apitoken_create_opts {
    uint32_t size;
    uint32_t flags;       /* 0 */
    uint32_t timeout_ms;  /* 0 = that of the store */
    uint32_t expiry_kind; /* enum apitoken_expiry_kind */
    int32_t expiry_day;   /* for a day: the last day on which the token is valid; else 0 */
    uint32_t description_len;
    int64_t expiry_ms;       /* for an instant: when the token stops being valid; else 0 */
    const char *description; /* NULL = none */
    const void *reserved;
} apitoken_create_opts;
#define APITOKEN_CREATE_OPTS_INIT \
    { sizeof(apitoken_create_opts), 0, 0, 0, 0, 0, 0, NULL, NULL }

/*
 * Creates a token. It is durable when the call returns 0. Only *ret_secret gives access to its
 * text: format it, then free it with apitoken_secret_free(). The expiry day may be today: the token
 * is then valid for the rest of today.
 *
 * Pass `err`: after APITOKEN_E_MAYBE its id says which token may have been created. When the store
 * works again, look it up with apitoken_show(). APITOKEN_E_NOT_FOUND means that it was not created.
 * If it was, revoke it: its text is lost.
 *
 * Errors: those of every verb that writes, APITOKEN_E_OWNER, APITOKEN_E_NAME,
 * APITOKEN_E_DESCRIPTION, APITOKEN_E_EXPIRY, APITOKEN_E_DAY, APITOKEN_E_EXPIRY_PAST,
 * APITOKEN_E_ZONE, APITOKEN_E_ZONE_DATA, APITOKEN_E_ZONE_FAILED, APITOKEN_E_CLOCK,
 * APITOKEN_E_FULL, APITOKEN_E_RANDOM, APITOKEN_E_MAYBE. @since 0.1.0
 */
APITOKEN_API int apitoken_create(apitoken_store *store, const char *owner, size_t owner_len,
                                 const char *name, size_t name_len,
                                 const apitoken_create_opts *opts, apitoken_secret **ret_secret,
                                 apitoken_error *err) APITOKEN_CHECKED(1, 7);

/* How a token, T below, is written: these bytes, no line end. The numbers are fixed. */
enum apitoken_format {
    APITOKEN_FORMAT_PLAIN = 1,  /* T */
    APITOKEN_FORMAT_BEARER = 2, /* Bearer T: credentials, RFC 6750 section 2.1 */
    APITOKEN_FORMAT_HEADER = 3, /* Authorization: Bearer T: a header, RFC 9110 section 11.6.2 */
    APITOKEN_FORMAT_ENV = 4,    /* API_TOKEN=T: a line of an environment file */
    APITOKEN_FORMAT_CURL = 5,   /* header = "Authorization: Bearer T": for curl -K */
    APITOKEN_FORMAT_MASKED = 6  /* prefix, version and id, then U+2026; no part of the secret */
};

/* Id of the new token. Belongs to the secret. @since 0.1.0 */
APITOKEN_API const char *apitoken_secret_id(const apitoken_secret *secret) APITOKEN_NONNULL(1);

typedef struct apitoken_format_opts {
    uint32_t size;
    uint32_t flags; /* 0 */
} apitoken_format_opts;
#define APITOKEN_FORMAT_OPTS_INIT \
    { sizeof(apitoken_format_opts), 0 }

/*
 * Writes the token into `buf` in a copy format (enum apitoken_format), with a NUL after it.
 * *ret_len is the length without the NUL. If `cap` is not larger than that, the call stores
 * *ret_len, leaves `buf` unchanged and returns APITOKEN_E_BUFFER; so `cap` 0 with `buf` NULL asks
 * for the length. APITOKEN_FORMAT_MAX bytes are always enough. Wipe `buf` after use.
 *
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_FORMAT, APITOKEN_E_BUFFER. @since 0.1.0
 */
APITOKEN_API int apitoken_secret_format(const apitoken_secret *secret, int format,
                                        const apitoken_format_opts *opts, char *buf, size_t cap,
                                        size_t *ret_len, apitoken_error *err)
    APITOKEN_CHECKED(1, 6);

/* Wipes and frees a secret, which may be NULL. @since 0.1.0 */
APITOKEN_API void apitoken_secret_free(apitoken_secret *secret);

/* One token of a batch: the arguments and options of apitoken_create(). */
typedef struct apitoken_batch_item {
    uint32_t size;
    uint32_t flags; /* 0 */
    const char *owner;
    const char *name;
    const char *description; /* NULL = none */
    uint32_t owner_len;
    uint32_t name_len;
    uint32_t description_len;
    uint32_t expiry_kind; /* enum apitoken_expiry_kind */
    int32_t expiry_day;
    uint32_t reserved;
    int64_t expiry_ms;
} apitoken_batch_item;
#define APITOKEN_BATCH_ITEM_INIT \
    { sizeof(apitoken_batch_item), 0, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0 }

typedef struct apitoken_batch_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;
    /*
     * NULL, or a number that another thread may show: the call raises it from 0 to twice the number
     * of items. Until half of that, the call does not hold the store's write lock. The number is
     * written atomically: read it atomically.
     */
    uint64_t *progress;
} apitoken_batch_opts;
#define APITOKEN_BATCH_OPTS_INIT \
    { sizeof(apitoken_batch_opts), 0, 0, 0, NULL }

/*
 * Creates many tokens in one durable step, all or none, for example to migrate from another system.
 * `items` has `count` pointers, at most APITOKEN_BATCH_MAX; 0 items make an empty batch. The items
 * must not change during the call. If an item is wrong, the detail has its index in `item`. Free
 * *ret_batch with apitoken_batch_free().
 *
 * A million tokens take about 10 seconds on an ordinary disk, during which other writers wait, and
 * up to 600 MB of memory. The store needs room for the new tokens and for a second copy of its
 * current content; otherwise the call fails with APITOKEN_E_FULL and changes nothing.
 *
 * Errors: those of apitoken_create(), APITOKEN_E_LIMIT. APITOKEN_E_MAYBE concerns all tokens: the
 * detail has the id of the first; if that token exists, all do, and their texts are lost.
 * @since 0.1.0
 */
APITOKEN_API int apitoken_create_batch(apitoken_store *store,
                                       const apitoken_batch_item *const *items, size_t count,
                                       const apitoken_batch_opts *opts, apitoken_batch **ret_batch,
                                       apitoken_error *err) APITOKEN_CHECKED(1, 5);

/* Number of tokens in a batch: the number of items. @since 0.1.0 */
APITOKEN_API size_t apitoken_batch_count(const apitoken_batch *batch) APITOKEN_NONNULL(1);

/* Id of token i; NULL if i is not below the count. Belongs to the batch. @since 0.1.0 */
APITOKEN_API const char *apitoken_batch_id(const apitoken_batch *batch, size_t i)
    APITOKEN_NONNULL(1);

/*
 * Writes token i into `buf` in a copy format, as apitoken_secret_format() does.
 *
 * Errors: APITOKEN_E_ARGUMENT (or i is not below the count), APITOKEN_E_ABI, APITOKEN_E_FORMAT,
 * APITOKEN_E_BUFFER. @since 0.1.0
 */
APITOKEN_API int apitoken_batch_format(const apitoken_batch *batch, size_t i, int format,
                                       const apitoken_format_opts *opts, char *buf, size_t cap,
                                       size_t *ret_len, apitoken_error *err) APITOKEN_CHECKED(1, 7);

/* Wipes and frees a batch, which may be NULL. @since 0.1.0 */
APITOKEN_API void apitoken_batch_free(apitoken_batch *batch);

/*
 * State of a token, as bits, so that a filter can name several. The numbers are fixed. Treat a
 * state that you do not know as not valid.
 */
enum apitoken_state {
    APITOKEN_STATE_VALID = 1,
    APITOKEN_STATE_EXPIRED = 2,
    APITOKEN_STATE_REVOKED = 4, /* expired or not */
    /* only a newer version of the library understands the token: this one denies it */
    APITOKEN_STATE_NEWER = 32
};

typedef struct apitoken_list_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t limit;      /* rows of the page, at most APITOKEN_LIST_MAX; 0 = 100 */
    uint32_t states;     /* bits of enum apitoken_state; 0 = all; other bits: APITOKEN_E_ABI */
    uint32_t cursor_len;
    const char *cursor; /* from apitoken_page_cursor() for this owner; NULL = from the beginning */
} apitoken_list_opts;
#define APITOKEN_LIST_OPTS_INIT \
    { sizeof(apitoken_list_opts), 0, 0, 0, 0, 0, NULL }

/*
 * Stores a page of the owner's tokens in *ret_page, oldest first, with the states that
 * apitoken_validate() would find now. Free it with apitoken_page_free(). The order is that of the
 * ids, which is that of creation by the system clock of each process: where the clocks of two
 * processes differ, so may the order.
 *
 * A call looks at a limited number of tokens. So with a filter a page may have fewer rows than the
 * limit, even none, and still not be the last: continue until apitoken_page_cursor() returns NULL.
 * A cursor only marks a position and gives no access: a call with another owner's cursor still
 * lists only the tokens of `owner`.
 *
 * Errors: those of every verb, APITOKEN_E_OWNER, APITOKEN_E_CURSOR, APITOKEN_E_LIMIT,
 * APITOKEN_E_CLOCK. @since 0.1.0
 */
APITOKEN_API int apitoken_list(apitoken_store *store, const char *owner, size_t owner_len,
                               const apitoken_list_opts *opts, apitoken_page **ret_page,
                               apitoken_error *err) APITOKEN_CHECKED(1, 5);

/* Number of rows in a page. @since 0.1.0 */
APITOKEN_API size_t apitoken_page_count(const apitoken_page *page) APITOKEN_NONNULL(1);

/* Row i; NULL if i is not below the count. Belongs to the page. @since 0.1.0 */
APITOKEN_API const apitoken_token *apitoken_page_at(const apitoken_page *page, size_t i)
    APITOKEN_NONNULL(1);

/*
 * Where the next page begins, as letters and digits; NULL if this is the last page. Belongs to the
 * page. A cursor remains usable after a restart, in other processes, and if tokens are deleted.
 * @since 0.1.0
 */
APITOKEN_API const char *apitoken_page_cursor(const apitoken_page *page) APITOKEN_NONNULL(1);

/* Frees a page, which may be NULL, with its rows. @since 0.1.0 */
APITOKEN_API void apitoken_page_free(apitoken_page *page);

typedef struct apitoken_show_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;
} apitoken_show_opts;
#define APITOKEN_SHOW_OPTS_INIT \
    { sizeof(apitoken_show_opts), 0, 0, 0 }

/*
 * Stores one token of an owner in *ret_token. Free it with apitoken_token_free().
 *
 * Errors: those of every verb, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_NOT_FOUND,
 * APITOKEN_E_CLOCK. @since 0.1.0
 */
APITOKEN_API int apitoken_show(apitoken_store *store, const char *owner, size_t owner_len,
                               const char *id, size_t id_len, const apitoken_show_opts *opts,
                               apitoken_token **ret_token, apitoken_error *err)
    APITOKEN_CHECKED(1, 7);

/*
 * What is stored about a token. Text belongs to the token and is "" if there is none; the other
 * functions return 0 if `token` is NULL. @since 0.1.0
 */
APITOKEN_API const char *apitoken_token_id(const apitoken_token *token) APITOKEN_NONNULL(1);
APITOKEN_API const char *apitoken_token_owner(const apitoken_token *token) APITOKEN_NONNULL(1);
APITOKEN_API const char *apitoken_token_name(const apitoken_token *token) APITOKEN_NONNULL(1);
APITOKEN_API const char *apitoken_token_description(const apitoken_token *token)
    APITOKEN_NONNULL(1);
APITOKEN_API int64_t apitoken_token_created_ms(const apitoken_token *token) APITOKEN_NONNULL(1);

/* How it expires: enum apitoken_expiry_kind. @since 0.1.0 */
APITOKEN_API int apitoken_token_expiry_kind(const apitoken_token *token) APITOKEN_NONNULL(1);

/* When it stops being valid; INT64_MAX for never. @since 0.1.0 */
APITOKEN_API int64_t apitoken_token_expires_ms(const apitoken_token *token) APITOKEN_NONNULL(1);

/* Its last valid day, as given to create; 0 unless its expiry is a day. @since 0.1.0 */
APITOKEN_API int32_t apitoken_token_expires_day(const apitoken_token *token) APITOKEN_NONNULL(1);

/* The zone of that day; "" unless its expiry is a day. @since 0.1.0 */
APITOKEN_API const char *apitoken_token_expires_zone(const apitoken_token *token)
    APITOKEN_NONNULL(1);

/* Its state at the time of the list or show: enum apitoken_state. @since 0.1.0 */
APITOKEN_API int apitoken_token_state(const apitoken_token *token) APITOKEN_NONNULL(1);

/* When it was revoked; 0 if it was not. @since 0.1.0 */
APITOKEN_API int64_t apitoken_token_revoked_ms(const apitoken_token *token) APITOKEN_NONNULL(1);

/* Why it was revoked; "" if no reason was given. @since 0.1.0 */
APITOKEN_API const char *apitoken_token_reason(const apitoken_token *token) APITOKEN_NONNULL(1);

/*
 * The minute in which apitoken_validate() last accepted it, in any process, by the clock of that
 * process; 0 for never. It only moves forward. It is stored beside the tokens, is not signed, and
 * may be lost in a power failure. @since 0.1.0
 */
APITOKEN_API int64_t apitoken_token_last_used_ms(const apitoken_token *token) APITOKEN_NONNULL(1);

/*
 * 1 if the store has an encrypted copy of its text, which apitoken_copy() can write on a read-write
 * handle; 0 if not, or if it is revoked. @since 0.1.0
 */
APITOKEN_API int apitoken_token_is_copyable(const apitoken_token *token) APITOKEN_NONNULL(1);

/* Frees a token from apitoken_show(), which may be NULL. Not for a row of a page. @since 0.1.0 */
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
 * Revokes a token permanently. When the call returns 0, the revocation is durable, and every
 * validate that begins later, in any process, refuses the token. If the token is already revoked,
 * the call returns 0 and keeps the first time and reason. After any failure you may repeat the
 * call.
 *
 * Revoke also works when the store is too full for create: it has a reserve of its own. A revoke
 * with a reason fails with APITOKEN_E_FULL when half of the reserve is used, one without a reason
 * when all of it is used.
 *
 * Errors: those of every verb that writes, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_REASON,
 * APITOKEN_E_NOT_FOUND, APITOKEN_E_CLOCK, APITOKEN_E_FULL, APITOKEN_E_MAYBE. @since 0.1.0
 */
APITOKEN_API int apitoken_revoke(apitoken_store *store, const char *owner, size_t owner_len,
                                 const char *id, size_t id_len, const apitoken_revoke_opts *opts,
                                 apitoken_error *err) APITOKEN_CHECKED(1);

typedef struct apitoken_copy_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;
} apitoken_copy_opts;
#define APITOKEN_COPY_OPTS_INIT \
    { sizeof(apitoken_copy_opts), 0, 0, 0 }

/*
 * Writes a token of an owner into `buf` in a copy format, as apitoken_secret_format() does.
 * APITOKEN_FORMAT_MASKED works for every token and handle. The other formats need a store with
 * APITOKEN_COPY_ALWAYS, a read-write handle, and a token that is not revoked; it may have expired.
 *
 * Errors: those of every verb, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_FORMAT,
 * APITOKEN_E_BUFFER, APITOKEN_E_NOT_FOUND, APITOKEN_E_NOT_COPYABLE, APITOKEN_E_COPY_REVOKED,
 * APITOKEN_E_VERIFY_ONLY. @since 0.1.0
 */
APITOKEN_API int apitoken_copy(apitoken_store *store, const char *owner, size_t owner_len,
                               const char *id, size_t id_len, int format,
                               const apitoken_copy_opts *opts, char *buf, size_t cap,
                               size_t *ret_len, apitoken_error *err) APITOKEN_CHECKED(1, 10);

/*
 * What a validate found. Use only the return value to decide whether to accept the token. Every
 * validate first sets the verdict to denied, unless its size is wrong (APITOKEN_E_ABI).
 */
typedef struct apitoken_verdict {
    uint32_t size;
    int32_t code;         /* what the call returned; APITOKEN_E_ARGUMENT before any call */
    uint32_t expiry_kind; /* APITOKEN_EXPIRY_NEVER, or APITOKEN_EXPIRY_INSTANT for any expiry */
    uint32_t owner_len;
    int64_t expires_ms; /* like apitoken_token_expires_ms() */
    char id[32];        /* of the token, "" if the text is malformed; may be logged */
    /*
     * Set only if the secret was right: the call returned 0, APITOKEN_E_EXPIRED or
     * APITOKEN_E_REVOKED. Otherwise it is "", and the other fields except code and id are 0.
     */
    char owner[136];
} apitoken_verdict;
#define APITOKEN_VERDICT_INIT \
    { sizeof(apitoken_verdict), APITOKEN_E_ARGUMENT, 0, 0, 0, "", "" }

typedef struct apitoken_validate_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;
} apitoken_validate_opts;
#define APITOKEN_VALIDATE_OPTS_INIT \
    { sizeof(apitoken_validate_opts), 0, 0, 0 }

/*
 * Returns 0 if the text is a token that is valid now. Any other value means refuse: a denial is an
 * 11xx code, a failure 12xx, wrong usage 10xx. Tell the client no more than
 * apitoken_public_status() and apitoken_public_error() return. *ret_verdict says whose token it is;
 * ret_verdict may be NULL.
 *
 * The text must be exactly the token, without spaces or a line end. Length, prefix, alphabet and
 * checksum (CRC-32/IEEE in base62) are checked first, without the clock or the store.
 *
 * Errors: those of every verb, APITOKEN_E_CLOCK; APITOKEN_E_MALFORMED, APITOKEN_E_UNKNOWN,
 * APITOKEN_E_EXPIRED, APITOKEN_E_REVOKED. @since 0.1.0
 */
APITOKEN_API int apitoken_validate(apitoken_store *store, const char *text, size_t text_len,
                                   const apitoken_validate_opts *opts,
                                   apitoken_verdict *ret_verdict, apitoken_error *err)
    APITOKEN_CHECKED(1);

/*
 * Validates the token in the value of an Authorization header: the scheme Bearer in any case, one
 * or more spaces, the token (RFC 6750 section 2.1, RFC 9110 section 11.1). Spaces and tabs around
 * the value are ignored (RFC 9110 section 5.5). If the request has no such header, pass length 0.
 * If it has several, refuse it without a call.
 *
 * Errors: those of apitoken_validate(). APITOKEN_E_NO_TOKEN if the value is empty, names another
 * scheme, or has nothing after the scheme; APITOKEN_E_MALFORMED if what follows Bearer is not a
 * token.
 * @since 0.1.0
 */
APITOKEN_API int apitoken_validate_header(apitoken_store *store, const char *value,
                                          size_t value_len, const apitoken_validate_opts *opts,
                                          apitoken_verdict *ret_verdict, apitoken_error *err)
    APITOKEN_CHECKED(1);

/* ---- Days ------------------------------------------------------------------------------------ */

/*
 * Reads a day from text of exactly 10 characters, YYYY-MM-DD (full-date of RFC 3339). Any other
 * text, such as 2026-02-30 or a day with a space after it, is APITOKEN_E_DAY.
 *
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_DAY. @since 0.1.0
 */
APITOKEN_API int apitoken_day_parse(const char *text, size_t text_len, int32_t *ret_day,
                                    apitoken_error *err) APITOKEN_CHECKED(3);

/*
 * Writes a day into `buf` as YYYY-MM-DD and a NUL; `cap` must be at least 11.
 *
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_DAY, APITOKEN_E_BUFFER. @since 0.1.0
 */
APITOKEN_API int apitoken_day_format(int32_t day, char *buf, size_t cap, apitoken_error *err)
    APITOKEN_CHECKED(2);

/*
 * Stores in *ret_day the day on which an instant falls in the store's zone.
 *
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_FORKED, APITOKEN_E_NOMEM, APITOKEN_E_DAY
 * (the instant or the day is outside the years 1970 to 9999), APITOKEN_E_ZONE,
 * APITOKEN_E_ZONE_DATA, APITOKEN_E_ZONE_FAILED. @since 0.2.0
 */
APITOKEN_API int apitoken_day_at(apitoken_store *store, int64_t at_ms, int32_t *ret_day,
                                 apitoken_error *err) APITOKEN_CHECKED(1, 3);

/*
 * Stores in *ret_day today's day in the store's zone, by its clock. It is the first day that
 * apitoken_create() accepts.
 *
 * Errors: those of apitoken_day_at(), APITOKEN_E_CLOCK. @since 0.2.0
 */
APITOKEN_API int apitoken_day_today(apitoken_store *store, int32_t *ret_day, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

/* ---- Initialisers ---------------------------------------------------------------------------- */

/*
 * The _INIT macros as functions, for languages that cannot use macros. `size` is the size of the
 * struct in the caller's header, so that an older program works with a newer library:
 *
 *     apitoken_open_opts_init(&opts, sizeof opts);
 *
 * They set the size, and everything else to 0, which means the defaults; the code of a verdict
 * becomes APITOKEN_E_ARGUMENT. With NULL, or a size below 4, they do nothing. @since 0.2.0
 */
APITOKEN_API void apitoken_error_init(apitoken_error *err, size_t size);
APITOKEN_API void apitoken_keyring_opts_init(apitoken_keyring_opts *opts, size_t size);
APITOKEN_API void apitoken_store_create_opts_init(apitoken_store_create_opts *opts, size_t size);
APITOKEN_API void apitoken_open_opts_init(apitoken_open_opts *opts, size_t size);
APITOKEN_API void apitoken_stat_opts_init(apitoken_stat_opts *opts, size_t size);
APITOKEN_API void apitoken_store_info_init(apitoken_store_info *info, size_t size);
APITOKEN_API void apitoken_grow_opts_init(apitoken_grow_opts *opts, size_t size);
APITOKEN_API void apitoken_check_opts_init(apitoken_check_opts *opts, size_t size);
APITOKEN_API void apitoken_backup_opts_init(apitoken_backup_opts *opts, size_t size);
APITOKEN_API void apitoken_restore_opts_init(apitoken_restore_opts *opts, size_t size);
APITOKEN_API void apitoken_restore_result_init(apitoken_restore_result *result, size_t size);
APITOKEN_API void apitoken_create_opts_init(apitoken_create_opts *opts, size_t size);
APITOKEN_API void apitoken_batch_item_init(apitoken_batch_item *item, size_t size);
APITOKEN_API void apitoken_batch_opts_init(apitoken_batch_opts *opts, size_t size);
APITOKEN_API void apitoken_format_opts_init(apitoken_format_opts *opts, size_t size);
APITOKEN_API void apitoken_list_opts_init(apitoken_list_opts *opts, size_t size);
APITOKEN_API void apitoken_show_opts_init(apitoken_show_opts *opts, size_t size);
APITOKEN_API void apitoken_revoke_opts_init(apitoken_revoke_opts *opts, size_t size);
APITOKEN_API void apitoken_copy_opts_init(apitoken_copy_opts *opts, size_t size);
APITOKEN_API void apitoken_verdict_init(apitoken_verdict *verdict, size_t size);
APITOKEN_API void apitoken_validate_opts_init(apitoken_validate_opts *opts, size_t size);

#ifdef __cplusplus
}
#endif
#endif
