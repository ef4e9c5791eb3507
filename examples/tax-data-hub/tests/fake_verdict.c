/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD for the hub's test: apitoken_validate_header() returns the code in the file that
 * HUB_TEST_CODE names, as long as that file exists.
 */
#include <apitoken/apitoken.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*validate_fn)(apitoken_store *, const char *, size_t, const apitoken_validate_opts *,
                           apitoken_verdict *, apitoken_error *);

static bool read_code(int *ret_code) {
    const char *path = getenv("HUB_TEST_CODE");
    FILE *file = path ? fopen(path, "re") : NULL;
    bool found = file && fscanf(file, "%d", ret_code) == 1;
    if (file) fclose(file);
    return found;
}

int apitoken_validate_header(apitoken_store *store, const char *value, size_t value_len,
                             const apitoken_validate_opts *opts, apitoken_verdict *ret_verdict,
                             apitoken_error *err) {
    validate_fn real;
    void *symbol = dlsym(RTLD_NEXT, "apitoken_validate_header");
    int code = 0;
    if (read_code(&code)) {
        ret_verdict->code = code;
        return code;
    }
    memcpy(&real, &symbol, sizeof real);
    return real(store, value, value_len, opts, ret_verdict, err);
}
