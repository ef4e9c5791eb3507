/* SPDX-License-Identifier: MIT */
#include "api/token_api.h"

#include <string.h>

#include "http/access.h"
#include "rfc3339.h"
#include "token_json.h"

/*
 * Not the description, the networks or the data of the token: they are notes of its owner, or tell
 * a thief from where it would be valid.
 */
static const char *const shown[] = { "id",      "owner",       "name",      "state",
                                     "expires", "expires_day", "interfaces" };

static json_t *superseded_json(const apitoken_verdict *verdict) {
    char until[RFC3339_CAP];
    if (verdict->superseded_until_ms == 0) return json_null();
    rfc3339_format(verdict->superseded_until_ms, until);
    return json_pack("{s:s}", "until", until);
}

static json_t *token_body(const apitoken_token *token, const apitoken_verdict *verdict) {
    json_t *all = token_to_json(token);
    json_t *body = all ? json_object() : NULL;
    bool is_whole = body != NULL;
    for (size_t i = 0; is_whole && i < sizeof shown / sizeof shown[0]; i++)
        is_whole = json_object_set(body, shown[i], json_object_get(all, shown[i])) == 0;
    is_whole = is_whole && json_object_set_new(body, "superseded", superseded_json(verdict)) == 0;
    json_decref(all);
    if (is_whole) return body;
    json_decref(body);
    return NULL;
}

void token_answer(struct request *request) {
    const apitoken_verdict *verdict = &request->verdict;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;
    int code = apitoken_show(request->hub->tokens, verdict->owner, verdict->owner_len, verdict->id,
                             strlen(verdict->id), NULL, &token, &err);
    if (code != 0) {
        access_answer_failure(request, code, &err);
        return;
    }
    http_answer_json(&request->answer, MHD_HTTP_OK, token_body(token, verdict));
    apitoken_token_free(token);
}
