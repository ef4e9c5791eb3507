/* SPDX-License-Identifier: MIT */
/* POST /api/v1/admin/tokens/{id}/revoke and /api/v1/admin/revoke-all */
#include <string.h>

#include "accounts/accounts.h"
#include "api/admin_api.h"
#include "http/problem.h"
#include "token_json.h"

bool admin_is_session(const struct request *request) {
    const struct admin *admin = request->admin;
    for (size_t i = 0; admin->overview && i < admin->admin_count; i++)
        if (strcmp(admin->admins[i], request->session.name) == 0) return true;
    return false;
}

bool admin_check(struct request *request) {
    if (admin_is_session(request)) return true;
    problem(request, MHD_HTTP_FORBIDDEN, "NOT_ADMIN", "Only an administrator may do this.");
    return false;
}

enum db_result admin_find_owner(struct request *request, const char *name, size_t length,
                                char ret_owner[ACCOUNT_ID_LEN + 1]) {
    struct account account;
    if (!login_name_is_valid(name, length)) return DB_NOT_FOUND;
    enum db_result result = account_by_name(request->admin->db, name, &account);
    if (result == DB_OK) memcpy(ret_owner, account.id, sizeof account.id);
    explicit_bzero(&account, sizeof account);
    return result;
}

/* ---- input ----------------------------------------------------------------------------------- */

/* The texts belong to the request's input. */
struct order {
    const char *owner;
    size_t owner_length;
    apitoken_revoke_opts opts;
};

static void read_owner(json_t *value, struct order *order, struct field_errors *errors) {
    if (!value || !json_is_string(value)) {
        field_errors_add(errors, "owner", value ? FIELD_TYPE : FIELD_MISSING);
        return;
    }
    order->owner = json_string_value(value);
    order->owner_length = json_string_length(value);
    if (order->owner_length == 0 || order->owner_length > APITOKEN_OWNER_MAX)
        field_errors_add(errors, "owner", FIELD_VALUE);
}

static void read_reason(json_t *value, struct order *order, struct field_errors *errors) {
    if (!value || json_is_null(value)) return;
    if (!json_is_string(value)) {
        field_errors_add(errors, "reason", FIELD_TYPE);
        return;
    }
    order->opts.reason_len = (uint32_t)json_string_length(value);
    order->opts.reason = order->opts.reason_len ? json_string_value(value) : NULL;
}

static bool read_order(struct request *request, struct order *ret) {
    static const char *const members[] = { "owner", "reason" };
    struct field_errors errors = FIELD_ERRORS_NONE;
    *ret = (struct order){ .opts = APITOKEN_REVOKE_OPTS_INIT };
    read_owner(json_object_get(request->input, "owner"), ret, &errors);
    read_reason(json_object_get(request->input, "reason"), ret, &errors);
    field_errors_add_unknown(&errors, request->input, members, 2);
    ret->opts.actor = request->session.name;
    ret->opts.actor_len = (uint32_t)strlen(request->session.name);
    ret->opts.reason_code = APITOKEN_REASON_ADMINISTRATOR;
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

/* ---- actions --------------------------------------------------------------------------------- */

/* A full store keeps its last room for revokes without a reason. */
static bool is_worth_less_text(int rc, struct order *order) {
    if (rc != APITOKEN_E_FULL || !order->opts.reason) return false;
    order->opts.reason = NULL;
    order->opts.reason_len = 0;
    return true;
}

static int revoke_one(struct request *request, const struct order *order, apitoken_error *err) {
    const char *id = request->route.id;
    return apitoken_revoke(request->admin->overview, order->owner, order->owner_length, id,
                           strlen(id), &order->opts, err);
}

static void answer_token(struct request *request, const struct order *order) {
    const char *id = request->route.id;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;
    if (apitoken_show(request->admin->overview, order->owner, order->owner_length, id, strlen(id),
                      NULL, &token, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    memcpy(request->token_id, request->route.id, sizeof request->token_id);
    http_answer_json(&request->answer, MHD_HTTP_OK, token_to_json(token));
    apitoken_token_free(token);
}

void admin_revoke(struct request *request) {
    struct order order;
    apitoken_error err = APITOKEN_ERROR_INIT;
    if (!admin_check(request) || !read_order(request, &order)) return;
    int rc = revoke_one(request, &order, &err);
    if (is_worth_less_text(rc, &order)) rc = revoke_one(request, &order, &err);
    if (rc != 0)
        problem_library(request, &err);
    else
        answer_token(request, &order);
}

static int revoke_all(struct request *request, const struct order *order, uint64_t *count,
                      apitoken_error *err) {
    uint64_t more = 0;
    int rc = apitoken_revoke_all(request->admin->overview, order->owner, order->owner_length, NULL,
                                 0, &order->opts, &more, err);
    *count += more;
    return rc;
}

void admin_revoke_all(struct request *request) {
    struct order order;
    apitoken_error err = APITOKEN_ERROR_INIT;
    uint64_t count = 0;
    if (!admin_check(request) || !read_order(request, &order)) return;
    int rc = revoke_all(request, &order, &count, &err);
    if (is_worth_less_text(rc, &order)) rc = revoke_all(request, &order, &count, &err);
    if (rc != 0)
        problem_library(request, &err);
    else
        http_answer_json(&request->answer, MHD_HTTP_OK,
                         json_pack("{s:I}", "revoked", (json_int_t)count));
}
