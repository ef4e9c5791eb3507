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
 *              `opts` may be NULL, which means the defaults, except where a function says that it
 *              needs them. Fields named `reserved`, and flag bits that this header does not define,
 *              must be 0. Later versions only append fields. An input struct may be larger than the
 *              library expects if the rest is 0; in a larger output struct the library sets the
 *              rest to 0. Any other size, flag or reserved value is APITOKEN_E_ABI. So is an `err`
 *              whose size is not set; the call then does nothing.
 * Time         Instants are int64_t milliseconds since 1970-01-01T00:00:00Z without leap seconds,
 *              in the years 1970 to 9999. Days are int32_t in the form yyyymmdd, such as 20261231.
 *              Timeouts are milliseconds.
 * Callbacks    Clock, zone and log callbacks run on the calling thread while the library holds no
 *              lock and no transaction. They may call the library, even for the same store, but
 *              must not close the store. They must return normally: no longjmp(), no C++ exception.
 * Threads      Any number of threads may use a store or a keyring at once. Any other object belongs
 *              to one thread at a time, except that many threads may read a page or a token. The
 *              call that closes or frees an object must be the last one that uses it. Secrets,
 *              pages and tokens outlive their store. Functions that take no object may be called
 *              by any thread. No function is async-signal-safe.
 * Fork         Open the store in the process that uses it. In a child process, calls on a store
 *              that the parent opened return APITOKEN_E_FORKED; only apitoken_store_close() is
 *              allowed and leaves the parent's store alone. The child may open the same store
 *              itself, and may use a keyring that was loaded before the fork. Secrets, pages,
 *              tokens and keyrings are plain memory: a child may read and free its copies.
 * Process      The library prints nothing, installs no signal handlers, reads neither the
 *              environment nor the locale, and preserves errno. A call that writes files holds off
 *              SIGXFSZ in its thread: a limit on the size of files is an error.
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
    APITOKEN_E_ABI = -1002,         /* a struct has an unknown size, flag or reserved value */
    APITOKEN_E_BUFFER = -1003,      /* the output does not fit; the required length was stored */
    APITOKEN_E_FORKED = -1004,      /* the parent process opened this store: open it in this one */
    APITOKEN_E_VERIFY_ONLY = -1005, /* the call writes or decrypts; the handle is verify-only */
    /* the owner is empty, too long, or has a character that is not allowed */
    APITOKEN_E_OWNER = -1006,
    /* the name is empty, too long, or has a character that is not allowed */
    APITOKEN_E_NAME = -1007,
    /* the description is too long or has a character that is not allowed */
    APITOKEN_E_DESCRIPTION = -1008,
    /* the reason for a revoke is too long or has a character that is not allowed */
    APITOKEN_E_REASON = -1009,
    APITOKEN_E_ID = -1010,  /* not a token id: 12 characters of 0-9 A-Z a-z */
    APITOKEN_E_DAY = -1011, /* not a day of the calendar in the years 1970 to 9999 */
    /* the kind of expiry is unknown, or does not match the day and instant given */
    APITOKEN_E_EXPIRY = -1012,
    APITOKEN_E_EXPIRY_PAST = -1013, /* the token would have expired already */
    APITOKEN_E_CURSOR = -1014,      /* not a cursor from apitoken_page_cursor() */
    APITOKEN_E_LIMIT = -1015,       /* more rows of a page, or items of a call, than their limit */
    APITOKEN_E_FORMAT = -1016,      /* unknown copy format */
    APITOKEN_E_PREFIX = -1017,      /* not 2 to 10 characters of a-z 0-9, the first a letter */
    APITOKEN_E_COPY_POLICY = -1018, /* unknown copy policy */
    /* neither the system nor the zone callback knows this time zone */
    APITOKEN_E_ZONE = -1019,
    /* the map size is outside the limits, or too small for what the store holds */
    APITOKEN_E_MAP_SIZE = -1021,
    APITOKEN_E_EXISTS = -1022,       /* the file or directory exists; it is never overwritten */
    APITOKEN_E_NOT_FOUND = -1023,    /* this owner has no token with that id (answer 404) */
    APITOKEN_E_NOT_COPYABLE = -1024, /* the store keeps no copy of this token (answer 409) */
    /*
     * unknown open mode, one that does not go with a flag, or this process already has the store
     * open verify-only
     */
    APITOKEN_E_MODE = -1025,
    APITOKEN_E_KEY_ID = -1026,    /* the keyring has no key with that id */
    APITOKEN_E_KEY_LIMIT = -1027, /* the keyring has 32 keys, or the store's list of keys is full */
    /* the path is NULL, empty, too long, or contains "://", which is reserved for other engines */
    APITOKEN_E_PATH = -1028,
    APITOKEN_E_COPY_REVOKED = -1029, /* the token is revoked and its copy deleted (answer 409) */
    /* the actor is missing, too long, or has a character that is not allowed */
    APITOKEN_E_ACTOR = -1030,
    APITOKEN_E_REVISION = -1031,       /* the token has another revision by now (answer 409) */
    APITOKEN_E_CHANGE_REVOKED = -1032, /* a revoked token cannot be changed (answer 409) */
    /* the token has expired; only a flag of the call gives it a later end (answer 409) */
    APITOKEN_E_CHANGE_EXPIRED = -1033,
    /* the token has an older secret that is still valid: say whether to keep it (answer 409) */
    APITOKEN_E_ROTATING = -1034,
    APITOKEN_E_GRACE = -1035,         /* the grace is negative or longer than is allowed */
    APITOKEN_E_OWNER_BLOCKED = -1036, /* the owner is blocked (answer 409) */
    /* not "*" or a list of 1 to 16 different interfaces: see apitoken_create_opts */
    APITOKEN_E_INTERFACES = -1037,
    /* not "*" or a list of 1 to 16 different networks: see apitoken_create_opts */
    APITOKEN_E_NETWORKS = -1038,
    APITOKEN_E_DATA = -1039, /* more than APITOKEN_DATA_MAX bytes of data */
    /* the store's policy does not let a token be valid so long */
    APITOKEN_E_LIFETIME = -1040,
    APITOKEN_E_LIVE_LIMIT = -1041, /* the policy allows the owner no more live tokens (409) */
    /* the revoke is final or too long ago to be undone (answer 409) */
    APITOKEN_E_UNDO = -1042,
    APITOKEN_E_ADMIN = -1043,        /* only a handle with APITOKEN_OPEN_ADMIN may do this */
    APITOKEN_E_REASON_CODE = -1044,  /* unknown reason code */
    APITOKEN_E_PEER = -1045,         /* the address of the peer has neither 4 nor 16 bytes */
    APITOKEN_E_POLICY_VALUE = -1046, /* a value of the policy is outside its limits */
    /* live tokens need the key, or it is the active one: it cannot be retired */
    APITOKEN_E_KEY_USED = -1047,
    APITOKEN_E_FILTER = -1048, /* the filter contradicts itself, or is out of range */

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
    APITOKEN_E_SUSPENDED = -1107, /* the secret is right, but the token is suspended */
    APITOKEN_E_BLOCKED = -1108,   /* the secret is right, but the owner of the token is blocked */
    /* the token is valid, but not from this peer; the public answer is that of an unknown token */
    APITOKEN_E_WRONG_NETWORK = -1109,
    /* the token is valid, but not at this interface (answer 403, insufficient_scope) */
    APITOKEN_E_WRONG_INTERFACE = -1110,
    /* the header value names Bearer but has not its syntax (answer 400, invalid_request) */
    APITOKEN_E_HEADER = -1111,

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
    /*
     * the store or one of its files was replaced or removed while it was open, here or in another
     * process: close and reopen it there
     */
    APITOKEN_E_REPLACED = -1209,
    APITOKEN_E_ROLLED_BACK = -1210, /* the store is in an older state: an old copy was put back */
    APITOKEN_E_SCHEMA = -1211,      /* a newer version of the library wrote the store */
    APITOKEN_E_NO_STORE = -1212,    /* there is no store at this path */
    /* the owner, mode or number of hard links of a file is unsafe; the detail says which */
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
    APITOKEN_E_ZONE_FAILED = -1232,  /* the zone callback failed or returned an impossible time */
    /* key memory cannot be locked into RAM (RLIMIT_MEMLOCK), and the caller requires it */
    APITOKEN_E_MLOCK = -1233,
    /* restore: the current store cannot prove what it denied; nothing changed */
    APITOKEN_E_UNPROVEN = -1234,
    /*
     * the system's time zone data (package tzdata) is missing or unusable; the detail names the
     * file
     */
    APITOKEN_E_ZONE_DATA = -1235,
    /*
     * the file system is not one that stores are tested on, or cannot do what the call needs; the
     * detail says which. See APITOKEN_ANY_FILE_SYSTEM
     */
    APITOKEN_E_FILE_SYSTEM = -1236,
    /* the key is retired in this store: nothing is made with it, and nothing made with it counts */
    APITOKEN_E_KEY_RETIRED = -1238
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
    APITOKEN_FIELD_PATH = 13,
    APITOKEN_FIELD_INTERFACES = 14,
    APITOKEN_FIELD_NETWORKS = 15,
    APITOKEN_FIELD_DATA = 16,
    APITOKEN_FIELD_ACTOR = 17,
    APITOKEN_FIELD_GRACE = 18,
    APITOKEN_FIELD_REVISION = 19,
    APITOKEN_FIELD_PEER = 20,
    APITOKEN_FIELD_POLICY = 22,
    APITOKEN_FIELD_FILTER = 23,
    APITOKEN_FIELD_KEY = 24
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
    uint32_t offset; /* index of the wrong byte in that input; its length if the length is wrong */
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
 * HTTP status to answer with after a validate: 200 for success, 401 for denied, but 403 for
 * APITOKEN_E_WRONG_INTERFACE and 400 for APITOKEN_E_HEADER, 500 for usage, 503 for failed (RFC 9110
 * section 15). Send what this function returns, not a fixed number: a later version may deny with
 * another 4xx. A 401 needs a WWW-Authenticate field, even if apitoken_public_error() returns "".
 * @since 0.1.0
 */
APITOKEN_API int apitoken_public_status(int code);

/*
 * Value of the `error` attribute in the WWW-Authenticate field (RFC 6750 section 3.1). It is
 * "invalid_token" for every denied token, so that a client learns nothing more, except
 * "insufficient_scope" for APITOKEN_E_WRONG_INTERFACE and "invalid_request" for APITOKEN_E_HEADER;
 * "" for APITOKEN_E_NO_TOKEN and for every code that is not a denial. Static, never NULL.
 * @since 0.1.0
 */
APITOKEN_API const char *apitoken_public_error(int code);

/*
 * Version of the running library, in the form of APITOKEN_VERSION and APITOKEN_VERSION_STRING.
 * @since 0.1.0
 */
APITOKEN_API uint32_t apitoken_version(void);
APITOKEN_API const char *apitoken_version_string(void);

/* ---- Limits ---------------------------------------------------------------------------------- */

/* Lengths are in bytes and do not count a NUL. */
#define APITOKEN_OWNER_MAX 128
#define APITOKEN_NAME_MAX 100
#define APITOKEN_DESCRIPTION_MAX 1000
#define APITOKEN_REASON_MAX 1000
#define APITOKEN_ACTOR_MAX 128
#define APITOKEN_DATA_MAX 128
#define APITOKEN_GRACE_MAX_MS INT64_C(2592000000) /* 30 days */
#define APITOKEN_PREFIX_MAX 10
#define APITOKEN_ZONE_MAX 64
#define APITOKEN_ID_LEN 12 /* of ids now; size buffers with APITOKEN_ID_MAX + 1 */
#define APITOKEN_ID_MAX 31 /* of ids in any version */
#define APITOKEN_CURSOR_MAX 255
#define APITOKEN_TOKEN_MAX 128     /* text of a token in any version */
#define APITOKEN_FORMAT_MAX 256    /* a buffer of this size holds every copy format and its NUL */
#define APITOKEN_LIST_MAX 1000     /* rows of a page */
#define APITOKEN_BATCH_MAX 1000000 /* tokens of a batch */
#define APITOKEN_REVOKE_TEXTS_MAX 1000 /* texts of a call */
#define APITOKEN_FINGERPRINT_LEN 32    /* hexadecimal digits */

/* Interfaces and networks of a token: how many, and the length of their list as text. */
#define APITOKEN_INTERFACE_MAX 64 /* name of an interface */
#define APITOKEN_INTERFACES_MAX 16
#define APITOKEN_INTERFACES_TEXT_MAX 1039 /* 16 names and the commas between them */
#define APITOKEN_NETWORKS_MAX 16
#define APITOKEN_NETWORKS_TEXT_MAX 703 /* in canonical form: 16 of 43 bytes, and the commas */

/* ---- Objects --------------------------------------------------------------------------------- */

