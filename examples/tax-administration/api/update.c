/* SPDX-License-Identifier: MIT */
/* PATCH /api/v1/tokens/{id}: changes what is given. Also ends the older of two secrets. */
#include <string.h>

#include "api/maintain.h"
#include "api/token_fields.h"
#include "api/tokens_api.h"
#include "http/problem.h"

struct update {
    apitoken_update_opts opts; /* its texts are in the request's input and below */
    char interfaces[TOKEN_LIST_CAP];
    char networks[TOKEN_LIST_CAP];
};

static void update_store(struct request *request, apitoken_update_opts *opts) {
    const char *owner = request->session.account, *id = request->route.id;
    apitoken_error err = APITOKEN_ERROR_INIT;
    opts->actor = request->session.name;
    opts->actor_len = (uint32_t)strlen(request->session.name);
    if (apitoken_update(request->admin->tokens, owner, strlen(owner), id, strlen(id), opts, NULL,
                        &err) != 0)
        problem_library(request, &err);
    else
        tokens_show(request);
}

/* ---- input ----------------------------------------------------------------------------------- */

static void read_texts(struct request *request, apitoken_update_opts *opts,
                       struct field_errors *errors) {
    json_t *name = json_object_get(request->input, "name");
    json_t *description = json_object_get(request->input, "description");
    struct token_text text = { NULL, 0 };
    if (name) {
        token_fields_name(request, name, &text, errors);
        opts->mask |= APITOKEN_UPDATE_NAME;
        opts->name = text.bytes;
        opts->name_len = (uint32_t)text.length;
    }
    if (description) {
        text = (struct token_text){ NULL, 0 };
        token_fields_description(request, description, &text, errors);
        opts->mask |= APITOKEN_UPDATE_DESCRIPTION;
        opts->description = text.length ? text.bytes : NULL;
        opts->description_len = (uint32_t)text.length;
    }
}

static void read_expires(struct request *request, apitoken_update_opts *opts,
                         struct field_errors *errors) {
    json_t *value = json_object_get(request->input, "expires");
    int32_t today = 0;
    if (!value) return;
    token_fields_expires(value, &opts->expiry_day, errors);
    opts->mask |= APITOKEN_UPDATE_EXPIRY;
    opts->expiry_kind = opts->expiry_day ? APITOKEN_EXPIRY_DAY : APITOKEN_EXPIRY_NEVER;
    if (opts->expiry_day && admin_today(request->admin, &today) && opts->expiry_day < today)
        field_errors_add_code(errors, "expires", APITOKEN_E_EXPIRY_PAST, "");
}

static void read_lists(struct request *request, struct update *update,
                       struct field_errors *errors) {
    json_t *interfaces = json_object_get(request->input, "interfaces");
    json_t *networks = json_object_get(request->input, "networks");
    if (interfaces) {
        token_fields_interfaces(request, interfaces, update->interfaces, errors);
        update->opts.mask |= APITOKEN_UPDATE_INTERFACES;
        update->opts.interfaces = update->interfaces;
        update->opts.interfaces_len = (uint32_t)strlen(update->interfaces);
    }
    if (networks) {
        token_fields_networks(request, networks, update->networks, errors);
        update->opts.mask |= APITOKEN_UPDATE_NETWORKS;
        update->opts.networks = update->networks;
        update->opts.networks_len = (uint32_t)strlen(update->networks);
    }
}

static void read_flags(struct request *request, apitoken_update_opts *opts,
                       struct field_errors *errors) {
    json_t *suspended = json_object_get(request->input, "suspended");
    bool is_suspended = false, revives = false;
    token_fields_flag(suspended, "suspended", &is_suspended, errors);
    token_fields_flag(json_object_get(request->input, "revive"), "revive", &revives, errors);
    token_fields_revision(json_object_get(request->input, "revision"), &opts->revision, errors);
    if (suspended) opts->mask |= APITOKEN_UPDATE_SUSPENDED;
    opts->is_suspended = is_suspended;
    if (revives) opts->flags |= APITOKEN_UPDATE_REVIVE;
}

static bool read_update(struct request *request, struct update *update) {
    static const char *const members[] = { "name",     "description", "expires", "interfaces",
                                           "networks", "suspended",   "revive",  "revision" };
    struct field_errors errors = FIELD_ERRORS_NONE;
    read_texts(request, &update->opts, &errors);
    read_expires(request, &update->opts, &errors);
    read_lists(request, update, &errors);
    read_flags(request, &update->opts, &errors);
    field_errors_add_unknown(&errors, request->input, members, sizeof members / sizeof *members);
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

/* ---- actions --------------------------------------------------------------------------------- */

void token_update(struct request *request) {
    struct update update = { .opts = APITOKEN_UPDATE_OPTS_INIT };
    if (!read_update(request, &update)) return;
    if (update.opts.mask == 0)
        problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "NOTHING", "There is nothing to change.");
    else
        update_store(request, &update.opts);
}

void token_end_older(struct request *request) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.flags = APITOKEN_UPDATE_END_OLDER;
    update_store(request, &opts);
}
