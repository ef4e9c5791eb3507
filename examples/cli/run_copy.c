/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <string.h>

#include "command.h"
#include "open_store.h"
#include "output.h"
#include "report.h"

/* Returns 0 for an unknown format. */
static int parse_format(const char *name) {
    static const struct {
        const char *name;
        int format;
    } formats[] = {
        { "plain", APITOKEN_FORMAT_PLAIN },   { "bearer", APITOKEN_FORMAT_BEARER },
        { "header", APITOKEN_FORMAT_HEADER }, { "env", APITOKEN_FORMAT_ENV },
        { "curl", APITOKEN_FORMAT_CURL },     { "masked", APITOKEN_FORMAT_MASKED },
    };
    if (!name) return APITOKEN_FORMAT_PLAIN;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, name) == 0) return formats[i].format;
    }
    return 0;
}

static enum exit_code copy_token(apitoken_store *store, const struct command_line *line,
                                 int format) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    char text[APITOKEN_FORMAT_MAX + 1];
    size_t len;
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    int rc = apitoken_copy(store, owner, strlen(owner), id, strlen(id), format, NULL, text,
                           APITOKEN_FORMAT_MAX, &len, &err);
    return rc == 0 ? output_secret(text, len) : report_error(NULL, rc, &err);
}

enum exit_code run_copy(const struct command_line *line) {
    apitoken_store *store;
    int format = parse_format(line->value[OPTION_FORMAT]);
    if (format == 0)
        return report_usage("--format must be one of plain, bearer, header, env, curl, masked");
    /* The masked form contains no secret, so a verify-only keyring is enough. */
    uint32_t mode =
        format == APITOKEN_FORMAT_MASKED ? APITOKEN_MODE_VERIFY_ONLY : APITOKEN_MODE_READ_WRITE;
    enum exit_code code = open_store(line, mode, &store);
    if (code != EXIT_DONE) return code;
    code = copy_token(store, line, format);
    apitoken_store_close(store);
    return code;
}