typedef struct apitoken_keyring apitoken_keyring; /* keys, in guarded memory */
typedef struct apitoken_store apitoken_store;     /* an open store */
typedef struct apitoken_secret apitoken_secret;   /* the text of a new token, in guarded memory */
typedef struct apitoken_batch apitoken_batch;     /* the texts of many new tokens, likewise */
typedef struct apitoken_token apitoken_token; /* what is stored about a token, without its text */
typedef struct apitoken_page apitoken_page;   /* one page of a list of tokens */
typedef struct apitoken_audit_page apitoken_audit_page;     /* one page of the audit */
typedef struct apitoken_audit_record apitoken_audit_record; /* what it tells of one change */

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
 * the day in UTC is APITOKEN_E_ZONE_FAILED too. So are answers by which an instant falls on no day.
 * `zone` ends in NUL; zone_len is its length.
 *
 * The library never calls it for the zone "UTC". To find the end of a day it asks when the next day
 * begins; for 9999-12-31 it asks about that day itself. A create makes one call; a batch makes one
 * for each item whose day differs from that of the item before; apitoken_day_at() and
 * apitoken_day_today() make up to three.
 */
typedef int (*apitoken_zone_fn)(const char *zone, size_t zone_len, int32_t day,
                                int64_t *ret_start_ms, void *ctx);

/* Levels of a log message. The numbers are fixed. */
enum apitoken_log_level { APITOKEN_LOG_ERROR = 1, APITOKEN_LOG_WARNING = 2, APITOKEN_LOG_INFO = 3 };

/*
 * Receives what an operator should know but no return value says, such as key memory that could not
 * be locked, or reader slots of dead processes that were cleared. `level` is an apitoken_log_level,
 * `code` an apitoken_code or 0, `text` one English sentence without token text or key material. The
 * text is valid only during the call.
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
    uint32_t timeout_ms; /* how long a call waits for another one that writes; 0 = 5,000 */
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
 * highest so far plus 1; ret_key_id may be NULL. An open store keeps the keys that it was given
 * last. So before you activate the key, export the verify-only keyring again and let every process
 * load its keyring and call apitoken_store_reload_keys(): then every process can validate tokens of
 * the new key before there are any.
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
 * Removes a key from a full keyring file, for good: the file is written anew without it. Retire the
 * key first in every store that was used with it (apitoken_store_retire_key()), because a store in
 * which it is not retired cannot be opened without it, and its tokens are lost. Then export the
 * verify-only keyring again. Backups of the file still have the key.
 *
 * Neither the active key nor the one with the highest id can be removed (APITOKEN_E_KEY_USED): so
 * no id is ever given twice.
 *
 * Errors: those of a function that reads and writes a keyring, APITOKEN_E_KEY_ID,
 * APITOKEN_E_KEY_USED, APITOKEN_E_KEYS_VERIFY, APITOKEN_E_BUSY. @since 0.2.0
 */
APITOKEN_API int apitoken_keyring_remove_key(const char *path, const apitoken_keyring_opts *opts,
                                             uint32_t key_id, apitoken_error *err)
    APITOKEN_CHECKED(1);

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

/* A flag of create, open, grow, check, backup, restore and compact. The number is fixed. */
enum apitoken_file_system_flags {
    /*
     * Use the store although its file system is not one of those that stores are tested on: ext2 to
     * ext4, XFS, tmpfs, and overlayfs. Others give APITOKEN_E_FILE_SYSTEM without this flag. Of an
     * overlay the library can tell that it lies over btrfs, which it refuses, and no more: keep the
     * upper layer on one of the others. What you give up: while the disk is full, a call may end
     * the process with SIGBUS, even a validate, and a revoke may fail, because a file system that
     * copies on write (btrfs, ZFS, bcachefs, f2fs) needs free space to write blocks that a file has
     * already. Nobody has shown that its locks and shared maps hold. It lifts neither
     * APITOKEN_E_NETWORK_FS nor APITOKEN_E_READ_ONLY_FS.
     */
    APITOKEN_ANY_FILE_SYSTEM = 256
};

enum apitoken_store_create_flags {
    /* directory mode 2770 instead of 0750, so that all files belong to the directory's group */
    APITOKEN_STORE_GROUP = 1
};

