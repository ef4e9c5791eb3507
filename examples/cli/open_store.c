/* SPDX-License-Identifier: MIT */
#include "open_store.h"

#include "report.h"

static void log_line(int level, int code, const char *text, void *ctx) {
    (void)ctx;
    (void)code;
    /* other levels matter only to programs that run longer than a command */
    if (level == APITOKEN_LOG_ERROR) report("%s", text);
}

enum exit_code report_store_error(const struct command_line *line, int code,
                                  const apitoken_error *err) {
    switch (code) {
    case APITOKEN_E_KEYS_VERIFY:
    case APITOKEN_E_KEY_WRONG:
    case APITOKEN_E_KEY_MISSING: return report_error(line->value[OPTION_KEYS], code, err);
    default: return report_error(line->value[OPTION_STORE], code, err);
    }
}

uint32_t any_fs_flag(const struct command_line *line) {
    return line->value[OPTION_ANY_FS] ? APITOKEN_ANY_FILE_SYSTEM : 0;
}

enum exit_code open_keyring(const char *path, apitoken_keyring **ret_keyring) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = apitoken_keyring_load(path, NULL, ret_keyring, &err);
    return rc == 0 ? EXIT_DONE : report_error(path, rc, &err);
}

static enum exit_code open_as(const struct command_line *line, uint32_t mode, uint32_t flags,
                              apitoken_store **ret_store) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_keyring *keyring;
    enum exit_code code = open_keyring(line->value[OPTION_KEYS], &keyring);
    if (code != EXIT_DONE) return code;
    opts.mode = mode;
    opts.flags = flags | any_fs_flag(line);
    opts.log = log_line;
    int rc = apitoken_store_open(line->value[OPTION_STORE], keyring, &opts, ret_store, &err);
    apitoken_keyring_free(keyring);
    return rc == 0 ? EXIT_DONE : report_store_error(line, rc, &err);
}

enum exit_code open_store(const struct command_line *line, uint32_t mode,
                          apitoken_store **ret_store) {
    return open_as(line, mode, 0, ret_store);
}

enum exit_code open_store_for_admin(const struct command_line *line, apitoken_store **ret_store) {
    return open_as(line, APITOKEN_MODE_READ_WRITE, APITOKEN_OPEN_ADMIN, ret_store);
}
