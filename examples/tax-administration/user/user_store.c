/* SPDX-License-Identifier: MIT */
#include "user/user_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "exit_code.h"
#include "token_store.h"

int user_store_open(struct admin_db *db, const struct user_options *options, uint32_t flags,
                    apitoken_store **ret_store) {
    char *store = NULL, *keys = NULL;
    *ret_store = NULL;
    if (options->store) return token_store_open(options->store, options->keys, flags, ret_store);
    enum db_result result = admin_db_get_token_paths(db, &store, &keys);
    if (result == DB_NOT_FOUND) return EXIT_DONE;
    if (result != DB_OK) return EXIT_STORES;
    int code = token_store_open(store, keys, flags, ret_store);
    free(store);
    free(keys);
    return code;
}

int user_store_report(int code, const apitoken_error *err) {
    fprintf(stderr, "tax-administration: %s: %s\n", apitoken_error_name(code), err->text);
    return EXIT_STORES;
}