typedef struct apitoken_store_create_opts {
    uint32_t size;
    uint32_t flags;       /* enum apitoken_store_create_flags, APITOKEN_ANY_FILE_SYSTEM */
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
 * directory `path`.new-XXXXXX behind, or an empty `path`, which you can remove. `keyring` must be
 * full.
 *
 * A prefix is 2 to APITOKEN_PREFIX_MAX characters of a-z 0-9 and begins with a letter. A zone id is
 * 1 to APITOKEN_ZONE_MAX characters of A-Z a-z 0-9 + - _ and /; a / may not be first, last or next
 * to another /. The system's rules for zones other than UTC come with the package tzdata; the
 * library looks in /usr/share/zoneinfo, /usr/lib/zoneinfo, /usr/share/lib/zoneinfo and
 * /etc/zoneinfo, and ignores TZ and TZDIR.
 *
 * `map_bytes` can be changed later; see apitoken_store_grow(). Each process that opens the store
 * maps 16 times as much address space, rounded up to a power of two, at least 1 GiB and at most
 * 1 TiB, and an eighth of that for last-use. That takes no memory, but a limit on the address space
 * (RLIMIT_AS) must allow for it.
 *
 * Errors: APITOKEN_E_EXISTS (`path` exists), APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_PATH,
 * APITOKEN_E_PREFIX, APITOKEN_E_COPY_POLICY, APITOKEN_E_MAP_SIZE, APITOKEN_E_ZONE,
 * APITOKEN_E_ZONE_DATA, APITOKEN_E_ZONE_FAILED, APITOKEN_E_KEYS_VERIFY, APITOKEN_E_CLOCK,
 * APITOKEN_E_FILE_SYSTEM, APITOKEN_E_NETWORK_FS, APITOKEN_E_READ_ONLY_FS, APITOKEN_E_DISK_FULL,
 * APITOKEN_E_ACCESS, APITOKEN_E_IO, APITOKEN_E_NOMEM, APITOKEN_E_RANDOM. @since 0.1.0
 */
APITOKEN_API int apitoken_store_create(const char *path, const apitoken_keyring *keyring,
                                       const apitoken_store_create_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

/* How a store is opened. The numbers are fixed. */
enum apitoken_mode {
    APITOKEN_MODE_READ_WRITE = 1, /* all functions; needs a full keyring */
    /* only validate, list, show, stat, backup, days and masked copies; any keyring will do */
    APITOKEN_MODE_VERIFY_ONLY = 2
};

enum apitoken_open_flags {
    /*
     * Do not remember verdicts. By default validate remembers about a thousand valid tokens per
     * thread, by a keyed hash of their text, and answers several times faster while the token's
     * record in the store is unchanged. The next call still refuses a token that was revoked, and
     * every call checks the expiry.
     */
    APITOKEN_OPEN_NO_RECENT = 1,
    /*
     * The handle is for administration: it may also call what is not done for one owner, such as
     * apitoken_list_all(). It must be read-write (else APITOKEN_E_MODE), and so needs a full
     * keyring. A host that serves users should not have one open.
     */
    APITOKEN_OPEN_ADMIN = 2
};

#define APITOKEN_CHECK_OFF 1u /* for check_max_bytes: do not check the structure */

typedef struct apitoken_open_opts {
    uint32_t size;
    uint32_t flags; /* enum apitoken_open_flags, APITOKEN_ANY_FILE_SYSTEM */
    uint32_t mode;  /* enum apitoken_mode; 0 = APITOKEN_MODE_READ_WRITE */
    /* how long this call may wait, and the default for later ones; 0 = 5,000 */
    uint32_t timeout_ms;
    /* check the structure of data.mdb up to this size; 0 = 1 GiB; APITOKEN_CHECK_OFF = never */
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
 * or root; a verify-only handle accepts any owner. The file system must be a tested one (see
 * APITOKEN_ANY_FILE_SYSTEM) and writable: even readers need write access to lock.mdb, writer.lock
 * and last-use. Only read-write handles write data.mdb.
 *
 * A store that has lost last-use, on which no token depends, is opened: a read-write handle makes
 * the file anew, a verify-only one records no times of last use. Either is logged.
 *
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_PATH, APITOKEN_E_NO_STORE,
 * APITOKEN_E_MODE, APITOKEN_E_UNSAFE, APITOKEN_E_SYMLINK, APITOKEN_E_ACCESS,
 * APITOKEN_E_FILE_SYSTEM, APITOKEN_E_READ_ONLY_FS, APITOKEN_E_NETWORK_FS, APITOKEN_E_FOREIGN_OPEN,
 * APITOKEN_E_PID_CLASH, APITOKEN_E_REPLACED (another process uses data.mdb with another lock.mdb or
 * writer.lock), APITOKEN_E_KEYS_VERIFY, APITOKEN_E_KEY_WRONG, APITOKEN_E_KEY_MISSING,
 * APITOKEN_E_DAMAGED, APITOKEN_E_ROLLED_BACK, APITOKEN_E_SCHEMA, APITOKEN_E_BUSY,
 * APITOKEN_E_READERS_FULL, APITOKEN_E_DISK_FULL, APITOKEN_E_IO, APITOKEN_E_NOMEM (or not enough
 * address space), APITOKEN_E_RANDOM. @since 0.1.0
 */
APITOKEN_API int apitoken_store_open(const char *path, const apitoken_keyring *keyring,
                                     const apitoken_open_opts *opts, apitoken_store **ret_store,
                                     apitoken_error *err) APITOKEN_CHECKED(1, 2, 4);

/*
 * Closes a store and frees the handle, which may be NULL. No other call on it may be running. Waits
 * at most 100 ms for other processes that are opening the store. @since 0.1.0
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
    uint64_t map_bytes;   /* maximum size of the store; any process may have changed it */
    uint64_t used_bytes;  /* in use, without free pages */
    uint64_t spare_bytes; /* what creates can still use before APITOKEN_E_FULL */
    uint64_t transaction; /* number of the last committed change */
    int64_t created_ms;   /* when the store was created */
    char store_id[40];    /* 32 hexadecimal digits */
    char prefix[16];
    char zone[72];
    /*
     * Since 0.2.0: the process, by the pid it sees itself, that reads the oldest state of the
     * store; 0 if every reader sees the newest one. While it does, pages that were freed since
     * cannot be used again. The same pid and number twice: it has not let go in between.
     */
    uint32_t oldest_reader;
    uint32_t reserved;
    uint64_t oldest_reader_transaction; /* number of the last change that it sees */
    uint64_t pinned_bytes;              /* freed space that only readers keep in use */
} apitoken_store_info;
#define APITOKEN_STORE_INFO_INIT                                                                 \
    {                                                                                            \
        sizeof(apitoken_store_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", "", "", 0, 0, \
            0, 0                                                                                 \
    }

/* Describes the store in *ret_info. Errors: those of every verb, below. @since 0.1.0 */
APITOKEN_API int apitoken_store_stat(apitoken_store *store, const apitoken_stat_opts *opts,
                                     apitoken_store_info *ret_info, apitoken_error *err)
    APITOKEN_CHECKED(1, 3);

/*
 * What a handle has counted since it was opened. Each number is 0 at first and never falls. A call
 * is counted before it returns.
 */
typedef struct apitoken_counters {
    uint32_t size;
    uint32_t reserved;
    int64_t open_ms; /* for how long the handle has been open; no change of the time affects it */

    /*
     * How each apitoken_validate() and apitoken_validate_header() ended: accepted, or the code that
     * was returned. A call whose options or structs are refused is not counted.
     */
    uint64_t accepted;
    uint64_t malformed;       /* APITOKEN_E_MALFORMED */
    uint64_t unknown;         /* APITOKEN_E_UNKNOWN */
    uint64_t expired;         /* APITOKEN_E_EXPIRED */
    uint64_t revoked;         /* APITOKEN_E_REVOKED */
    uint64_t no_token;        /* APITOKEN_E_NO_TOKEN */
    uint64_t newer;           /* APITOKEN_E_NEWER */
    uint64_t suspended;       /* APITOKEN_E_SUSPENDED */
    uint64_t blocked;         /* APITOKEN_E_BLOCKED */
    uint64_t wrong_network;   /* APITOKEN_E_WRONG_NETWORK */
    uint64_t wrong_interface; /* APITOKEN_E_WRONG_INTERFACE */
    uint64_t bad_header;      /* APITOKEN_E_HEADER */
    uint64_t failed;          /* any other code: no answer, so deny */
    uint64_t clock_failed;    /* of `failed`: APITOKEN_E_CLOCK */
    uint64_t remembered;      /* of all: the record had been verified for this text before */

    /*
     * The calls that change the store, by how they ended, and the durable transactions that they
     * shared. One call of a function may write several times, as apitoken_revoke_all() does.
     */
    uint64_t writes;         /* ended well, whether or not there was something to change */
    uint64_t writes_failed;  /* returned an error; also if it was about an argument in the store */
    uint64_t transactions;   /* committed */
    uint64_t tokens_changed; /* tokens that were made or changed by them */
    uint64_t shared_writes;  /* writes in a transaction with others */
    uint64_t largest_group;  /* the most writes that shared a transaction */
    uint64_t queued_writes;  /* writes that waited for another one of this handle */

    /* Waiting for another process or another handle to end its write. */
    uint64_t lock_waits; /* how often that was so */
    uint64_t lock_wait_us;
    uint64_t longest_lock_wait_us;
} apitoken_counters;
#define APITOKEN_COUNTERS_INIT                                                                    \
    {                                                                                             \
        sizeof(apitoken_counters), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
            0, 0, 0, 0, 0, 0                                                                      \
    }

/*
 * Copies the counters of a handle into *ret_counters, for monitoring. Reads no file, takes no lock
 * and never waits, so the time limit in `opts` is not used. Any thread may call it, beside any
 * other calls on the store. While others run, the numbers are not all of one instant; once all
 * calls have returned, they are exact.
 *
 * Each handle counts its own calls, whatever other handles there are on the store, in this process
 * or in others. They are not stored: a handle that is opened begins at 0.
 *
 * Errors: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI, APITOKEN_E_FORKED. @since 0.2.0
 */
APITOKEN_API int apitoken_store_counters(apitoken_store *store, const apitoken_stat_opts *opts,
                                         apitoken_counters *ret_counters, apitoken_error *err)
    APITOKEN_CHECKED(1, 3);

typedef struct apitoken_reload_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reserved;
} apitoken_reload_opts;
#define APITOKEN_RELOAD_OPTS_INIT \
    { sizeof(apitoken_reload_opts), 0, 0, 0 }

/*
 * Replaces the keys of an open store by those of `keyring`, as if the store had been opened with
 * it. Load the keyring file again before. The library copies the keyring, so you may free yours.
 *
 * Any thread may call it, beside any other calls on the store. A call that begins after this one
 * has returned uses the new keys: new tokens are made with the new active key. Calls that are under
 * way may use the old keys or the new ones. A key that the store was used with cannot go before it
 * is retired (apitoken_store_retire_key()), so a reload ends no live token. Other handles of this
 * process keep their keys. The old keys are wiped when the store is closed.
 *
 * Errors: those of every verb, APITOKEN_E_KEYS_VERIFY (the handle is read-write and the keyring
 * verify-only), APITOKEN_E_KEY_MISSING (the keyring lacks a key that the store was used with),
 * APITOKEN_E_KEY_WRONG (it has another one of that id); `item` of the detail is the id;
 * APITOKEN_E_KEY_LIMIT (this handle has had 32 keys), APITOKEN_E_SCHEMA. After an error the store
 * has the keys that it had. @since 0.2.0
 */
APITOKEN_API int apitoken_store_reload_keys(apitoken_store *store, const apitoken_keyring *keyring,
                                            const apitoken_reload_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

enum apitoken_retire_flags {
    APITOKEN_RETIRE_END_TOKENS = 1, /* end the live tokens that need the key */
    APITOKEN_RETIRE_DRY_RUN = 2     /* only count them */
};

typedef struct apitoken_retire_opts {
    uint32_t size;
    uint32_t flags;       /* enum apitoken_retire_flags */
    uint32_t timeout_ms;  /* of each step; 0 = that of the store */
    uint32_t reason_code; /* of the tokens that end: enum apitoken_reason */
    uint32_t actor_len;
    uint32_t reserved;
    const char *actor; /* who does it: must be given */
} apitoken_retire_opts;
#define APITOKEN_RETIRE_OPTS_INIT \
    { sizeof(apitoken_retire_opts), 0, 0, 0, 0, 0, NULL }

typedef struct apitoken_retire_result {
    uint32_t size;
    uint32_t is_retired; /* 1: the key is retired now */
    uint64_t tokens;     /* live tokens that needed the key when the call began */
    uint64_t ended;      /* tokens that the call revoked */
    uint64_t superseded; /* tokens of which it ended the older secret only */
    uint64_t records;    /* records that it tagged under the active key instead */
} apitoken_retire_result;
#define APITOKEN_RETIRE_RESULT_INIT \
    { sizeof(apitoken_retire_result), 0, 0, 0, 0, 0 }

/*
 * Retires a key in a store: afterwards no token, copy or record of the store is made with it, the
 * store can be opened with a keyring that lacks it, and nothing that was made with it is accepted
 * by a handle that was opened, or has reloaded its keys, after the call. This is final. Do it to
 * leave an old key behind, or one that was exposed. It needs a handle with APITOKEN_OPEN_ADMIN.
 * Before, add and activate another key and reload it in every process (see
 * apitoken_keyring_add_key()); the active key of the handle cannot be retired. Afterwards reload
 * once more in every process, and remove the key: apitoken_keyring_remove_key().
 *
 * A live token needs the key if its secret was made with it, or its older secret that is still
 * valid. While there is one, the call is refused with APITOKEN_E_KEY_USED, and the detail and
 * ret_result->tokens say how many there are. With APITOKEN_RETIRE_END_TOKENS it ends them: a token
 * whose secret was made with the key is revoked for good, with `reason_code`
 * (APITOKEN_REASON_EXPOSED for a key that was exposed) and without its copy; of a token that was
 * rotated since, only the older secret ends. An expired token of the key is revoked in any case, as
 * no later end could make its secret valid, and a revoke of one cannot be undone any more. To
 * validate, a token of a retired key is an unknown one (APITOKEN_E_UNKNOWN), not a revoked one.
 *
 * The work is done in durable steps, of up to 64 tokens or 128 other records. First the key is
 * noted as being retired, and from then on nothing is made with it: a process whose active key it
 * is gets APITOKEN_E_KEY_RETIRED for every write, also for a revoke, until it reloads. Then tokens
 * end, then each record whose tag is right is tagged under the active key. Last the key is noted as
 * retired. If a step fails or the process ends, the store stays usable, and the same call goes on.
 * A damaged record that names the key does not keep the call from the others, but is its error at
 * the end, and the key stays one that is being retired: repair or restore the store. Records of a
 * newer version are not touched: APITOKEN_E_SCHEMA. The audit says who did it, and which tokens
 * ended. Its chain keeps the tags that it was made with, which a check verifies as long as the
 * keyring still has the key; each of its records is tagged under the active key.
 *
 * Every write of any process sees at once that a key is retired. A process that only validates sees
 * it when it opens the store or reloads its keys. The tokens are revoked before that, so it accepts
 * none of them; but whoever has the stolen key and can write to the files of the store could make
 * records that such a process accepts until it does. So reload or restart every process.
 *
 * *ret_result, which may be NULL, is also filled in if the call fails while it works.
 *
 * Errors: those of every verb that writes, APITOKEN_E_ADMIN, APITOKEN_E_ACTOR,
 * APITOKEN_E_REASON_CODE, APITOKEN_E_KEY_ID (neither the store nor the keyring knows the key),
 * APITOKEN_E_KEY_USED, APITOKEN_E_CLOCK, APITOKEN_E_FULL, APITOKEN_E_MAYBE. To retire a key that is
 * retired already returns 0. @since 0.2.0
 */
APITOKEN_API int apitoken_store_retire_key(apitoken_store *store, uint32_t key_id,
                                           const apitoken_retire_opts *opts,
                                           apitoken_retire_result *ret_result, apitoken_error *err)
    APITOKEN_CHECKED(1);

typedef struct apitoken_grow_opts {
    uint32_t size;
    uint32_t flags;      /* 0 or APITOKEN_ANY_FILE_SYSTEM */
    uint32_t timeout_ms; /* how long the call may wait; 0 = 5,000 */
    uint32_t actor_len;
    const char *actor;       /* who does it; must be given */
    apitoken_clock_fn clock; /* for the audit; NULL = the system's clock */
    void *clock_ctx;
} apitoken_grow_opts;
#define APITOKEN_GROW_OPTS_INIT \
    { sizeof(apitoken_grow_opts), 0, 0, 0, NULL, NULL, NULL }

/*
 * Sets the maximum size of a store to map_bytes: 16 MiB to 1 TiB, rounded up to pages. Any number
 * of processes may have the store open; this one, too, unless all its handles are verify-only. The
 * change is durable, is made whole or not at all, and holds for every call of any process that
 * begins later: nobody needs to open the store again. The size that the store has already changes
 * nothing. `keyring` must be full.
 *
 * A larger size takes disk space for its larger reserve at once. A smaller one must leave room for
 * what the store holds (used_bytes of apitoken_store_stat()) and for the reserve; data.mdb does not
 * get shorter by it. The audit gets a record of it.
 *
 * Beyond the address space that each process has mapped (see apitoken_store_create()) a store can
 * only grow while no process has it open. Afterwards each maps 16 times the new size.
 *
 * Errors: those of apitoken_store_open(), of which APITOKEN_E_MODE means that this process has the
 * store open verify-only, APITOKEN_E_BUSY that others wrote until the time was up, and
 * APITOKEN_E_DISK_FULL that there is no disk space for the reserve; APITOKEN_E_MAP_SIZE (outside
 * the limits, or too small for what the store holds), APITOKEN_E_IN_USE (beyond what is mapped, and
 * a process has the store open), APITOKEN_E_FULL (a store that fills all of its map and is pinned
 * by a reader), APITOKEN_E_KEY_LIMIT, APITOKEN_E_ACTOR, APITOKEN_E_CLOCK, APITOKEN_E_MAYBE (call
 * again). After any other error the store has the size that it had. @since 0.1.0
 */
APITOKEN_API int apitoken_store_grow(const char *path, const apitoken_keyring *keyring,
                                     uint64_t map_bytes, const apitoken_grow_opts *opts,
                                     apitoken_error *err) APITOKEN_CHECKED(1, 2);

/* ---- Check, backup, restore and compact ------------------------------------------------------ */

/* What a finding is about. The numbers are fixed. Treat a kind that you do not know as damage. */
enum apitoken_finding_kind {
    /* the files, their structure, or records that every open needs; no token was checked */
    APITOKEN_FINDING_FILES = 1,
    APITOKEN_FINDING_STORE = 2, /* the store as a whole: counts, audit, owners, last-use file */
    APITOKEN_FINDING_ROLLED_BACK = 3, /* the store is in an older state */
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
     * If the only fault is that the store was rolled back, accept its current content. What was
     * denied after that state is allowed again; the finding says from when on. Deny it again. Needs
     * a full keyring, and no process may have the store open. The audit gets a record of it.
     */
    APITOKEN_CHECK_ACCEPT_ROLLBACK = 1
};

typedef struct apitoken_check_opts {
    uint32_t size;
    uint32_t flags;      /* enum apitoken_check_flags, APITOKEN_ANY_FILE_SYSTEM */
    uint32_t timeout_ms; /* how long the call may wait; 0 = 5,000 */
    uint32_t actor_len;
    apitoken_finding_fn finding; /* NULL = none */
    void *finding_ctx;
    /* who accepts a rollback: must be given with APITOKEN_CHECK_ACCEPT_ROLLBACK, else NULL */
    const char *actor;
    apitoken_clock_fn clock; /* for the audit; NULL = the system's clock */
    void *clock_ctx;
} apitoken_check_opts;
#define APITOKEN_CHECK_OPTS_INIT \
    { sizeof(apitoken_check_opts), 0, 0, 0, NULL, NULL, NULL, NULL, NULL }

/*
 * Checks a whole store while other processes continue to use it: the structure of data.mdb at any
 * size, the tag of every record, whether the two records of each token and the record of its owner
 * agree, the counts, with a full keyring the chain of the audit, and whether the store was rolled
 * back. It reads one snapshot and writes only a reader slot in
 * lock.mdb, as every open does. With APITOKEN_CHECK_ACCEPT_ROLLBACK it also writes the number that
 * detects a rollback.
 *
 * Returns 0 if nothing is wrong or the rollback was accepted. Otherwise the detail has the worst
 * fault, and the callback receives up to 1,000 findings, then one that says how many more there
 * are. After any failure you may repeat the call.
 *
 * Errors: APITOKEN_E_DAMAGED and APITOKEN_E_ROLLED_BACK mean that the check found faults; any other
 * error of apitoken_store_open() means that the store could not be checked, and so does
 * APITOKEN_E_FULL: writers needed the pages that it read, four times. With the flag also
 * APITOKEN_E_IN_USE, APITOKEN_E_KEYS_VERIFY, APITOKEN_E_ACTOR, APITOKEN_E_CLOCK and
 * APITOKEN_E_KEY_LIMIT. @since 0.1.0
 */
APITOKEN_API int apitoken_store_check(const char *path, const apitoken_keyring *keyring,
                                      const apitoken_check_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

typedef struct apitoken_backup_opts {
    uint32_t size;
    uint32_t flags;      /* 0 or APITOKEN_ANY_FILE_SYSTEM, of the copy */
    uint32_t timeout_ms; /* to wait for a read transaction or another backup; 0 = the store's */
    uint32_t reserved;
} apitoken_backup_opts;
#define APITOKEN_BACKUP_OPTS_INIT \
    { sizeof(apitoken_backup_opts), 0, 0, 0 }

/*
 * Copies one snapshot of a store into the new directory `path` while others continue to read and
 * write. The copy is a store of its own: compacted, every record checked, with the times of last
 * use. It is complete and synced when the call returns 0. A crash may leave a directory
 * `path`.new-XXXXXX behind, which you can remove. The files belong to the caller's user. The copy
 * does not contain the keyring: back that up separately.
 *
 * A verify-only handle is enough. During the call, which takes about 3 seconds per million tokens,
 * writers cannot reuse the pages that they free. When they run short of space because of it, it
 * begins again with a later snapshot; after four tries it gives up with APITOKEN_E_FULL.
 *
 * Errors: those of every verb, APITOKEN_E_EXISTS (`path` exists), APITOKEN_E_PATH,
 * APITOKEN_E_FILE_SYSTEM, APITOKEN_E_NETWORK_FS, APITOKEN_E_READ_ONLY_FS, APITOKEN_E_DISK_FULL,
 * APITOKEN_E_FULL. @since 0.1.0
 */
APITOKEN_API int apitoken_store_backup(apitoken_store *store, const char *path,
                                       const apitoken_backup_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

/*
 * What to do if the current store is missing or cannot prove what it denied since the backup.
 * Without either flag such a restore fails with APITOKEN_E_UNPROVEN; both together are
 * APITOKEN_E_ABI.
 */
enum apitoken_restore_flags {
    APITOKEN_RESTORE_REVOKE_ALL = 1, /* revoke every token of the backup, reason "restored" */
    APITOKEN_RESTORE_ACCEPT_LOST = 2 /* what was denied since the backup may be allowed again */
};

typedef struct apitoken_restore_opts {
    uint32_t size;
    /* one of enum apitoken_restore_flags, or none; APITOKEN_ANY_FILE_SYSTEM, of both stores */
    uint32_t flags;
    uint32_t timeout_ms; /* how long the call may wait; 0 = 5,000 */
    uint32_t actor_len;
    apitoken_clock_fn clock; /* for new revocations and the audit; NULL = the system's clock */
    void *clock_ctx;
    const char *actor; /* who does it; must be given */
} apitoken_restore_opts;
#define APITOKEN_RESTORE_OPTS_INIT \
    { sizeof(apitoken_restore_opts), 0, 0, 0, NULL, NULL, NULL }

typedef struct apitoken_restore_result {
    uint32_t size;
    uint32_t is_proven;    /* 1 if the current store proved all that it denied */
    uint64_t tokens;       /* tokens in the restored store */
    uint64_t revoked;      /* of these, revoked ones */
    uint64_t carried_over; /* of these, revoked in the current store but not in the backup */
    uint64_t revoked_now;  /* of these, revoked by APITOKEN_RESTORE_REVOKE_ALL */
    uint64_t gone;         /* tokens that only the replaced store had; 0 if it cannot be read */
    uint64_t narrowed;     /* of these, denied or restricted since the backup without a revoke */
    uint64_t purged;       /* tokens of the backup that were purged since: not restored */
    uint64_t unproven;     /* of these, tokens of which nothing was found; 0 if all is proven */
} apitoken_restore_result;
#define APITOKEN_RESTORE_RESULT_INIT \
    { sizeof(apitoken_restore_result), 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/*
 * Replaces the store at `path` by the backup at `backup_path`, without giving back what was denied
 * since. A restored token may do nothing that the backup or the current store denies, as far as the
 * current store can prove it. What is revoked, suspended or blocked stays so, with the time, reason
 * and code of a revoke. A token ends with the earlier of both expiries. Of interfaces and networks
 * it has those that both allow, and is suspended if there are none. Its newest secret is that of
 * the current store: one that was replaced since is valid for the rest of its grace at most, and an
 * older secret that was ended stays so. An owner who is blocked stays blocked, with all tokens.
 * Texts of the audit that were erased stay erased. Name, description and policy are those of the
 * backup; the data of the host are those of the current store.
 *
 * A token of the backup that a current store without faults no longer has was purged, and is not
 * restored. After a restore of the wrong backup put `path`.replaced back before you try another
 * one. With a current store that is damaged, missing or rolled back, `unproven` says of how many
 * tokens nothing is known.
 *
 * The library checks the whole backup first and leaves it unchanged. The restored store replaces
 * the current one in one step; the old one is kept as `path`.replaced. `keyring` must be full and
 * have the keys of both. The audit gets a record of it.
 *
 * First close the store in every process, including this one. Directory and files get the owner,
 * group and mode of the current store, or of the backup if there is none; without permission to set
 * them the call fails with APITOKEN_E_ACCESS. ret_result may be NULL.
 *
 * Errors: those of apitoken_store_open(), about the backup; APITOKEN_E_UNPROVEN, APITOKEN_E_EXISTS
 * (`path`.replaced exists, or the backup is not of the store at `path`), APITOKEN_E_IN_USE,
 * APITOKEN_E_FILE_SYSTEM (also if two directories cannot be exchanged in one step),
 * APITOKEN_E_ACTOR, APITOKEN_E_CLOCK, APITOKEN_E_KEY_LIMIT. @since 0.1.0
 */
APITOKEN_API int apitoken_store_restore(const char *backup_path, const char *path,
                                        const apitoken_keyring *keyring,
                                        const apitoken_restore_opts *opts,
                                        apitoken_restore_result *ret_result, apitoken_error *err)
    APITOKEN_CHECKED(1, 2, 3);

typedef struct apitoken_compact_opts {
    uint32_t size;
    uint32_t flags;      /* 0 or APITOKEN_ANY_FILE_SYSTEM */
    uint32_t timeout_ms; /* how long the call may wait; 0 = 5,000 */
    uint32_t actor_len;
    const char *actor;       /* who does it; must be given */
    apitoken_clock_fn clock; /* for the audit; NULL = the system's clock */
    void *clock_ctx;
} apitoken_compact_opts;
#define APITOKEN_COMPACT_OPTS_INIT \
    { sizeof(apitoken_compact_opts), 0, 0, 0, NULL, NULL, NULL }

/*
 * Writes the store at `path` anew, without free pages: what was changed, replaced or erased before
 * is in no byte of the new files. data.mdb becomes as short as what the store holds. Tokens, audit,
 * policy and times of last use stay as they are. `keyring` must be full.
 *
 * First close the store in every process, including this one. Every record is checked, the new
 * store is built beside the old one and replaces it in one step. Then the old data.mdb is
 * overwritten with zeros and all its files are removed; what a file system or a disk keeps of
 * overwritten blocks, and old backups, are beyond the library. Directory and files keep their
 * owner, group and mode. A crash leaves a complete store at `path`, and perhaps a directory
 * `path`.compact-old or `path`.new-XXXXXX beside it: the next call removes the first, and you can
 * remove the second.
 *
 * Errors: those of apitoken_store_open(), APITOKEN_E_ACTOR, APITOKEN_E_CLOCK, APITOKEN_E_IN_USE,
 * APITOKEN_E_DISK_FULL (there must be room for a second copy), APITOKEN_E_EXISTS
 * (`path`.compact-old is no store's directory), APITOKEN_E_KEY_LIMIT, APITOKEN_E_FILE_SYSTEM (also
 * if two directories cannot be exchanged in one step). After any error the store at `path` is
 * complete: the old one, or the new one if only the old files could not be removed. You may repeat
 * the call. @since 0.2.0
 */
APITOKEN_API int apitoken_store_compact(const char *path, const apitoken_keyring *keyring,
                                        const apitoken_compact_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2);

/* ---- Verbs ----------------------------------------------------------------------------------- */

/*
 * A verb is an operation on an open store: create, list, show, revoke, copy, validate, stat,
 * backup, reload_keys, retire_key. Errors of every verb: APITOKEN_E_ARGUMENT, APITOKEN_E_ABI,
 * APITOKEN_E_FORKED, APITOKEN_E_NOMEM, APITOKEN_E_BUSY, APITOKEN_E_IO, APITOKEN_E_ACCESS,
 * APITOKEN_E_UNSAFE (a file has got a hard link), APITOKEN_E_DAMAGED, APITOKEN_E_REPLACED,
 * APITOKEN_E_READERS_FULL, APITOKEN_E_PID_CLASH, APITOKEN_E_KEY_MISSING (the token, or before a
 * write the last change of the store, was made with a key that this handle lacks: load the keyring
 * again and call apitoken_store_reload_keys()). Every verb that writes can also return:
 * APITOKEN_E_VERIFY_ONLY, APITOKEN_E_DISK_FULL, APITOKEN_E_SCHEMA, APITOKEN_E_ROLLED_BACK,
 * APITOKEN_E_KEY_WRONG, APITOKEN_E_KEY_LIMIT, APITOKEN_E_KEY_RETIRED (the active key of this handle
 * is retired, or is being retired: activate another key, load the keyring and reload it).
 *
 * The owner says whose token it is: 1 to APITOKEN_OWNER_MAX bytes, compared byte by byte. Take it
 * from your user's session, never from a request. A call sees only the tokens of its owner.
 *
 * Owner, name, description and reason are visible text in UTF-8 (RFC 3629). Not allowed are
 * control, format and default-ignorable characters (line ends, bidirectional controls, zero-width
 * spaces), private-use characters, noncharacters, white space other than U+0020, a space at either
 * end, a combining mark at the beginning, and more than 4 combining marks in a row. Joiners,
 * variation selectors and tags are allowed where they change what is seen: in scripts that need
 * them, in emoji, after ideographs. doc/limits.md has the full rules. They apply to new text only;
 * calls about an existing token accept any UTF-8 of the right length as its owner. The error detail
 * has the offset of the character and names it, as in "U+200B is not allowed here". The library
 * returns the bytes unchanged: escape them for HTML.
 */

/* When a token expires. The numbers are fixed. */
enum apitoken_expiry_kind {
    APITOKEN_EXPIRY_DEFAULT = 0, /* only in options: as the store is set up, or else never */
    APITOKEN_EXPIRY_DAY = 1,     /* at the end of a day in the zone of the store */
    APITOKEN_EXPIRY_INSTANT = 2, /* at an instant */
    APITOKEN_EXPIRY_NEVER = 3    /* it does not expire */
};

/*
 * A list of interfaces or networks is a text: 1 to 16 different items with commas between them and
 * no spaces. An interface is a name of your own, of 1 to 64 characters of A-Z a-z 0-9 - . _ : /
 * that are compared byte by byte. A network is an IPv4 or IPv6 prefix in the usual text form (RFC
 * 4632 section 3.1, RFC 4291 section 2.3), such as 10.0.0.0/8 or 2001:db8::/32, whose bits behind
 * the prefix are 0; without a prefix length it is one address. IPv4-mapped IPv6 is IPv4:
 * ::ffff:10.0.0.0/104 is 10.0.0.0/8, and ::/0 has no IPv4 address in it. Networks are returned in
 * canonical form (RFC 5952), in the order given.
 */
typedef struct apitoken_create_opts {
    uint32_t size;
    uint32_t flags;       /* 0 */
    uint32_t timeout_ms;  /* 0 = that of the store */
    uint32_t expiry_kind; /* enum apitoken_expiry_kind */
    int32_t expiry_day;   /* for a day: the last day on which the token is valid; else 0 */
    uint32_t description_len;
    int64_t expiry_ms;       /* for an instant: when the token stops being valid; else 0 */
    const char *description; /* NULL = none */
    uint32_t actor_len;
    uint32_t interfaces_len;
    uint32_t networks_len;
    uint32_t data_len;
    const char *actor;      /* who creates it; NULL = the owner */
    const char *interfaces; /* at which it is valid; NULL or "*" = at all */
    const char *networks;   /* from which it is valid; NULL or "*" = from all */
    const void *data;       /* up to APITOKEN_DATA_MAX bytes of your own; NULL = none */
} apitoken_create_opts;
#define APITOKEN_CREATE_OPTS_INIT \
    { sizeof(apitoken_create_opts), 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL }

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
 * APITOKEN_E_ZONE, APITOKEN_E_ZONE_DATA, APITOKEN_E_ZONE_FAILED, APITOKEN_E_INTERFACES,
 * APITOKEN_E_NETWORKS, APITOKEN_E_DATA, APITOKEN_E_ACTOR, APITOKEN_E_OWNER_BLOCKED,
 * APITOKEN_E_LIFETIME, APITOKEN_E_LIVE_LIMIT, APITOKEN_E_CLOCK, APITOKEN_E_FULL,
 * APITOKEN_E_RANDOM, APITOKEN_E_MAYBE. @since 0.1.0
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
    uint32_t interfaces_len;
    uint32_t networks_len;
    uint32_t data_len;
    uint32_t reserved2;
    const char *interfaces;
    const char *networks;
    const void *data;
} apitoken_batch_item;
#define APITOKEN_BATCH_ITEM_INIT                                                                 \
    {                                                                                            \
        sizeof(apitoken_batch_item), 0, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, \
            NULL, NULL                                                                           \
    }

typedef struct apitoken_batch_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t actor_len;
    const char *actor; /* who creates them; NULL = the owner of each */
    /*
     * NULL, or a counter that another thread may read: the call raises it from 0 to twice the
     * number of items. In the first half the call does not yet hold the store's write lock. The
     * call writes it atomically: read it atomically.
     */
    uint64_t *progress;
} apitoken_batch_opts;
#define APITOKEN_BATCH_OPTS_INIT \
    { sizeof(apitoken_batch_opts), 0, 0, 0, NULL, NULL }

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
 * Errors: APITOKEN_E_ARGUMENT (also if i is not below the count), APITOKEN_E_ABI,
 * APITOKEN_E_FORMAT, APITOKEN_E_BUFFER. @since 0.1.0
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
    APITOKEN_STATE_REVOKED = 4, /* whatever else it is */
    APITOKEN_STATE_SUSPENDED = 8,
    APITOKEN_STATE_BLOCKED = 16, /* its owner is blocked */
    /* only a newer version of the library understands the token: this one denies it */
    APITOKEN_STATE_NEWER = 32
};

enum apitoken_filter_flags {
    APITOKEN_FILTER_NEVER_USED = 1,    /* those that no validate has accepted */
    APITOKEN_FILTER_NEVER_EXPIRES = 2, /* those without an expiry */
    /* those that end later than the policy of the store allows by now: see apitoken_policy */
    APITOKEN_FILTER_OUTSIDE_POLICY = 4
};

/*
 * Which tokens a list shows: those of which everything holds that is given here. A number that is 0
 * and a text that is NULL are not given. Each time is an instant in the years 1970 to 9999.
 */
typedef struct apitoken_filter {
    uint32_t size;
    uint32_t flags; /* enum apitoken_filter_flags */
    uint32_t owner_prefix_len;
    uint32_t name_contains_len;
    int64_t expires_before_ms; /* those that have expired by then, or will have */
    int64_t created_from_ms;   /* those that were created then or later */
    int64_t created_before_ms; /* those that were created earlier */
    /*
     * Those that were not used then or later, as far as apitoken_token_last_used_ms() tells: one
     * that was used in the minute of this instant is left out. A token that was never used is one
     * of them, however new it is: give created_before_ms as well to leave out new ones.
     */
    int64_t unused_since_ms;
    const char *owner_prefix;  /* those whose owner begins with these bytes; only for list_all */
    const char *name_contains; /* those with these bytes in the name; ASCII letters in any case */
} apitoken_filter;
#define APITOKEN_FILTER_INIT \
    { sizeof(apitoken_filter), 0, 0, 0, 0, 0, 0, 0, NULL, NULL }

typedef struct apitoken_list_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t limit;      /* rows of the page, at most APITOKEN_LIST_MAX; 0 = 100 */
    uint32_t states;     /* bits of enum apitoken_state; 0 = all; other bits: APITOKEN_E_ABI */
    uint32_t cursor_len;
    const char *cursor; /* from apitoken_page_cursor() for this owner; NULL = from the beginning */
    const apitoken_filter *filter; /* NULL = none */
} apitoken_list_opts;
#define APITOKEN_LIST_OPTS_INIT \
    { sizeof(apitoken_list_opts), 0, 0, 0, 0, 0, NULL, NULL }

/*
 * Stores a page of the owner's tokens in *ret_page, oldest first, with the states that
 * apitoken_validate() would find now. Free it with apitoken_page_free(). The order is that of the
 * ids, which is that of creation by the system clock of each process: if the clocks of two
 * processes differ, tokens may be out of order.
 *
 * A call looks at a limited number of tokens. So with a filter or states a page may have fewer rows
 * than the limit, even none, and still not be the last: continue until apitoken_page_cursor()
 * returns NULL. A cursor only marks a position and gives no access: a call with another owner's
 * cursor still lists only the tokens of `owner`.
 *
 * Errors: those of every verb, APITOKEN_E_OWNER, APITOKEN_E_CURSOR, APITOKEN_E_LIMIT,
 * APITOKEN_E_FILTER (two things in it exclude each other, an instant or a length is out of range,
 * or it has an owner_prefix), APITOKEN_E_CLOCK. @since 0.1.0
 */
APITOKEN_API int apitoken_list(apitoken_store *store, const char *owner, size_t owner_len,
                               const apitoken_list_opts *opts, apitoken_page **ret_page,
                               apitoken_error *err) APITOKEN_CHECKED(1, 5);

typedef struct apitoken_list_all_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t limit;      /* as in apitoken_list_opts, and so are the others */
    uint32_t states;
    uint32_t cursor_len;
    const char *cursor; /* from apitoken_page_cursor() of a page of apitoken_list_all() */
    const apitoken_filter *filter;
} apitoken_list_all_opts;
#define APITOKEN_LIST_ALL_OPTS_INIT \
    { sizeof(apitoken_list_all_opts), 0, 0, 0, 0, 0, NULL, NULL }

/*
 * Stores a page of the tokens of all owners in *ret_page, like apitoken_list(), for an
 * administrator: the handle must have been opened with APITOKEN_OPEN_ADMIN. Each row tells its own
 * owner. The tokens of an owner are together, oldest first; the owners are in the order of the
 * length of their names, those of one length in that of their bytes. A filter with an owner_prefix
 * looks at no other owners.
 *
 * The pages are not of one moment: what changes between two calls shows in the later ones. A token
 * that is there all the time, and that the filter keeps, is in exactly one of the pages. A cursor
 * names an owner and an id, in letters and digits; those of apitoken_list() are no cursors here,
 * nor the other way round.
 *
 * Errors: those of every verb, APITOKEN_E_ADMIN, APITOKEN_E_CURSOR, APITOKEN_E_LIMIT,
 * APITOKEN_E_FILTER (two things in it exclude each other, or an instant or a length is out of
 * range), APITOKEN_E_CLOCK. @since 0.2.0
 */
APITOKEN_API int apitoken_list_all(apitoken_store *store, const apitoken_list_all_opts *opts,
                                   apitoken_page **ret_page, apitoken_error *err)
    APITOKEN_CHECKED(1, 3);

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

/* Its last valid day, as it was given; 0 unless its expiry is a day. @since 0.1.0 */
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
 * handle; 0 if not, or if the token is revoked. @since 0.1.0
 */
APITOKEN_API int apitoken_token_is_copyable(const apitoken_token *token) APITOKEN_NONNULL(1);

/* How often it was changed, from 1 on: see apitoken_update(). @since 0.2.0 */
APITOKEN_API uint32_t apitoken_token_revision(const apitoken_token *token) APITOKEN_NONNULL(1);

/* The interfaces at which it is valid, with commas between them; "" for all. @since 0.2.0 */
APITOKEN_API const char *apitoken_token_interfaces(const apitoken_token *token) APITOKEN_NONNULL(1);

/* The networks from which it is valid, in canonical form; "" for all. @since 0.2.0 */
APITOKEN_API const char *apitoken_token_networks(const apitoken_token *token) APITOKEN_NONNULL(1);

/* The data that it was given: *ret_len bytes, then a NUL. @since 0.2.0 */
APITOKEN_API const void *apitoken_token_data(const apitoken_token *token, size_t *ret_len)
    APITOKEN_NONNULL(1, 2);

/* 1 if it is suspended, or its owner is blocked, whatever its state is. @since 0.2.0 */
APITOKEN_API int apitoken_token_is_suspended(const apitoken_token *token) APITOKEN_NONNULL(1);
APITOKEN_API int apitoken_token_is_blocked(const apitoken_token *token) APITOKEN_NONNULL(1);

/* Until when its older secret is valid; 0 if there is none or its time is over. @since 0.2.0 */
APITOKEN_API int64_t apitoken_token_superseded_until_ms(const apitoken_token *token)
    APITOKEN_NONNULL(1);

/* As apitoken_token_last_used_ms(), of the older secret alone. @since 0.2.0 */
APITOKEN_API int64_t apitoken_token_last_used_older_ms(const apitoken_token *token)
    APITOKEN_NONNULL(1);

/* When its newest secret was made. @since 0.2.0 */
APITOKEN_API int64_t apitoken_token_secret_made_ms(const apitoken_token *token) APITOKEN_NONNULL(1);

/* Who created it, if the create named somebody; else "". @since 0.2.0 */
APITOKEN_API const char *apitoken_token_created_by(const apitoken_token *token) APITOKEN_NONNULL(1);

/* Why it was revoked: enum apitoken_reason; 0 if it was not. @since 0.2.0 */
APITOKEN_API int apitoken_token_reason_code(const apitoken_token *token) APITOKEN_NONNULL(1);

/* Frees a token from apitoken_show(), which may be NULL. Not for a row of a page. @since 0.1.0 */
APITOKEN_API void apitoken_token_free(apitoken_token *token);

/* Why a token was revoked, for programs. The numbers are fixed. */
enum apitoken_reason {
    APITOKEN_REASON_UNSPECIFIED = 0,
    APITOKEN_REASON_SUPERSEDED = 1,   /* another token took its place */
    APITOKEN_REASON_EXPOSED = 2,      /* its secret became known to others: no undo */
    APITOKEN_REASON_OWNER_GONE = 3,   /* its owner has left */
    APITOKEN_REASON_ADMINISTRATOR = 4 /* an administrator ended it */
};

enum apitoken_revoke_flags {
    APITOKEN_REVOKE_FINAL = 1 /* it cannot be undone */
};

typedef struct apitoken_revoke_opts {
    uint32_t size;
    uint32_t flags;      /* enum apitoken_revoke_flags */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t reason_len;
    const char *reason;   /* for people; NULL = none */
    uint32_t reason_code; /* enum apitoken_reason */
    uint32_t actor_len;
    const char *actor; /* who revokes it; NULL = the owner */
} apitoken_revoke_opts;
#define APITOKEN_REVOKE_OPTS_INIT \
    { sizeof(apitoken_revoke_opts), 0, 0, 0, NULL, 0, 0, NULL }

/*
 * Revokes a token. When the call returns 0, the revocation is durable, and every validate that
 * begins later, in any process, refuses both secrets of the token. If the token is already revoked,
 * the call returns 0 and keeps the first time and reason; but a later revoke can make it final, and
 * APITOKEN_REASON_EXPOSED takes the place of another code. After any failure you may repeat the
 * call.
 *
 * Revoke also works when the store is too full for create: it has a reserve of its own. A revoke
 * with a reason fails with APITOKEN_E_FULL when half of the reserve is used, one without a reason
 * when all of it is used. Of a token's two records it needs only the one that a validate reads: if
 * the other is damaged or missing, the token is revoked without time and reason, and the damage
 * stays for apitoken_store_check() to tell. So it is with all that takes a whole token away.
 *
 * Errors: those of every verb that writes, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_REASON,
 * APITOKEN_E_REASON_CODE, APITOKEN_E_ACTOR, APITOKEN_E_NOT_FOUND, APITOKEN_E_CLOCK,
 * APITOKEN_E_FULL, APITOKEN_E_MAYBE. @since 0.1.0
 */
APITOKEN_API int apitoken_revoke(apitoken_store *store, const char *owner, size_t owner_len,
                                 const char *id, size_t id_len, const apitoken_revoke_opts *opts,
                                 apitoken_error *err) APITOKEN_CHECKED(1);

/*
 * Revokes all tokens of an owner, but for `except_id` if that is not NULL: the one that the request
 * came with, for example. Each token is revoked as by apitoken_revoke(), in durable steps of up to
 * 64 tokens, so that others do not wait long. *ret_count is how many tokens the call changed;
 * ret_count may be NULL. After a failure some are revoked: repeat the call. A token that cannot be
 * revoked because it is damaged does not keep the call from the others, and is its error at the
 * end. Tokens that are created meanwhile are not among them: see apitoken_owner_block().
 *
 * Errors: those of apitoken_revoke(); APITOKEN_E_NOT_FOUND if the owner has no token `except_id`,
 * and then nothing is revoked. `timeout_ms` holds for each step. @since 0.2.0
 */
APITOKEN_API int apitoken_revoke_all(apitoken_store *store, const char *owner, size_t owner_len,
                                     const char *except_id, size_t except_id_len,
                                     const apitoken_revoke_opts *opts, uint64_t *ret_count,
                                     apitoken_error *err) APITOKEN_CHECKED(1);

/* What became of a text that was to be revoked. The numbers are fixed. */
enum apitoken_ended {
    APITOKEN_ENDED_NOTHING = 0,     /* it is no secret of a token, or the call failed for it */
    APITOKEN_ENDED_TOKEN = 1,       /* the token is revoked, and was not before */
    APITOKEN_ENDED_ALREADY = 2,     /* the token was revoked before */
    APITOKEN_ENDED_OLDER_SECRET = 3 /* only the older of the two secrets of the token has ended */
};

/* A text for apitoken_revoke_texts(), and what became of it. */
typedef struct apitoken_revoke_item {
    uint32_t size;
    uint32_t flags; /* 0 */
    const char *text;
    uint32_t text_len;
    uint32_t reserved;
    /* what follows is written by the call, whatever was in it */
    int32_t code;   /* 0, APITOKEN_E_MALFORMED, APITOKEN_E_UNKNOWN, or what failed for this text */
    uint32_t ended; /* enum apitoken_ended */
    uint32_t owner_len;
    uint32_t reserved2;
    /* of the token, so that its owner can be told; "" if nothing has ended */
    char id[32];
    char owner[136];
} apitoken_revoke_item;
#define APITOKEN_REVOKE_ITEM_INIT \
    { sizeof(apitoken_revoke_item), 0, NULL, 0, 0, APITOKEN_E_ARGUMENT, 0, 0, 0, "", "" }

/*
 * Revokes the tokens whose texts have leaked, for those who get reports of leaks or serve RFC 7009.
 * `items` has `count` pointers, at most APITOKEN_REVOKE_TEXTS_MAX, to different items. The handle
 * must have been opened with APITOKEN_OPEN_ADMIN, and the options must name an actor.
 *
 * A text must be exactly a token, as for apitoken_validate(). The newest secret of a token ends the
 * token as apitoken_revoke() does, also one that is expired, suspended or blocked. The older of two
 * secrets is ended alone, while it is valid; afterwards it is unknown. If a token is rotated
 * meanwhile, its new secret remains. Give APITOKEN_REASON_EXPOSED if others have seen the texts.
 * One text may be in several items: the later ones find it ended.
 *
 * Each item gets its own answer. What has ended by it is durable, and refused by every validate
 * that begins later, in any process. The tokens end in durable steps of up to 64, and `timeout_ms`
 * holds for each. No text is kept, and none is in an error detail, a log or the audit.
 *
 * Returns 0 if every text was looked up and what it opened has ended, also if some are malformed or
 * unknown. A token whose record is damaged does not keep the call from the others, and is its error
 * at the end, with the index of its item. After any other error the items that are not finished
 * have it as their code: repeat the call. After APITOKEN_E_LIMIT the items are as they were.
 *
 * Errors: those of every verb that writes, APITOKEN_E_ADMIN, APITOKEN_E_LIMIT, APITOKEN_E_REASON,
 * APITOKEN_E_REASON_CODE, APITOKEN_E_ACTOR, APITOKEN_E_CLOCK, APITOKEN_E_FULL, APITOKEN_E_MAYBE.
 * @since 0.2.0
 */
APITOKEN_API int apitoken_revoke_texts(apitoken_store *store, apitoken_revoke_item *const *items,
                                       size_t count, const apitoken_revoke_opts *opts,
                                       apitoken_error *err) APITOKEN_CHECKED(1);

typedef struct apitoken_unrevoke_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t actor_len;
    const char *actor; /* who undoes it; NULL = the owner */
} apitoken_unrevoke_opts;
#define APITOKEN_UNREVOKE_OPTS_INIT \
    { sizeof(apitoken_unrevoke_opts), 0, 0, 0, NULL }

/*
 * Undoes a revoke. The token is valid again, unless it has expired, is suspended or its owner is
 * blocked. Its older secret and its encrypted copy are gone for good. A token that is not revoked
 * stays as it is, and the call returns 0.
 *
 * An undo is possible for the time that the policy of the store gives (an hour, unless it was set)
 * and gave when the token was revoked. A revoke that was final or whose reason code is
 * APITOKEN_REASON_EXPOSED is never undone; one by an administrator or for an owner who has left
 * only on a handle with APITOKEN_OPEN_ADMIN.
 *
 * Errors: those of every verb that writes, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_NOT_FOUND,
 * APITOKEN_E_ACTOR, APITOKEN_E_UNDO, APITOKEN_E_ADMIN, APITOKEN_E_LIVE_LIMIT, APITOKEN_E_CLOCK,
 * APITOKEN_E_FULL, APITOKEN_E_MAYBE. @since 0.2.0
 */
APITOKEN_API int apitoken_unrevoke(apitoken_store *store, const char *owner, size_t owner_len,
                                   const char *id, size_t id_len,
                                   const apitoken_unrevoke_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1);

typedef struct apitoken_block_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* of each step; 0 = that of the store */
    uint32_t actor_len;
    uint32_t reason_len;
    uint32_t reserved;
    const char *actor;  /* who does it: must be given */
    const char *reason; /* NULL = none */
} apitoken_block_opts;
#define APITOKEN_BLOCK_OPTS_INIT \
    { sizeof(apitoken_block_opts), 0, 0, 0, 0, 0, NULL, NULL }

