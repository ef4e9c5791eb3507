/* SPDX-License-Identifier: MIT */
#include "api/find_made.h"

#include <stdio.h>
#include <string.h>

static int find_by_id(struct request *request, const char *id, apitoken_error *err) {
    const char *owner = request->session.account;
    apitoken_token *token = NULL;

    int rc = apitoken_show(request->admin->tokens, owner, strlen(owner), id, strlen(id), NULL,
                           &token, err);
    if (rc == 0) apitoken_token_free(token);
    return rc;
}

static bool is_text(const char *stored, const char *asked, size_t length) {
    return strlen(stored) == length && (length == 0 || memcmp(stored, asked, length) == 0);
}

static bool is_as_asked(const apitoken_token *token, const struct create_input *input,
                        int64_t since_ms) {
    return apitoken_token_created_ms(token) >= since_ms &&
           (uint32_t)apitoken_token_expiry_kind(token) == input->expiry_kind &&
           apitoken_token_expires_day(token) == input->day &&
           is_text(apitoken_token_name(token), input->name, input->name_length) &&
           is_text(apitoken_token_description(token), input->description,
                   input->description_length);
}

static int find_on_page(struct request *request, const struct create_input *input, int64_t since_ms,
                        const apitoken_page *page, char ret_id[APITOKEN_ID_MAX + 1]) {
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        const apitoken_token *token = apitoken_page_at(page, i);
        if (!is_as_asked(token, input, since_ms)) continue;
        enum db_result result =
            creation_has_id(request->admin->db, request->session.account, apitoken_token_id(token));
        if (result == DB_OK) continue;
        if (result != DB_NOT_FOUND) return FIND_UNAVAILABLE;
        snprintf(ret_id, APITOKEN_ID_MAX + 1, "%s", apitoken_token_id(token));
        return 0;
    }
    return APITOKEN_E_NOT_FOUND;
}

static int find_by_content(struct request *request, const struct create_input *input,
                           int64_t since_ms, char ret_id[APITOKEN_ID_MAX + 1],
                           apitoken_error *err) {
    const char *owner = request->session.account;
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1] = "";

    opts.limit = APITOKEN_LIST_MAX;
    do {
        apitoken_page *page = NULL;
        if (*cursor) {
            opts.cursor = cursor;
            opts.cursor_len = (uint32_t)strlen(cursor);
        }
        int rc = apitoken_list(request->admin->tokens, owner, strlen(owner), &opts, &page, err);
        if (rc != 0) return rc;
        rc = find_on_page(request, input, since_ms, page, ret_id);
        const char *next = apitoken_page_cursor(page);
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        apitoken_page_free(page);
        if (rc != APITOKEN_E_NOT_FOUND) return rc;
    } while (*cursor);
    return APITOKEN_E_NOT_FOUND;
}

int find_made(struct request *request, const struct create_input *input,
              const struct creation *creation, char ret_id[APITOKEN_ID_MAX + 1],
              apitoken_error *err) {
    if (!*creation->id) return find_by_content(request, input, creation->begun_ms, ret_id, err);
    snprintf(ret_id, APITOKEN_ID_MAX + 1, "%s", creation->id);
    return find_by_id(request, creation->id, err);
}
