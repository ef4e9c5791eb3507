/* SPDX-License-Identifier: MIT */
#include "ladder.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "due.h"

#define ID_AT 5 /* in the text: prefix of three, underscore, version */
#define ID_LEN 12
#define DIGEST_LEN 32
#define VERIFIER_LEN 24 /* of the digest */
#define TAG_LEN crypto_shorthash_BYTES
#define TEXT_MAX 96
#define SCRUB_DEPTH 1536 /* as the library's */
#define PUTS 10000
#define LINE __attribute__((always_inline)) static inline

struct record { /* doc/store-format.md */
    uint8_t head[8];
    uint8_t verifier[VERIFIER_LEN];
    int64_t end_ms;
    uint32_t slot;
    uint32_t revision;
    char owner[PLACE_OWNER_LEN];
    uint8_t tag[TAG_LEN];
};

struct word {
    uint32_t mark;
    uint32_t minute;
};

struct slot {
    struct word word[2];
};

struct ladder {
    uint8_t key[FLOOR_KEY_LEN];
    uint8_t tag_key[crypto_shorthash_KEYBYTES];
    MDB_env *env;
    MDB_dbi dbi;
    MDB_txn *txn;
    const volatile uint32_t *fork_page;
    struct slot *slots;
    size_t slots_bytes;
    char owner[PLACE_OWNER_LEN + 1]; /* where the last one was copied to */
};

static void hash(const struct ladder *ladder, const char *text, size_t len, uint8_t out[DIGEST_LEN],
                 int with_scrub) {
    uint8_t block[FLOOR_KEY_LEN + TEXT_MAX];
    memcpy(block, ladder->key, FLOOR_KEY_LEN);
    memcpy(block + FLOOR_KEY_LEN, text, len);
    (void)crypto_generichash(out, DIGEST_LEN, block, FLOOR_KEY_LEN + len, NULL, 0);
    if (with_scrub) sodium_stackzero(SCRUB_DEPTH);
}

static void tag_of(const struct ladder *ladder, const char *id, const struct record *record,
                   uint8_t out[TAG_LEN]) {
    uint8_t joined[1 + ID_LEN + sizeof *record - TAG_LEN];
    joined[0] = ID_LEN;
    memcpy(joined + 1, id, ID_LEN);
    memcpy(joined + 1 + ID_LEN, record, sizeof *record - TAG_LEN);
    (void)crypto_shorthash(out, joined, sizeof joined, ladder->tag_key);
}

/* Forward only, and only if the minute is another one. All slots are of first secrets: word 0. */
static void note_use(struct ladder *ladder, uint32_t slot, uint32_t mark, int64_t now_s) {
    uint64_t *at = (uint64_t *)(void *)&ladder->slots[slot].word[0],
             raw = __atomic_load_n(at, __ATOMIC_RELAXED);
    struct word seen, now = { mark, (uint32_t)(now_s / 60) };
    memcpy(&seen, &raw, sizeof seen);
    if (seen.mark == mark && seen.minute >= now.minute) return;
    memcpy(&raw, &now, sizeof raw);
    __atomic_store_n(at, raw, __ATOMIC_RELAXED);
}

LINE int judge(struct ladder *ladder, const char *id, const struct record *record,
               const uint8_t *verifier, int rung) {
    if (rung >= LADDER_CHECK) {
        uint8_t tag[TAG_LEN];
        tag_of(ladder, id, record, tag);
        if (memcmp(tag, record->tag, TAG_LEN) != 0) return -1;
    }
    int64_t now_s = time(NULL);
    if (sodium_memcmp(verifier, record->verifier, VERIFIER_LEN) != 0 ||
        now_s * 1000 >= record->end_ms)
        return -1;
    memcpy(ladder->owner, record->owner, PLACE_OWNER_LEN);
    if (rung >= LADDER_LAST_USE) {
        uint32_t mark;
        memcpy(&mark, record->verifier, sizeof mark);
        note_use(ladder, record->slot, mark, now_s);
    }
    return 0;
}

/* `rung` is constant in each caller, so that a rung has no branch for those above it. */
LINE int look(struct ladder *ladder, const char *text, size_t len, int rung) {
    uint8_t digest[DIGEST_LEN];
    struct record record;
    MDB_val key = { ID_LEN, (void *)(uintptr_t)(text + ID_AT) }, value;
    if (rung >= LADDER_FORK && *ladder->fork_page == 0) return -1;
    if (len > TEXT_MAX || mdb_txn_renew(ladder->txn) != 0) return -1;
    int rc = mdb_get(ladder->txn, ladder->dbi, &key, &value);
    if (rc == 0) memcpy(&record, value.mv_data, sizeof record);
    mdb_txn_reset(ladder->txn);
    if (rc != 0) return -1;
    hash(ladder, text, len, digest, rung >= LADDER_SCRUB);
    return judge(ladder, text + ID_AT, &record, digest, rung);
}