/*
 * Blocks an owner: when the call returns 0, every validate that begins later, in any process,
 * denies all tokens of the owner, and create, rotate and update are refused with
 * APITOKEN_E_OWNER_BLOCKED. A revoke still works, and so does an update that only suspends a token
 * or ends its older secret. An owner without tokens can be blocked, too. Blocking a blocked owner
 * makes sure that all is as it should be.
 *
 * First the owner is noted, then each token, in durable steps of up to 64 tokens. After a failure
 * the owner is blocked for new tokens and perhaps not for all others: repeat the call. A token that
 * is damaged so that no validate accepts it stays as it is, does not keep the call from the others
 * and is its error at the end; an unblock leaves every damaged token blocked. If somebody else
 * blocks or unblocks the owner meanwhile, the call stops with APITOKEN_E_REVISION.
 *
 * apitoken_owner_unblock() goes the other way: the tokens are what they were, so one that was
 * suspended or revoked is not valid. Both need a handle with APITOKEN_OPEN_ADMIN.
 *
 * Errors: those of every verb that writes, APITOKEN_E_ADMIN, APITOKEN_E_OWNER, APITOKEN_E_ACTOR,
 * APITOKEN_E_REASON, APITOKEN_E_REVISION, APITOKEN_E_CLOCK, APITOKEN_E_FULL, APITOKEN_E_MAYBE.
 * @since 0.2.0
 */
