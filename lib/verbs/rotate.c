/* SPDX-License-Identifier: MIT */
/* apitoken_rotate() */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/expiry.h"
#include "objects/input.h"
#include "objects/new_token.h"
#include "objects/secret.h"
#include "objects/store.h"
#include "outside/seal.h"
#include "rules/edit_rotate.h"

#define FLAGS_ALL (APITOKEN_ROTATE_DROP_OLDER | APITOKEN_ROTATE_KEEP_OLDER | APITOKEN_ROTATE_REVIVE)
#define FLAGS_ONE (APITOKEN_ROTATE_DROP_OLDER | APITOKEN_ROTATE_KEEP_OLDER)

/* A rotate in progress. */
struct rotating {
    apitoken_store *store;
    const char *owner;
    size_t owner_len;
    apitoken_rotate_opts opts;
    apitoken_secret *secret;
    struct atk_rotation rotation;
};

static int check_opts(const apitoken_rotate_opts *o, apitoken_error *err) {
    const struct atk_expiry expiry = { o->expiry_kind, o->expiry_day, o->expiry_ms };
    if ((o->flags & FLAGS_ONE) == FLAGS_ONE)
        return atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0,
                              "the older secret cannot be both kept and dropped");
    ATK_TRY(atk_input_reserved(o->reserved, err));
    ATK_TRY(atk_input_actor(o->actor, o->actor_len, err));
    if (o->grace_ms < 0 || o->grace_ms > APITOKEN_GRACE_MAX_MS)
        return atk_fail_field(err, APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE, 0,
                              "the grace must be 0 to 30 days");
    return atk_expiry_check(&expiry, err);
}

static int resolve_end(struct rotating *r, apitoken_error *err) {
    const apitoken_rotate_opts *o = &r->opts;
    const struct atk_expiry expiry = { o->expiry_kind, o->expiry_day, o->expiry_ms };
    ATK_SCOPED_ZONE zone = atk_store_zone(r->store);
    ATK_TRY(atk_clock_read(&r->store->clock, &r->rotation.now_ms, err));
    r->rotation.has_end = o->expiry_kind != APITOKEN_EXPIRY_DEFAULT;
    if (!r->rotation.has_end) return 0;
    return atk_expiry_resolve(&expiry, &zone, r->rotation.now_ms, &r->rotation.end, err);
}

/* Adds what depends on the text of the new secret. Returns the key that it was made with. */
static const struct atk_key *bind_secret(struct rotating *r) {
    const apitoken_store *store = r->store;
    const apitoken_secret *secret = r->secret;
    const struct atk_key *key = atk_keys_find_active(store->keys);
    r->rotation.key_id = key->id;
    atk_digest(key, secret->text, secret->len, r->rotation.verifier);
    if (store->backend->config.copy_policy == APITOKEN_COPY_ALWAYS) {
        const struct atk_sealed_for whose = { secret->id, r->owner, r->owner_len };
        r->rotation.sealed_len = atk_seal(&whose, &store->backend->config, key, secret->text,
                                          secret->len, r->rotation.sealed);
    }
    return key;
}

static int write_secret(struct rotating *r, apitoken_error *err) {
    struct atk_backend *backend = r->store->backend;
    struct atk_deadline deadline = atk_store_deadline(r->store, r->opts.timeout_ms);
    struct atk_change change = { .kind = ATK_CHANGE_EDIT,
                                 .room = ATK_ROOM_ORDINARY,
                                 .id = r->secret->id,
                                 .owner = r->owner,
                                 .owner_len = r->owner_len,
                                 .now_ms = r->rotation.now_ms,
                                 .verb = ATK_VERB_ROTATE,
                                 .actor = r->opts.actor,
                                 .actor_len = r->opts.actor_len,
                                 .edit = atk_edit_rotate,
                                 .edit_ctx = &r->rotation };
    for (;;) {
        size_t index;
        /* kept from the caller if the secret is made again, with a key that was activated */
        apitoken_error detail = APITOKEN_ERROR_INIT;
        atk_secret_redraw(r->secret);
        change.key = bind_secret(r);
        int rc = backend->ops->write(backend, &change, 1, &index, &deadline, &detail);
        if (rc == 0) return 0;
        if (rc != APITOKEN_E_EXISTS) return atk_fail_as(err, &detail);
    }
}

int apitoken_rotate(apitoken_store *store, const char *owner, size_t owner_len, const char *id,
                    size_t id_len, const apitoken_rotate_opts *opts, apitoken_secret **ret_secret,
                    apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    struct rotating r = { .store = store, .owner = owner, .owner_len = owner_len };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_secret || !opts) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&r.opts, sizeof r.opts, ATK_SIZE_ROTATE_OPTS, FLAGS_ALL, opts, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_id(id, id_len, err));
    ATK_TRY(check_opts(&r.opts, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(resolve_end(&r, err));
    r.rotation.flags = r.opts.flags;
    r.rotation.revision = r.opts.revision;
    r.rotation.grace_ms = r.opts.grace_ms;
    r.secret = atk_secret_new(&store->backend->config.prefix);
    if (!r.secret) return atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
    memcpy(r.secret->id, id, APITOKEN_ID_LEN);
    r.secret->id[APITOKEN_ID_LEN] = '\0';
    int rc = write_secret(&r, err);
    atk_store_log_trouble(store);
    if (rc < 0) {
        apitoken_secret_free(r.secret);
        return rc;
    }
    *ret_secret = r.secret;
    return 0;
}
