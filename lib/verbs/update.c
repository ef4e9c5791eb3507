/* SPDX-License-Identifier: MIT */
/* apitoken_update() */
#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/expiry.h"
#include "objects/input.h"
#include "objects/restrictions.h"
#include "objects/store.h"
#include "rules/edit_update.h"

#define FLAGS_ALL (APITOKEN_UPDATE_REVIVE | APITOKEN_UPDATE_END_OLDER)
#define MASK_ALL                                                                    \
    (APITOKEN_UPDATE_NAME | APITOKEN_UPDATE_DESCRIPTION | APITOKEN_UPDATE_EXPIRY |  \
     APITOKEN_UPDATE_DATA | APITOKEN_UPDATE_INTERFACES | APITOKEN_UPDATE_NETWORKS | \
     APITOKEN_UPDATE_SUSPENDED)

/* An update in progress. */
struct updating {
    apitoken_store *store;
    apitoken_update_opts opts;
    struct atk_restrictions restrictions;
    struct atk_token_update update;
};

static int fail_unmasked(const char *what, uint32_t field, apitoken_error *err) {
    return atk_fail_field(err, APITOKEN_E_ARGUMENT, field, 0, "%s is set but not in the mask",
                          what);
}

/* A field that is set and not in the mask was meant to change. */
static int require_masked(const apitoken_update_opts *o, apitoken_error *err) {
    const uint32_t mask = o->mask;
    if (!(mask & APITOKEN_UPDATE_NAME) && (o->name || o->name_len))
        return fail_unmasked("the name", APITOKEN_FIELD_NAME, err);
    if (!(mask & APITOKEN_UPDATE_DESCRIPTION) && (o->description || o->description_len))
        return fail_unmasked("the description", APITOKEN_FIELD_DESCRIPTION, err);
    if (!(mask & APITOKEN_UPDATE_EXPIRY) && (o->expiry_kind || o->expiry_day || o->expiry_ms))
        return fail_unmasked("the expiry", APITOKEN_FIELD_EXPIRY, err);
    if (!(mask & APITOKEN_UPDATE_DATA) && (o->data || o->data_len))
        return fail_unmasked("the data", APITOKEN_FIELD_DATA, err);
    if (!(mask & APITOKEN_UPDATE_INTERFACES) && (o->interfaces || o->interfaces_len))
        return fail_unmasked("the list of interfaces", APITOKEN_FIELD_INTERFACES, err);
    if (!(mask & APITOKEN_UPDATE_NETWORKS) && (o->networks || o->networks_len))
        return fail_unmasked("the list of networks", APITOKEN_FIELD_NETWORKS, err);
    if (!(mask & APITOKEN_UPDATE_SUSPENDED) && o->is_suspended)
        return fail_unmasked("is_suspended", APITOKEN_FIELD_OPTS, err);
    return 0;
}

static int check_mask(const apitoken_update_opts *o, apitoken_error *err) {
    if (o->mask & ~(uint32_t)MASK_ALL || o->is_suspended > 1)
        return atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0, NULL);
    if (o->mask == 0 && !(o->flags & APITOKEN_UPDATE_END_OLDER))
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS, 0,
                              "there is nothing to change");
    return require_masked(o, err);
}

static int check_values(struct updating *u, apitoken_error *err) {
    const apitoken_update_opts *o = &u->opts;
    const struct atk_expiry expiry = { o->expiry_kind, o->expiry_day, o->expiry_ms };
    ATK_TRY(atk_input_actor(o->actor, o->actor_len, err));
    if (o->mask & APITOKEN_UPDATE_NAME) ATK_TRY(atk_input_name(o->name, o->name_len, err));
    ATK_TRY(atk_input_description(o->description, o->description_len, err));
    ATK_TRY(atk_expiry_check(&expiry, err));
    ATK_TRY(atk_input_data(o->data, o->data_len, err));
    if (o->mask & APITOKEN_UPDATE_INTERFACES)
        ATK_TRY(atk_restrictions_read_interfaces(&u->restrictions, o->interfaces, o->interfaces_len,
                                                 err));
    if (o->mask & APITOKEN_UPDATE_NETWORKS)
        ATK_TRY(
            atk_restrictions_read_networks(&u->restrictions, o->networks, o->networks_len, err));
    return 0;
}

/* What the edit gets; all of it is borrowed from the options and the restrictions. */
static void describe_update(struct updating *u) {
    const apitoken_update_opts *o = &u->opts;
    u->update.mask = o->mask;
    u->update.takes_default_end = o->expiry_kind == APITOKEN_EXPIRY_DEFAULT;
    u->update.revives = o->flags & APITOKEN_UPDATE_REVIVE;
    u->update.ends_older = o->flags & APITOKEN_UPDATE_END_OLDER;
    u->update.is_suspended = o->is_suspended;
    u->update.revision = o->revision;
    u->update.name = o->name;
    u->update.name_len = o->name_len;
    u->update.description = o->description;
    u->update.description_len = o->description_len;
    u->update.interfaces = u->restrictions.interfaces;
    u->update.interfaces_len = u->restrictions.interfaces_len;
    u->update.networks = u->restrictions.networks;
    u->update.networks_len = u->restrictions.networks_len;
    u->update.data = o->data;
    u->update.data_len = o->data_len;
}

static int resolve_end(struct updating *u, apitoken_error *err) {
    const apitoken_update_opts *o = &u->opts;
    const struct atk_expiry expiry = { o->expiry_kind, o->expiry_day, o->expiry_ms };
    ATK_SCOPED_ZONE zone = atk_store_zone(u->store);
    ATK_TRY(atk_clock_read(&u->store->clock, &u->update.now_ms, err));
    if (!(o->mask & APITOKEN_UPDATE_EXPIRY)) return 0;
    return atk_expiry_resolve(&expiry, &zone, u->update.now_ms, &u->update.end, err);
}

int apitoken_update(apitoken_store *store, const char *owner, size_t owner_len, const char *id,
                    size_t id_len, const apitoken_update_opts *opts, uint32_t *ret_revision,
                    apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    struct updating u = { .store = store };
    size_t index;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!opts) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_opts_load(&u.opts, sizeof u.opts, ATK_SIZE_UPDATE_OPTS, FLAGS_ALL, opts, err));
    ATK_TRY(atk_input_owner(owner, owner_len, err));
    ATK_TRY(atk_input_id(id, id_len, err));
    ATK_TRY(check_mask(&u.opts, err));
    ATK_TRY(check_values(&u, err));
    ATK_TRY(atk_store_require_write(store, err));
    ATK_TRY(resolve_end(&u, err));
    describe_update(&u);
    struct atk_change change = { .kind = ATK_CHANGE_EDIT,
                                 .room = atk_update_is_denial(&u.update) ? ATK_ROOM_DENIAL
                                                                         : ATK_ROOM_ORDINARY,
                                 .id = id,
                                 .owner = owner,
                                 .owner_len = owner_len,
                                 .now_ms = u.update.now_ms,
                                 .verb = ATK_VERB_UPDATE,
                                 .actor = u.opts.actor,
                                 .actor_len = u.opts.actor_len,
                                 .edit = atk_edit_update,
                                 .edit_ctx = &u.update,
                                 .denies = atk_update_is_denial(&u.update) };
    struct atk_deadline deadline = atk_store_deadline(store, u.opts.timeout_ms);
    int rc = store->backend->ops->write(store->backend, &change, 1, &index, &deadline, err);
    atk_store_log_trouble(store);
    if (rc == 0 && ret_revision) *ret_revision = change.revision;
    return rc;
}