APITOKEN_API int apitoken_owner_block(apitoken_store *store, const char *owner, size_t owner_len,
                                      const apitoken_block_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1);
APITOKEN_API int apitoken_owner_unblock(apitoken_store *store, const char *owner, size_t owner_len,
                                        const apitoken_block_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1);

/* What is known of an owner besides each token. */
typedef struct apitoken_owner_info {
    uint32_t size;
    uint32_t is_blocked; /* 1 also while an unblock is not complete */
    int64_t blocked_ms;  /* since when; 0 unless it is blocked */
    uint64_t tokens;     /* all tokens of the owner */
    uint64_t live;       /* those that are neither revoked nor expired */
    char blocked_by[136];
    char reason[1008]; /* for which it was blocked */
} apitoken_owner_info;
#define APITOKEN_OWNER_INFO_INIT \
    { sizeof(apitoken_owner_info), 0, 0, 0, 0, "", "" }

/*
 * Describes an owner in *ret_info, also one that the store does not know. `opts` are those of
 * apitoken_show(). It counts the tokens, so it takes as long as to list them.
 *
 * Errors: those of every verb, APITOKEN_E_OWNER, APITOKEN_E_CLOCK. @since 0.2.0
 */
APITOKEN_API int apitoken_owner_stat(apitoken_store *store, const char *owner, size_t owner_len,
                                     const apitoken_show_opts *opts, apitoken_owner_info *ret_info,
                                     apitoken_error *err) APITOKEN_CHECKED(1, 5);

