/* SPDX-License-Identifier: MIT */
/*
 * Whether a text is a secret of a token of the store: the one way to find out, for validate and for
 * whoever revokes by text. Inline, so that validate pays no call for it.
 */
#ifndef APITOKEN_OBJECTS_CANDIDATE_H
#define APITOKEN_OBJECTS_CANDIDATE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/error.h"
#include "objects/store.h"
#include "outside/record_tag.h"
#include "rules/older_secret.h"
#include "rules/token_state.h"

/* A text with the form of a token, and what the store has for its id. Never cleared as a whole. */
struct atk_candidate {
    struct atk_presented token;
    bool is_known; /* the store has this id */
    struct atk_loaded stored;
    struct atk_hot_view hot; /* points into `stored` */
    struct atk_use use;
    int64_t older_until_ms; /* the text is the older secret, which is valid until then; else 0 */
};

/* Loads the record of the id, or one that no text matches, so that the same work is done for it. */
static inline int atk_candidate_load(const apitoken_store *store, struct atk_candidate *c,
                                     struct atk_deadline *deadline, apitoken_error *err) {
    int rc = store->backend->ops->load_record(store->backend, &c->token, &c->stored, deadline, err);
    c->is_known = rc == 0;
    if (rc != APITOKEN_E_NOT_FOUND) return rc;
    (void)atk_tagged_hot_set(&c->stored.tagged, c->token.id, store->stand_in,
                             sizeof store->stand_in);
    return 0;
}

/* The exact time, where the system's time as of its last tick may not do. */
static inline int atk_candidate_read_exact_time(const apitoken_store *store,
                                                struct atk_presented *token, apitoken_error *err) {
    if (!token->is_coarse) return 0;
    ATK_TRY(atk_clock_read(&store->clock, &token->now_ms, err));
    token->is_coarse = false;
    return 0;
}

/* Of a key that cannot be found. */
ATK_APART __attribute__((unused)) static int atk_candidate_fail_key(const apitoken_store *store,
                                                                    uint32_t id,
                                                                    apitoken_error *err) {
    const int code =
        atk_keys_is_retired(store->keys, id) ? APITOKEN_E_KEY_RETIRED : APITOKEN_E_KEY_MISSING;
    return atk_fail_item(err, code, id, NULL);
}

/* The key that the stand-in names may have been retired since the open: any will do for it. */
ATK_APART __attribute__((unused)) static const struct atk_key *atk_candidate_other_key(
    const apitoken_store *store, const struct atk_candidate *c) {
    return c->is_known ? NULL : atk_keys_find_active(store->keys);
}

/*
 * The older secret of a token, until its grace is over. It may have been made with another key than
 * the newest one, of which `digest` is.
 */
__attribute__((noinline, unused)) static int atk_candidate_match_older(
    const apitoken_store *store, struct atk_candidate *c, const struct atk_key *key,
    uint8_t digest[ATK_VERIFIER_LEN], bool *ret_is_match, apitoken_error *err) {
    struct atk_older_secret older;
    if (!atk_older_secret_get(c->hot.parts, c->hot.parts_len, &older)) return 0;
    if (older.key_id != key->id) {
        key = atk_keys_find(store->keys, older.key_id);
        if (!key) return atk_candidate_fail_key(store, older.key_id, err);
        atk_digest(key, c->token.text, c->token.len, digest);
    }
    if (!atk_digest_equal(digest, older.verifier)) return 0;
    ATK_TRY(atk_candidate_read_exact_time(store, &c->token, err));
    if (atk_end_is_past(older.until_ms, c->token.now_ms)) return 0;
    c->older_until_ms = older.until_ms;
    *ret_is_match = true;
    return 0;
}

/*
 * Compares the secret with the verifier. The tag is verified before anything in the record is
 * trusted, except the id of its key. Still, the digest is computed before that: meanwhile the copy
 * of the record reaches the cache, so reading it does not stall. If there is no match, nothing in
 * c->hot may be trusted.
 */
static inline int atk_candidate_match(const apitoken_store *store, struct atk_candidate *c,
                                      bool *ret_is_match, apitoken_error *err) {
    const struct atk_tagged_hot *tagged = &c->stored.tagged;
    const struct atk_key *key = atk_tagged_hot_key(store->keys, tagged);
    uint8_t digest[ATK_VERIFIER_LEN];
    if (!key) key = atk_candidate_other_key(store, c);
    if (!key)
        return atk_candidate_fail_key(
            store,
            atk_record_key_id(atk_tagged_hot_record(tagged), atk_tagged_hot_record_len(tagged)),
            err);
    atk_digest(key, c->token.text, c->token.len, digest);
    int rc = atk_tagged_hot_verify(key, tagged);
    if (c->is_known && rc < 0) return atk_fail(err, rc, NULL);
    rc = atk_hot_parse_view(atk_tagged_hot_record(tagged), atk_tagged_hot_record_len(tagged),
                            &c->hot);
    /* a record that only a newer version can read: for anyone an unknown token */
    if (rc == APITOKEN_E_NEWER) return 0;
    if (rc < 0) return atk_fail(err, rc, NULL);
    *ret_is_match = atk_digest_equal(digest, c->hot.verifier) & c->is_known;
    if (c->hot.parts_len == 0 || *ret_is_match) return 0;
    return atk_candidate_match_older(store, c, key, digest, ret_is_match, err);
}

#endif
