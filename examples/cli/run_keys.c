/* SPDX-License-Identifier: MIT */
/* keys create, export-verify, add, activate, remove and list: they need no store. */
#include <apitoken/apitoken.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "key_id.h"
#include "open_store.h"
#include "output.h"
#include "report.h"
#include "table.h"

#define NUMBER_CAP 16

enum exit_code run_keys_create(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *path = line->operands[0];
    int rc = apitoken_keyring_create(path, NULL, &err);
    if (rc != 0) return report_error(path, rc, &err);
    report("created the keyring %s; keep a copy in a safe place", path);
    return EXIT_DONE;
}

enum exit_code run_keys_export_verify(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *path = line->operands[0], *out = line->operands[1];
    int rc = apitoken_keyring_export_verify(path, out, NULL, &err);
    if (rc != 0) return report_error(rc == APITOKEN_E_EXISTS ? out : path, rc, &err);
    report("created the verify-only keyring %s; chown it to the user that will read it", out);
    return EXIT_DONE;
}

enum exit_code run_keys_add(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *path = line->operands[0];
    uint32_t key_id;
    int rc = apitoken_keyring_add_key(path, NULL, &key_id, &err);
    if (rc != 0) return report_error(path, rc, &err);
    printf("%" PRIu32 "\n", key_id);
    report("added key %" PRIu32 " to %s; once every program has loaded it, run: "
           "apitoken keys activate %s %" PRIu32,
           key_id, path, path, key_id);
    return EXIT_DONE;
}

enum exit_code run_keys_activate(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *path = line->operands[0];
    uint32_t key_id = key_id_of(line->operands[1]);
    if (key_id == 0)
        return report_usage("ID must be the id of a key: see 'apitoken keys list %s'", path);
    int rc = apitoken_keyring_activate_key(path, key_id, NULL, &err);
    if (rc != 0) return report_error(path, rc, &err);
    report("new tokens use key %" PRIu32 " in every program that loads %s from now on", key_id,
           path);
    return EXIT_DONE;
}

enum exit_code run_keys_remove(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *path = line->operands[0];
    uint32_t key_id = key_id_of(line->operands[1]);
    if (key_id == 0)
        return report_usage("ID must be the id of a key: see 'apitoken keys list %s'", path);
    int rc = apitoken_keyring_remove_key(path, NULL, key_id, &err);
    if (rc != 0) return report_error(path, rc, &err);
    report("removed key %" PRIu32 " from %s; export the verify-only keyring again", key_id, path);
    return EXIT_DONE;
}

static bool add_key(struct table *table, const apitoken_keyring *keyring, size_t i) {
    char number[NUMBER_CAP];
    uint32_t id = apitoken_keyring_key_at(keyring, i);
    const char *fingerprint = apitoken_keyring_fingerprint(keyring, id);
    (void)snprintf(number, sizeof number, "%" PRIu32, id);
    struct table_cell row[] = {
        { number, NULL },
        { fingerprint ? fingerprint : "", NULL },
        { id == apitoken_keyring_active(keyring) ? "yes" : "no", NULL },
        { apitoken_keyring_is_verify_only(keyring) ? "verify-only" : "full", NULL },
    };
    return table_add(table, row);
}

enum exit_code run_keys_list(const struct command_line *line) {
    static const struct table_cell head[] = {
        { "id", "1" }, { "fingerprint", "1" }, { "active", "1" }, { "kind", "1" }
    };
    apitoken_keyring *keyring;
    struct table table;
    enum exit_code code = open_keyring(line->operands[0], &keyring);
    if (code != EXIT_DONE) return code;

    table_init(&table, sizeof head / sizeof *head);
    bool whole = table_add(&table, head);
    for (size_t i = 0; whole && i < apitoken_keyring_count(keyring); i++)
        whole = add_key(&table, keyring, i);
    if (whole)
        table_print(&table, output_has_colour());
    else
        code = report_no_memory();
    table_free(&table);
    apitoken_keyring_free(keyring);
    return code;
}