/* ---- Purge and erase ------------------------------------------------------------------------- */

enum apitoken_purge_flags {
    APITOKEN_PURGE_DRY_RUN = 1 /* counts, and changes nothing */
};

typedef struct apitoken_purge_opts {
    uint32_t size;
    uint32_t flags;      /* enum apitoken_purge_flags */
    uint32_t timeout_ms; /* of each step; 0 = that of the store */
    uint32_t actor_len;
    int64_t ended_before_ms; /* not in the future */
    const char *actor;       /* who does it: must be given */
} apitoken_purge_opts;
#define APITOKEN_PURGE_OPTS_INIT \
    { sizeof(apitoken_purge_opts), 0, 0, 0, 0, NULL }

typedef struct apitoken_purge_result {
    uint32_t size;
    uint32_t reserved;
    uint64_t tokens; /* that were removed, or would be in a dry run */
    uint64_t kept;   /* that ended before the instant, and stay */
    uint64_t texts;  /* of audit records, that were erased or would be; 0 of a purge */
} apitoken_purge_result;
#define APITOKEN_PURGE_RESULT_INIT \
    { sizeof(apitoken_purge_result), 0, 0, 0, 0 }

/*
 * Removes the tokens of all owners that ended before an instant: that were revoked or had expired
 * by then, whichever came first. Their rows are gone, validate knows them no longer
 * (APITOKEN_E_UNKNOWN), and no id of them is ever given to another token. The space is free for new
 * tokens at once, and so is their place in the file of last uses; the files do not get shorter.
 * What was removed may be read in free pages of the file until they are used again.
 *
 * A token stays, and is counted in `kept`, while its revoke can still be undone; if only a newer
 * version of the library knows when it ended; or if its id is more than an hour ahead of the
 * system's clock, because that was wrong once.
 *
 * Tokens are removed in durable steps of up to 64, in the order of a list, while other processes go
 * on; others that write get their turn between two steps. After a failure some are removed: repeat
 * the call. A token with damaged records stays, does not keep the call from the others and is its
 * error at the end. A purge works in a store that is full for creates. Each step has an audit
 * record, APITOKEN_VERB_PURGE, with the ids of its tokens, but not their owners. *ret_result is
 * written if the call returns 0; ret_result may be NULL. opts must not be NULL, as it names the
 * actor. It needs a handle with APITOKEN_OPEN_ADMIN.
 *
 * Errors: those of every verb that writes, APITOKEN_E_ADMIN, APITOKEN_E_ACTOR, APITOKEN_E_CLOCK,
 * APITOKEN_E_FULL, APITOKEN_E_MAYBE; APITOKEN_E_ARGUMENT if the instant lies in the future.
 * @since 0.2.0
 */
APITOKEN_API int apitoken_purge(apitoken_store *store, const apitoken_purge_opts *opts,
                                apitoken_purge_result *ret_result, apitoken_error *err)
    APITOKEN_CHECKED(1);

enum apitoken_erase_flags {
    APITOKEN_ERASE_ACTOR = 1,  /* also the texts of what the owner did to tokens of others */
    APITOKEN_ERASE_DRY_RUN = 2 /* counts, and changes nothing */
};

typedef struct apitoken_erase_opts {
    uint32_t size;
    uint32_t flags;      /* enum apitoken_erase_flags */
    uint32_t timeout_ms; /* of each step; 0 = that of the store */
    uint32_t actor_len;
    const char *actor; /* who does it: must be given, and not be the owner */
} apitoken_erase_opts;
#define APITOKEN_ERASE_OPTS_INIT \
    { sizeof(apitoken_erase_opts), 0, 0, 0, NULL }

/*
 * Erases an owner, as a person may ask for: all tokens, in whatever state they are, as
 * apitoken_purge() removes them; the block of the owner, if there is one; and the texts (actor,
 * owner, reason and changes) of all audit records about the owner, whose chain stays whole. A token
 * that was valid is denied from the step on that removes it: to deny all of them at once, block the
 * owner first. An erased owner leaves nothing, so a block ends too: the host must not create tokens
 * for the owner any more. Tokens that the owner created for others remain, and name the creator.
 *
 * It goes in durable steps of up to 64 tokens or records, as a purge does. Each has an audit
 * record, APITOKEN_VERB_ERASE, which has the ids of the tokens, but does not name the owner. A
 * token or audit record that is damaged stays, does not keep the call from the others and is its
 * error at the end: repeat the call after it is repaired. An owner of whom nothing is known is no
 * error. Backups keep what they have. *ret_result is written if the call returns 0; ret_result may
 * be NULL. opts must not be NULL, as it names the actor. It needs a handle with
 * APITOKEN_OPEN_ADMIN.
 *
 * Errors: those of every verb that writes, APITOKEN_E_ADMIN, APITOKEN_E_OWNER, APITOKEN_E_ACTOR,
 * APITOKEN_E_CLOCK, APITOKEN_E_FULL, APITOKEN_E_MAYBE. @since 0.2.0
 */
APITOKEN_API int apitoken_owner_erase(apitoken_store *store, const char *owner, size_t owner_len,
                                      const apitoken_erase_opts *opts,
                                      apitoken_purge_result *ret_result, apitoken_error *err)
    APITOKEN_CHECKED(1);

/* What an update changes. */
enum apitoken_update_mask {
    APITOKEN_UPDATE_NAME = 1,
    APITOKEN_UPDATE_DESCRIPTION = 2,
    APITOKEN_UPDATE_EXPIRY = 4,
    APITOKEN_UPDATE_DATA = 8,
    APITOKEN_UPDATE_INTERFACES = 16,
    APITOKEN_UPDATE_NETWORKS = 32,
    APITOKEN_UPDATE_SUSPENDED = 64
};

enum apitoken_update_flags {
    APITOKEN_UPDATE_REVIVE = 1,   /* an expired token may get a later end, and is valid again */
    APITOKEN_UPDATE_END_OLDER = 2 /* the older secret ends now, if there is one */
};

/* A field whose bit is not in the mask must be 0 or NULL. */
typedef struct apitoken_update_opts {
    uint32_t size;
    uint32_t flags;       /* enum apitoken_update_flags */
    uint32_t timeout_ms;  /* 0 = that of the store */
    uint32_t mask;        /* bits of enum apitoken_update_mask; may be 0 with END_OLDER */
    uint32_t revision;    /* 0, or the revision that the token must have */
    uint32_t expiry_kind; /* as in apitoken_create_opts */
    int32_t expiry_day;
    uint32_t is_suspended; /* 1 to suspend the token, 0 to resume it */
    int64_t expiry_ms;
    uint32_t name_len;
    uint32_t description_len;
    uint32_t interfaces_len;
    uint32_t networks_len;
    uint32_t data_len;
    uint32_t actor_len;
    const char *name;
    const char *description; /* NULL = none */
    const char *interfaces;  /* "*" = all; NULL is APITOKEN_E_INTERFACES */
    const char *networks;    /* "*" = all; NULL is APITOKEN_E_NETWORKS */
    const void *data;        /* NULL = none */
    const char *actor;       /* who changes it; NULL = the owner */
} apitoken_update_opts;
#define APITOKEN_UPDATE_OPTS_INIT                                                                 \
    {                                                                                             \
        sizeof(apitoken_update_opts), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, \
            NULL, NULL, NULL                                                                      \
    }