static int look_owner(void *ladder, const char *text, size_t len) {
    return look(ladder, text, len, LADDER_OWNER);
}
static int look_check(void *ladder, const char *text, size_t len) {
    return look(ladder, text, len, LADDER_CHECK);
}
static int look_scrub(void *ladder, const char *text, size_t len) {
    return look(ladder, text, len, LADDER_SCRUB);
}
static int look_fork(void *ladder, const char *text, size_t len) {
    return look(ladder, text, len, LADDER_FORK);
}
static int look_last_use(void *ladder, const char *text, size_t len) {
    return look(ladder, text, len, LADDER_LAST_USE);
}

int (*const ladder_look[LADDER_RUNGS])(void *, const char *, size_t) = {
    look_owner, look_check, look_scrub, look_fork, look_last_use,
};

static void put(struct ladder *ladder, MDB_txn *txn, const struct place *place, size_t i) {
    const char *text = place_text(place, i);
    struct record record = { .end_ms = INT64_MAX, .slot = (uint32_t)i, .revision = 1 };
    uint8_t digest[DIGEST_LEN];
    char owner[PLACE_OWNER_LEN + 1];
    MDB_val key = { ID_LEN, (void *)(uintptr_t)(text + ID_AT) }, value = { sizeof record, &record };
    place_owner(i % place->owners, owner);
    memcpy(record.owner, owner, PLACE_OWNER_LEN);
    hash(ladder, text, place->len, digest, 0);
    memcpy(record.verifier, digest, VERIFIER_LEN);
    tag_of(ladder, text + ID_AT, &record, record.tag);
    DUE(mdb_put(txn, ladder->dbi, &key, &value, MDB_NOOVERWRITE));
}

static void fill(struct ladder *ladder, const struct place *place) {
    MDB_txn *txn = NULL;
    for (size_t i = 0; i < place->tokens; i++) {
        if (i % PUTS == 0) {
            if (txn) DUE(mdb_txn_commit(txn));
            DUE(mdb_txn_begin(ladder->env, NULL, 0, &txn));
            DUE(mdb_dbi_open(txn, NULL, 0, &ladder->dbi));
        }
        put(ladder, txn, place, i);
    }
    DUE(mdb_txn_commit(txn));
}

static void map_slots(struct ladder *ladder, const char *dir, size_t tokens) {
    int fd = open(place_path(dir, "last-use"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ladder->slots_bytes = tokens * sizeof *ladder->slots;
    DUE_THAT(fd >= 0);
    DUE(posix_fallocate(fd, 0, (off_t)ladder->slots_bytes));
    ladder->slots = mmap(NULL, ladder->slots_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    DUE_THAT(ladder->slots != MAP_FAILED);
    (void)close(fd);
}

static void map_fork_page(struct ladder *ladder) {
    uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    DUE_THAT(page != MAP_FAILED);
    DUE(madvise(page, 4096, MADV_WIPEONFORK));
    *page = 1;
    ladder->fork_page = page;
}

struct ladder *ladder_make(const struct place *place, const char *dir) {
    struct ladder *ladder = calloc(1, sizeof *ladder);
    DUE_THAT(ladder && sodium_init() >= 0);
    randombytes_buf(ladder->key, sizeof ladder->key);
    randombytes_buf(ladder->tag_key, sizeof ladder->tag_key);
    DUE(mkdir(dir, 0700));
    DUE(mdb_env_create(&ladder->env));
    DUE(mdb_env_set_mapsize(ladder->env, 2 * place_floor_map(place->tokens)));
    DUE(mdb_env_open(ladder->env, dir, MDB_NOTLS | MDB_NOSYNC, 0600));
    fill(ladder, place);
    DUE(mdb_txn_begin(ladder->env, NULL, MDB_RDONLY, &ladder->txn));
    mdb_txn_reset(ladder->txn);
    map_slots(ladder, dir, place->tokens);
    map_fork_page(ladder);
    return ladder;
}

void ladder_free(struct ladder *ladder) {
    mdb_txn_abort(ladder->txn);
    mdb_env_close(ladder->env);
    (void)munmap(ladder->slots, ladder->slots_bytes);
    (void)munmap((void *)(uintptr_t)ladder->fork_page, 4096);
    free(ladder);
}
