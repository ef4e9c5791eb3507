/* SPDX-License-Identifier: MIT */
#include "accounts/sessions.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS_MAX 4096
#define SECRET_BYTES 32
#define HASH_BYTES 32

_Static_assert(sodium_base64_ENCODED_LEN(SECRET_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
                       SESSION_COOKIE_LEN + 1 &&
                   SESSION_COOKIE_LEN == SESSION_CSRF_LEN,
               "both are 256 bits in base64url");
_Static_assert(HASH_BYTES == crypto_verify_32_BYTES, "hashes are compared by crypto_verify_32()");

struct entry {
    bool is_used;
    unsigned char hash[HASH_BYTES]; /* of the cookie */
    int64_t begun_s;
    int64_t last_s;
    struct session session;
    struct session_origin origin;
};

struct sessions {
    pthread_mutex_t lock;
    int64_t idle_s;
    int64_t lifetime_s;
    unsigned char key[crypto_generichash_KEYBYTES];
    struct entry entries[SESSIONS_MAX];
};

struct sessions *sessions_new(int64_t idle_s, int64_t lifetime_s) {
    if (sodium_init() < 0) return NULL;
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (!sessions) return NULL;
    if (pthread_mutex_init(&sessions->lock, NULL) != 0) {
        free(sessions);
        return NULL;
    }
    sessions->idle_s = idle_s;
    sessions->lifetime_s = lifetime_s;
    randombytes_buf(sessions->key, sizeof sessions->key);
    return sessions;
}

void sessions_free(struct sessions *sessions) {
    if (!sessions) return;
    pthread_mutex_destroy(&sessions->lock);
    sodium_memzero(sessions, sizeof *sessions);
    free(sessions);
}

static void hash_cookie(const struct sessions *sessions, const char *cookie,
                        unsigned char ret_hash[HASH_BYTES]) {
    crypto_generichash(ret_hash, HASH_BYTES, (const unsigned char *)cookie, SESSION_COOKIE_LEN,
                       sessions->key, sizeof sessions->key);
}

static void draw_secret(char ret_text[SESSION_COOKIE_LEN + 1]) {
    unsigned char bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(ret_text, SESSION_COOKIE_LEN + 1, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
}

static void draw_id(char ret_id[SESSION_ID_LEN + 1]) {
    unsigned char bytes[SESSION_ID_LEN / 2];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(ret_id, SESSION_ID_LEN + 1, bytes, sizeof bytes);
}

static bool has_expired(const struct sessions *sessions, const struct entry *entry, int64_t now_s) {
    return now_s - entry->last_s >= sessions->idle_s ||
           now_s - entry->begun_s >= sessions->lifetime_s;
}

static void wipe_entry(struct entry *entry) { sodium_memzero(entry, sizeof *entry); }

static void end_expired(struct sessions *sessions, int64_t now_s) {
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (sessions->entries[i].is_used && has_expired(sessions, &sessions->entries[i], now_s))
            wipe_entry(&sessions->entries[i]);
    }
}

static struct entry *less_recent(struct entry *a, struct entry *b) {
    return !a || b->last_s < a->last_s ? b : a;
}

/* Returns an empty entry for a new session of the account; ends an old session if it must. */
static struct entry *take_entry(struct sessions *sessions, const char *account) {
    struct entry *empty = NULL, *own = NULL, *any = NULL;
    size_t own_count = 0;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct entry *entry = &sessions->entries[i];
        if (!entry->is_used) {
            if (!empty) empty = entry;
            continue;
        }
        any = less_recent(any, entry);
        if (strcmp(entry->session.account, account) != 0) continue;
        own = less_recent(own, entry);
        own_count++;
    }
    struct entry *taken = own_count >= SESSIONS_OF_ACCOUNT_MAX ? own : empty ? empty : any;
    wipe_entry(taken);
    return taken;
}

void sessions_begin(struct sessions *sessions, const struct account *account,
                    const struct session_origin *origin, int64_t now_s,
                    char ret_cookie[SESSION_COOKIE_LEN + 1]) {
    struct entry new = { .is_used = true, .begun_s = now_s, .last_s = now_s, .origin = *origin };
    memcpy(new.session.account, account->id, sizeof new.session.account);
    memcpy(new.session.name, account->name, sizeof new.session.name);
    new.session.password_version = account->password_version;
    draw_id(new.session.id);
    draw_secret(new.session.csrf);
    draw_secret(ret_cookie);
    hash_cookie(sessions, ret_cookie, new.hash);

    pthread_mutex_lock(&sessions->lock);
    end_expired(sessions, now_s);
    *take_entry(sessions, account->id) = new;
    pthread_mutex_unlock(&sessions->lock);
    sodium_memzero(&new, sizeof new);
}