/*
 * Changes what the mask names, in one durable step; opts must not be NULL. What takes something
 * away, such as an earlier expiry, a suspension or a network that is no longer in the list, holds
 * for every validate that begins later, in any process. A suspended token is denied until it is
 * resumed; nothing else about it changes. Every change raises the revision of the token by 1; an
 * update that changes nothing does not. With `revision` the call fails with APITOKEN_E_REVISION if
 * another change came first: show the token again and decide anew. *ret_revision is the revision
 * after the call; ret_revision may be NULL.
 *
 * A revoked token cannot be changed. An expired one can, but gets a later end only with
 * APITOKEN_UPDATE_REVIVE. An older secret never outlives the token, and no update gives it more
 * time. Suspending and APITOKEN_UPDATE_END_OLDER work on a full store, too.
 *
 * Errors: those of every verb that writes, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_NOT_FOUND,
 * APITOKEN_E_NAME, APITOKEN_E_DESCRIPTION, APITOKEN_E_EXPIRY, APITOKEN_E_DAY,
 * APITOKEN_E_EXPIRY_PAST, APITOKEN_E_ZONE, APITOKEN_E_ZONE_DATA, APITOKEN_E_ZONE_FAILED,
 * APITOKEN_E_INTERFACES, APITOKEN_E_NETWORKS, APITOKEN_E_DATA, APITOKEN_E_ACTOR,
 * APITOKEN_E_REVISION, APITOKEN_E_CHANGE_REVOKED, APITOKEN_E_CHANGE_EXPIRED,
 * APITOKEN_E_OWNER_BLOCKED, APITOKEN_E_LIFETIME, APITOKEN_E_LIVE_LIMIT, APITOKEN_E_CLOCK,
 * APITOKEN_E_FULL, APITOKEN_E_MAYBE. @since 0.2.0
 */
APITOKEN_API int apitoken_update(apitoken_store *store, const char *owner, size_t owner_len,
                                 const char *id, size_t id_len, const apitoken_update_opts *opts,
                                 uint32_t *ret_revision, apitoken_error *err)
    APITOKEN_CHECKED(1, 6);

/* What becomes of an older secret that is still valid. At most one of the first two. */
enum apitoken_rotate_flags {
    APITOKEN_ROTATE_DROP_OLDER = 1, /* it ends, and the newest one becomes the older */
    APITOKEN_ROTATE_KEEP_OLDER = 2, /* it stays as it is; the newest one was lost, and ends */
    APITOKEN_ROTATE_REVIVE = 4      /* an expired token may get a later end, and is valid again */
};

typedef struct apitoken_rotate_opts {
    uint32_t size;
    uint32_t flags;       /* enum apitoken_rotate_flags */
    uint32_t timeout_ms;  /* 0 = that of the store */
    uint32_t revision;    /* 0, or the revision that the token must have */
    uint32_t expiry_kind; /* APITOKEN_EXPIRY_DEFAULT = as it is; else as in apitoken_create_opts */
    int32_t expiry_day;
    int64_t expiry_ms;
    int64_t grace_ms; /* how long the newest secret remains valid; 0 = it ends now */
    uint32_t actor_len;
    uint32_t reserved;
    const char *actor; /* who rotates it; NULL = the owner */
} apitoken_rotate_opts;
#define APITOKEN_ROTATE_OPTS_INIT \
    { sizeof(apitoken_rotate_opts), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL }

/*
 * Gives a token a new secret; opts must not be NULL. Id, name, restrictions and everything else
 * stay; *ret_secret has the text, as after apitoken_create(). The secret that was the newest
 * becomes the older one: it remains valid for grace_ms, at most 30 days (APITOKEN_GRACE_MAX_MS),
 * and never longer than it was or the token is. Meanwhile apitoken_validate() accepts both and says
 * in the verdict which one it was; each has its own time of last use. apitoken_copy() writes the
 * newest.
 *
 * A token has two secrets at most. While the older one is valid, another rotate with a grace needs
 * a flag, or it fails with APITOKEN_E_ROTATING. If the answer of a rotate was lost, or after
 * APITOKEN_E_MAYBE, rotate again with APITOKEN_ROTATE_KEEP_OLDER: the secret that nobody has ends,
 * the older one keeps its time, and if the first call did nothing this one is like it. Without a
 * grace every secret but the new one ends, except an older one that APITOKEN_ROTATE_KEEP_OLDER
 * keeps. A revoke ends the older secret for good.
 *
 * Errors: those of every verb that writes, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_NOT_FOUND,
 * APITOKEN_E_GRACE, APITOKEN_E_EXPIRY, APITOKEN_E_DAY, APITOKEN_E_EXPIRY_PAST, APITOKEN_E_ZONE,
 * APITOKEN_E_ZONE_DATA, APITOKEN_E_ZONE_FAILED, APITOKEN_E_ACTOR, APITOKEN_E_REVISION,
 * APITOKEN_E_CHANGE_REVOKED, APITOKEN_E_CHANGE_EXPIRED, APITOKEN_E_ROTATING,
 * APITOKEN_E_OWNER_BLOCKED, APITOKEN_E_LIFETIME, APITOKEN_E_LIVE_LIMIT, APITOKEN_E_CLOCK,
 * APITOKEN_E_FULL, APITOKEN_E_MAYBE. @since 0.2.0
 */
APITOKEN_API int apitoken_rotate(apitoken_store *store, const char *owner, size_t owner_len,
                                 const char *id, size_t id_len, const apitoken_rotate_opts *opts,
                                 apitoken_secret **ret_secret, apitoken_error *err)
    APITOKEN_CHECKED(1, 6, 7);

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
 * After a rotate the text is that of the newest secret.
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
     * Set only if the secret was right: the call returned 0, or a denial other than
     * APITOKEN_E_MALFORMED, APITOKEN_E_UNKNOWN, APITOKEN_E_NO_TOKEN and APITOKEN_E_HEADER.
     * Otherwise it is "", and the other fields except code and id are 0.
     */
    char owner[136];
    /* if the text has the older secret of the token: until when that is valid; else 0 */
    int64_t superseded_until_ms;
    uint32_t data_len; /* of the data that the token was given; 0: none */
    uint32_t reserved;
    uint8_t data[APITOKEN_DATA_MAX]; /* only data_len bytes of it are set */
} apitoken_verdict;
#define APITOKEN_VERDICT_INIT                                                          \
    {                                                                                  \
        sizeof(apitoken_verdict), APITOKEN_E_ARGUMENT, 0, 0, 0, "", "", 0, 0, 0, { 0 } \
    }

enum apitoken_validate_flags {
    /* accept a token whatever its interfaces are, for a host that only says whose token it is */
    APITOKEN_VALIDATE_ANY_INTERFACE = 1
};

/*
 * Where the request came in. A token that is restricted to interfaces or networks is valid only if
 * the options name one of them.
 */
typedef struct apitoken_validate_opts {
    uint32_t size;
    uint32_t flags;      /* enum apitoken_validate_flags */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t interface_name_len;
    uint32_t peer_len;
    uint32_t reserved;
    const char *interface_name; /* that the request is for; NULL = none */
    /*
     * The address of the client, 4 or 16 bytes in network order, as in sin_addr and sin6_addr: that
     * of the connection, never one from a header unless a proxy that you trust wrote it. An
     * IPv4-mapped address counts as IPv4. NULL = not known.
     */
    const void *peer;
} apitoken_validate_opts;
#define APITOKEN_VALIDATE_OPTS_INIT \
    { sizeof(apitoken_validate_opts), 0, 0, 0, 0, 0, NULL, NULL }

/*
 * Returns 0 if the text is a token that is valid now. Any other value means refuse: a denial is an
 * 11xx code, a failure 12xx, wrong usage 10xx. Tell the client no more than
 * apitoken_public_status() and apitoken_public_error() return. *ret_verdict says whose token it is;
 * ret_verdict may be NULL.
 *
 * The text must be exactly the token, without spaces or a line end. Length, prefix, alphabet and
 * checksum (CRC-32/IEEE in base62) are checked first, without the clock or the store.
 *
 * Of several reasons to deny the strongest counts: revoked, newer, blocked, suspended, expired,
 * wrong network, wrong interface. A denial is no use of the token. An older secret whose grace is
 * over, or that was ended, is unknown.
 *
 * Errors: those of every verb, APITOKEN_E_PEER, APITOKEN_E_CLOCK; APITOKEN_E_MALFORMED,
 * APITOKEN_E_UNKNOWN, APITOKEN_E_REVOKED, APITOKEN_E_NEWER, APITOKEN_E_BLOCKED,
 * APITOKEN_E_SUSPENDED, APITOKEN_E_EXPIRED, APITOKEN_E_WRONG_NETWORK, APITOKEN_E_WRONG_INTERFACE.
 * @since 0.1.0
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
 * Errors: those of apitoken_validate(). APITOKEN_E_NO_TOKEN if the value is empty or names another
 * scheme; APITOKEN_E_HEADER if it names Bearer, but not with a b64token after spaces;
 * APITOKEN_E_MALFORMED if that is not a token.
 * @since 0.1.0
 */
APITOKEN_API int apitoken_validate_header(apitoken_store *store, const char *value,
                                          size_t value_len, const apitoken_validate_opts *opts,
                                          apitoken_verdict *ret_verdict, apitoken_error *err)
    APITOKEN_CHECKED(1);

/* ---- Policy ---------------------------------------------------------------------------------- */

#define APITOKEN_NO_LIMIT INT64_MAX    /* a time without a limit */
#define APITOKEN_ANY_NUMBER UINT32_MAX /* a number without a limit */

/*
 * What a store allows. It is kept in the store and holds in every process. Times are milliseconds.
 * A policy that becomes stricter ends no token.
 */
typedef struct apitoken_policy {
    uint32_t size;
    uint32_t revision;           /* counts the changes; 0: none was made. A set ignores it */
    uint32_t is_never_forbidden; /* 1: every token must expire */
    /* live tokens of an owner, at least 1, or APITOKEN_ANY_NUMBER (the default) */
    uint32_t max_live;
    /*
     * From the making of the newest secret to the end of the token: at least a minute, or
     * APITOKEN_NO_LIMIT (the default). An end by day may be up to 27 hours later, so that the day
     * in which the time ends is allowed in every zone.
     */
    int64_t max_lifetime_ms;
    /*
     * For a token whose expiry is APITOKEN_EXPIRY_DEFAULT: at least a minute and not above
     * max_lifetime_ms, or APITOKEN_NO_LIMIT (the default): then it is max_lifetime_ms, or never.
     */
    int64_t default_expiry_ms;
    int64_t undo_ms;      /* for how long a revoke can be undone: 0 to 30 days; an hour */
    int64_t max_grace_ms; /* of the older secret of a rotate: 0 to 30 days; 30 days */
    /* how long audit records are kept: 0 = none is made; a minute to APITOKEN_NO_LIMIT; 400 days */
    int64_t audit_retention_ms;
} apitoken_policy;
#define APITOKEN_POLICY_INIT \
    { sizeof(apitoken_policy), 0, 0, 0, 0, 0, 0, 0, 0 }

/* Which values a set changes. */
enum apitoken_policy_mask {
    APITOKEN_POLICY_NEVER_FORBIDDEN = 1,
    APITOKEN_POLICY_MAX_LIVE = 2,
    APITOKEN_POLICY_MAX_LIFETIME = 4,
    APITOKEN_POLICY_DEFAULT_EXPIRY = 8,
    APITOKEN_POLICY_UNDO = 16,
    APITOKEN_POLICY_MAX_GRACE = 32,
    APITOKEN_POLICY_AUDIT_RETENTION = 64
};

typedef struct apitoken_policy_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t mask;       /* for a set: bits of enum apitoken_policy_mask; else 0 */
    uint32_t revision;   /* for a set: 0, or the revision that the policy must have; else 0 */
    uint32_t actor_len;
    const char *actor; /* for a set: who does it, which must be given; else NULL */
} apitoken_policy_opts;
#define APITOKEN_POLICY_OPTS_INIT \
    { sizeof(apitoken_policy_opts), 0, 0, 0, 0, 0, NULL }

/* Stores the policy in *ret_policy. Errors: those of every verb. @since 0.2.0 */
APITOKEN_API int apitoken_policy_get(apitoken_store *store, const apitoken_policy_opts *opts,
                                     apitoken_policy *ret_policy, apitoken_error *err)
    APITOKEN_CHECKED(1, 3);

/*
 * Changes the values of the policy that the mask names, and no others. They hold for every create,
 * update, rotate and unrevoke that begins later, in any process. Needs a handle with
 * APITOKEN_OPEN_ADMIN.
 *
 * Errors: those of every verb that writes, APITOKEN_E_ADMIN, APITOKEN_E_ACTOR, APITOKEN_E_REVISION,
 * APITOKEN_E_POLICY_VALUE (a value is outside its limits, or contradicts another one),
 * APITOKEN_E_CLOCK, APITOKEN_E_FULL, APITOKEN_E_MAYBE. @since 0.2.0
 */
APITOKEN_API int apitoken_policy_set(apitoken_store *store, const apitoken_policy *policy,
                                     const apitoken_policy_opts *opts, apitoken_error *err)
    APITOKEN_CHECKED(1, 2, 3);

/*
 * What was done, as an audit record tells it. The numbers are fixed; later versions add some.
 * @since 0.2.0
 */
