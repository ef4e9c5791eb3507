/* SPDX-License-Identifier: MIT */
#include "api/retry_key.h"

#include <stdio.h>
#include <string.h>

#include "clocks.h"

#define KEY_HEADER "Idempotency-Key"

bool retry_key_begin(struct request *request, struct retry_key *ret_key) {
    const size_t count = http_header_count(request->connection, KEY_HEADER);
    const char *text = http_header(request->connection, KEY_HEADER);
    ret_key->text[0] = '\0';
    if (count == 0) return true;
    if (count > 1 || !text || !import_key_is_valid(text)) {
        http_answer_problem(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT,
                            "Idempotency-Key must be given once, and be 1 to 64 of the characters "
                            "A-Z a-z 0-9 - _.");
        return false;
    }
    snprintf(ret_key->text, sizeof ret_key->text, "%s", text);
    crypto_generichash_init(&ret_key->hash, NULL, 0, IMPORTS_DIGEST_LEN);
    return true;
}

void retry_key_take(struct retry_key *key, const char *bytes, size_t length) {
    if (!*key->text) return;
    crypto_generichash_update(&key->hash, (const unsigned char *)bytes, length);
}

const struct import_key *retry_key_end(const struct request *request, struct retry_key *key) {
    if (!*key->text) return NULL;
    key->key = (struct import_key){ .owner = request->verdict.owner,
                                    .interface = request->route.interface,
                                    .text = key->text };
    crypto_generichash_final(&key->hash, key->key.digest, sizeof key->key.digest);
    return &key->key;
}

static enum retry_outcome answer_failure(struct request *request) {
    http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "The import could not be stored.");
    return RETRY_ANSWERED;
}

static enum retry_outcome find_import(struct request *request, uint64_t import,
                                      struct import_row *ret_row) {
    switch (imports_db_get(request->hub->imports, request->verdict.owner, import, ret_row)) {
    case DB_OK: return RETRY_REPEATED;
    case DB_NOT_FOUND:
        http_answer_problem(&request->answer, MHD_HTTP_GONE,
                            "The import that was made under this Idempotency-Key was deleted. To "
                            "import again, use another key.");
        return RETRY_ANSWERED;
    default: return answer_failure(request);
    }
}

enum retry_outcome retry_key_find(struct request *request, const struct import_key *key,
                                  struct import_row *ret_row) {
    enum import_key_state state = IMPORT_KEY_FREE;
    uint64_t import = 0;
    if (imports_db_find_key(request->hub->imports, key, wall_clock_ms(), &state, &import) != DB_OK)
        return answer_failure(request);
    switch (state) {
    case IMPORT_KEY_FREE: return RETRY_NEW;
    case IMPORT_KEY_SAME: return find_import(request, import, ret_row);
    case IMPORT_KEY_OTHER: break;
    }
    http_answer_problem(&request->answer, MHD_HTTP_UNPROCESSABLE_CONTENT,
                        "This Idempotency-Key was used for another body.");
    return RETRY_ANSWERED;
}