/* NULL if there is none. Call with the lock held. */
static struct entry *find_entry(struct sessions *sessions, const char *cookie, size_t length) {
    unsigned char hash[HASH_BYTES];
    if (length != SESSION_COOKIE_LEN) return NULL;
    hash_cookie(sessions, cookie, hash);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (sessions->entries[i].is_used && crypto_verify_32(sessions->entries[i].hash, hash) == 0)
            return &sessions->entries[i];
    }
    return NULL;
}

bool sessions_find(struct sessions *sessions, const char *cookie, size_t length, int64_t now_s,
                   struct session *ret_session) {
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = find_entry(sessions, cookie, length);
    if (entry && has_expired(sessions, entry, now_s)) {
        wipe_entry(entry);
        entry = NULL;
    }
    if (entry) {
        /* Threads may get here in a different order from that in which they read the clock. */
        if (now_s > entry->last_s) entry->last_s = now_s;
        *ret_session = entry->session;
    }
    pthread_mutex_unlock(&sessions->lock);
    return entry != NULL;
}

void sessions_end(struct sessions *sessions, const char *cookie, size_t length) {
    pthread_mutex_lock(&sessions->lock);
    struct entry *entry = find_entry(sessions, cookie, length);
    if (entry) wipe_entry(entry);
    pthread_mutex_unlock(&sessions->lock);
}

/* Call with the lock held. NULL after the last one. */
static struct entry *next_of_account(struct sessions *sessions, const char *account, size_t *at) {
    for (; *at < SESSIONS_MAX; ++*at) {
        struct entry *entry = &sessions->entries[*at];
        if (!entry->is_used || strcmp(entry->session.account, account) != 0) continue;
        ++*at;
        return entry;
    }
    return NULL;
}

static int compare_use(const void *a, const void *b) {
    const struct session_facts *x = a, *y = b;
    return x->last_s != y->last_s ? (x->last_s < y->last_s) - (x->last_s > y->last_s)
                                  : strcmp(x->id, y->id);
}

size_t sessions_list(struct sessions *sessions, const char *account, int64_t now_s,
                     struct session_facts ret_facts[SESSIONS_OF_ACCOUNT_MAX]) {
    size_t count = 0, at = 0;
    struct entry *entry;
    pthread_mutex_lock(&sessions->lock);
    end_expired(sessions, now_s);
    while (count < SESSIONS_OF_ACCOUNT_MAX && (entry = next_of_account(sessions, account, &at))) {
        struct session_facts *facts = &ret_facts[count++];
        *facts = (struct session_facts){ .begun_s = entry->begun_s,
                                         .last_s = entry->last_s,
                                         .origin = entry->origin };
        memcpy(facts->id, entry->session.id, sizeof facts->id);
    }
    pthread_mutex_unlock(&sessions->lock);
    qsort(ret_facts, count, sizeof *ret_facts, compare_use);
    return count;
}

bool sessions_end_one(struct sessions *sessions, const char *account, const char *id) {
    size_t at = 0;
    struct entry *entry;
    pthread_mutex_lock(&sessions->lock);
    do entry = next_of_account(sessions, account, &at);
    while (entry && strcmp(entry->session.id, id) != 0);
    if (entry) wipe_entry(entry);
    pthread_mutex_unlock(&sessions->lock);
    return entry != NULL;
}

size_t sessions_end_others(struct sessions *sessions, const char *account, const char *id) {
    size_t count = 0, at = 0;
    struct entry *entry;
    pthread_mutex_lock(&sessions->lock);
    while ((entry = next_of_account(sessions, account, &at))) {
        if (id && strcmp(entry->session.id, id) == 0) continue;
        wipe_entry(entry);
        count++;
    }
    pthread_mutex_unlock(&sessions->lock);
    return count;
}

bool session_csrf_is(const struct session *session, const char *given) {
    if (!given || strlen(given) != SESSION_CSRF_LEN) return false;
    return sodium_memcmp(session->csrf, given, SESSION_CSRF_LEN) == 0;
}