enum apitoken_verb {
    APITOKEN_VERB_CREATE = 1,
    APITOKEN_VERB_UPDATE = 2, /* also suspend and resume */
    APITOKEN_VERB_ROTATE = 3,
    APITOKEN_VERB_REVOKE = 4,
    APITOKEN_VERB_UNREVOKE = 5,
    APITOKEN_VERB_BLOCK = 6,
    APITOKEN_VERB_UNBLOCK = 7,
    APITOKEN_VERB_POLICY = 8,
    APITOKEN_VERB_PURGE = 9,
    APITOKEN_VERB_ERASE = 10,
    APITOKEN_VERB_RESTORE = 11, /* of a store that proved what it denied */
    APITOKEN_VERB_SALVAGE = 12, /* a restore with what could be found in a damaged store */
    APITOKEN_VERB_ACCEPT_ROLLBACK = 13,
    APITOKEN_VERB_GROW = 14,
    APITOKEN_VERB_RETIRE_KEY = 15,
    APITOKEN_VERB_ADD_KEY = 16, /* by the first call that is written under it */
    APITOKEN_VERB_COMPACT = 17
};

/*
 * What changed, and how its value is written: an instant and a time as milliseconds in decimal, a
 * number in decimal. An empty text: there was none. The numbers are fixed; later versions add some.
 * @since 0.2.0
 */
enum apitoken_change {
    APITOKEN_CHANGE_NAME = 1,
    APITOKEN_CHANGE_DESCRIPTION = 2,
    APITOKEN_CHANGE_EXPIRY = 3,     /* "2026-12-31 Europe/Berlin", an instant, or "never" */
    APITOKEN_CHANGE_INTERFACES = 4, /* list texts */
    APITOKEN_CHANGE_NETWORKS = 5,
    APITOKEN_CHANGE_DATA = 6,             /* two hexadecimal digits a byte */
    APITOKEN_CHANGE_SUSPENDED = 7,        /* "yes" or "no" */
    APITOKEN_CHANGE_SECRET = 8,           /* another one; never with a text */
    APITOKEN_CHANGE_OLDER_END = 9,        /* the instant at which the older secret ends */
    APITOKEN_CHANGE_REASON_CODE = 10,     /* number of enum apitoken_reason */
    APITOKEN_CHANGE_FINAL = 11,           /* "yes" or "no" */
    APITOKEN_CHANGE_NEVER_FORBIDDEN = 32, /* of the policy: "yes" or "no"; */
    APITOKEN_CHANGE_MAX_LIVE = 33,        /* numbers and times, "none" = no limit */
    APITOKEN_CHANGE_MAX_LIFETIME = 34,
    APITOKEN_CHANGE_DEFAULT_EXPIRY = 35,
    APITOKEN_CHANGE_UNDO = 36,
    APITOKEN_CHANGE_MAX_GRACE = 37,
    APITOKEN_CHANGE_AUDIT_RETENTION = 38,
    APITOKEN_CHANGE_MAP_SIZE = 48,    /* bytes */
    APITOKEN_CHANGE_KEY = 49,         /* id of a key */
    APITOKEN_CHANGE_TOKENS = 50,      /* ids of one or more tokens, with commas between them */
    APITOKEN_CHANGE_TOKEN_COUNT = 51, /* how many tokens the store has */
    APITOKEN_CHANGE_CARRIED_OVER = 52 /* how many tokens a restore denied more than their backup */
};

typedef struct apitoken_audit_opts {
    uint32_t size;
    uint32_t flags;      /* 0 */
    uint32_t timeout_ms; /* 0 = that of the store */
    uint32_t limit;      /* records of the page, at most APITOKEN_LIST_MAX; 0 = 100 */
    uint32_t owner_len;
    uint32_t id_len;
    uint32_t cursor_len;
    uint32_t reserved;
    const char *owner; /* NULL = all owners, and what is done for none: needs APITOKEN_OPEN_ADMIN */
    const char *id;    /* only what was done to this token; NULL = all */
    const char *cursor; /* from apitoken_audit_page_cursor(); NULL = from the oldest record on */
    int64_t since_ms;   /* only what was done at this instant or later */
    int64_t until_ms;   /* only what was done before this instant; 0 = without an end */
} apitoken_audit_opts;
#define APITOKEN_AUDIT_OPTS_INIT \
    { sizeof(apitoken_audit_opts), 0, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0 }

/*
 * Stores a page of the audit in *ret_page, in the order in which the changes were made. Free it
 * with apitoken_audit_page_free(). Every change that a verb makes has a record, which was stored in
 * the same durable step; a call that changes nothing has none. A record that is damaged is an
 * error; whether records were removed or changed by someone with write access to the files is for
 * apitoken_store_check() to find.
 *
 * A call looks at a limited number of records. So a page may have fewer records than the limit,
 * even none, and still not be the last: continue while apitoken_audit_page_has_more(). A cursor
 * only marks a position and gives no access.
 *
 * The records of one owner may be read with any handle. To read those of all, the handle needs
 * APITOKEN_OPEN_ADMIN.
 *
 * Errors: those of every verb, APITOKEN_E_OWNER, APITOKEN_E_ID, APITOKEN_E_CURSOR,
 * APITOKEN_E_LIMIT, APITOKEN_E_ADMIN. @since 0.2.0
 */
APITOKEN_API int apitoken_audit(apitoken_store *store, const apitoken_audit_opts *opts,
                                apitoken_audit_page **ret_page, apitoken_error *err)
    APITOKEN_CHECKED(1, 3);

/*
 * A page does not belong to the store: it remains valid after the store is closed. Several threads
 * may read it at once. What these functions return belongs to the page.
 */

/* Number of records in a page. @since 0.2.0 */
APITOKEN_API size_t apitoken_audit_page_count(const apitoken_audit_page *page) APITOKEN_NONNULL(1);

/* Record i; NULL if i is not below the count. @since 0.2.0 */
APITOKEN_API const apitoken_audit_record *apitoken_audit_page_at(const apitoken_audit_page *page,
                                                                 size_t i) APITOKEN_NONNULL(1);

/* 1 if there are records behind those that the call looked at, else 0. @since 0.2.0 */
APITOKEN_API int apitoken_audit_page_has_more(const apitoken_audit_page *page) APITOKEN_NONNULL(1);

/*
 * Where the next page begins, as letters and digits. The last page has one, too: with it a later
 * call gives what was done since. It remains usable after a restart, in other processes, and if
 * records are removed. @since 0.2.0
 */
APITOKEN_API const char *apitoken_audit_page_cursor(const apitoken_audit_page *page)
    APITOKEN_NONNULL(1);

/* Frees a page, which may be NULL, with its records. @since 0.2.0 */
APITOKEN_API void apitoken_audit_page_free(apitoken_audit_page *page);

/*
 * What a record tells. All texts are NUL-terminated, and "" if there is none.
 */

/* Records count from 1; a number is used once. @since 0.2.0 */
APITOKEN_API uint64_t apitoken_audit_number(const apitoken_audit_record *record)
    APITOKEN_NONNULL(1);
/* When it was done, by the store's clock. @since 0.2.0 */
APITOKEN_API int64_t apitoken_audit_at_ms(const apitoken_audit_record *record) APITOKEN_NONNULL(1);
/* enum apitoken_verb. @since 0.2.0 */
APITOKEN_API int apitoken_audit_verb(const apitoken_audit_record *record) APITOKEN_NONNULL(1);
/* The token; "" if there is none, or if APITOKEN_CHANGE_TOKENS names one or more. @since 0.2.0 */
APITOKEN_API const char *apitoken_audit_id(const apitoken_audit_record *record) APITOKEN_NONNULL(1);
/* "" for what is not done for one owner. @since 0.2.0 */
APITOKEN_API const char *apitoken_audit_owner(const apitoken_audit_record *record)
    APITOKEN_NONNULL(1);
/* Who did it; "" = the owner. @since 0.2.0 */
APITOKEN_API const char *apitoken_audit_actor(const apitoken_audit_record *record)
    APITOKEN_NONNULL(1);
/* The reason of a revoke or block. @since 0.2.0 */
APITOKEN_API const char *apitoken_audit_reason(const apitoken_audit_record *record)
    APITOKEN_NONNULL(1);
/*
 * How many changes were made without a record since the one before: denials, while the store was
 * too full for their records. @since 0.2.0
 */
APITOKEN_API uint64_t apitoken_audit_unrecorded(const apitoken_audit_record *record)
    APITOKEN_NONNULL(1);
/* 1 if owner, actor, reason and changes were erased, else 0. @since 0.2.0 */
APITOKEN_API int apitoken_audit_is_erased(const apitoken_audit_record *record) APITOKEN_NONNULL(1);

/* Number of fields that changed. Of a new token all fields with a value count. @since 0.2.0 */
APITOKEN_API size_t apitoken_audit_change_count(const apitoken_audit_record *record)
    APITOKEN_NONNULL(1);
/* enum apitoken_change; 0 if i is not below the count. @since 0.2.0 */
APITOKEN_API int apitoken_audit_change_field(const apitoken_audit_record *record, size_t i)
    APITOKEN_NONNULL(1);
/* The values, as enum apitoken_change says; "" if i is not below the count. @since 0.2.0 */
APITOKEN_API const char *apitoken_audit_change_before(const apitoken_audit_record *record, size_t i)
    APITOKEN_NONNULL(1);
APITOKEN_API const char *apitoken_audit_change_after(const apitoken_audit_record *record, size_t i)
    APITOKEN_NONNULL(1);

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
 * Stores in *ret_day the current day in the store's zone, by the store's clock. It is the first day
 * that apitoken_create() accepts.
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
 * They set the size, and everything else to 0, which means the defaults; the code of a verdict or
 * of an item to revoke becomes APITOKEN_E_ARGUMENT. With NULL, or a size below 4, they do nothing.
 * @since 0.2.0
 */
APITOKEN_API void apitoken_error_init(apitoken_error *err, size_t size);
APITOKEN_API void apitoken_keyring_opts_init(apitoken_keyring_opts *opts, size_t size);
APITOKEN_API void apitoken_store_create_opts_init(apitoken_store_create_opts *opts, size_t size);
APITOKEN_API void apitoken_open_opts_init(apitoken_open_opts *opts, size_t size);
APITOKEN_API void apitoken_stat_opts_init(apitoken_stat_opts *opts, size_t size);
APITOKEN_API void apitoken_store_info_init(apitoken_store_info *info, size_t size);
APITOKEN_API void apitoken_counters_init(apitoken_counters *counters, size_t size);
APITOKEN_API void apitoken_reload_opts_init(apitoken_reload_opts *opts, size_t size);
APITOKEN_API void apitoken_retire_opts_init(apitoken_retire_opts *opts, size_t size);
APITOKEN_API void apitoken_retire_result_init(apitoken_retire_result *result, size_t size);
APITOKEN_API void apitoken_grow_opts_init(apitoken_grow_opts *opts, size_t size);
APITOKEN_API void apitoken_check_opts_init(apitoken_check_opts *opts, size_t size);
APITOKEN_API void apitoken_backup_opts_init(apitoken_backup_opts *opts, size_t size);
APITOKEN_API void apitoken_restore_opts_init(apitoken_restore_opts *opts, size_t size);
APITOKEN_API void apitoken_restore_result_init(apitoken_restore_result *result, size_t size);
APITOKEN_API void apitoken_compact_opts_init(apitoken_compact_opts *opts, size_t size);
APITOKEN_API void apitoken_create_opts_init(apitoken_create_opts *opts, size_t size);
APITOKEN_API void apitoken_batch_item_init(apitoken_batch_item *item, size_t size);
APITOKEN_API void apitoken_batch_opts_init(apitoken_batch_opts *opts, size_t size);
APITOKEN_API void apitoken_format_opts_init(apitoken_format_opts *opts, size_t size);
APITOKEN_API void apitoken_filter_init(apitoken_filter *filter, size_t size);
APITOKEN_API void apitoken_list_opts_init(apitoken_list_opts *opts, size_t size);
APITOKEN_API void apitoken_list_all_opts_init(apitoken_list_all_opts *opts, size_t size);
APITOKEN_API void apitoken_show_opts_init(apitoken_show_opts *opts, size_t size);
APITOKEN_API void apitoken_revoke_opts_init(apitoken_revoke_opts *opts, size_t size);
APITOKEN_API void apitoken_revoke_item_init(apitoken_revoke_item *item, size_t size);
APITOKEN_API void apitoken_unrevoke_opts_init(apitoken_unrevoke_opts *opts, size_t size);
APITOKEN_API void apitoken_block_opts_init(apitoken_block_opts *opts, size_t size);
APITOKEN_API void apitoken_owner_info_init(apitoken_owner_info *info, size_t size);
APITOKEN_API void apitoken_purge_opts_init(apitoken_purge_opts *opts, size_t size);
APITOKEN_API void apitoken_purge_result_init(apitoken_purge_result *result, size_t size);
APITOKEN_API void apitoken_erase_opts_init(apitoken_erase_opts *opts, size_t size);
APITOKEN_API void apitoken_policy_init(apitoken_policy *policy, size_t size);
APITOKEN_API void apitoken_policy_opts_init(apitoken_policy_opts *opts, size_t size);
APITOKEN_API void apitoken_audit_opts_init(apitoken_audit_opts *opts, size_t size);
APITOKEN_API void apitoken_update_opts_init(apitoken_update_opts *opts, size_t size);
APITOKEN_API void apitoken_rotate_opts_init(apitoken_rotate_opts *opts, size_t size);
APITOKEN_API void apitoken_copy_opts_init(apitoken_copy_opts *opts, size_t size);
APITOKEN_API void apitoken_verdict_init(apitoken_verdict *verdict, size_t size);
APITOKEN_API void apitoken_validate_opts_init(apitoken_validate_opts *opts, size_t size);

#ifdef __cplusplus
}
#endif
#endif
