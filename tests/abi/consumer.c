/* SPDX-License-Identifier: MIT */
/*
 * A host program as it was written for 1.0. It is built twice: against the frozen header, which
 * shows that old programs run with the new library, and against today's, which shows that old
 * source still compiles. It knows nothing of the test support.
 */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1800000000000)
#define TEXT(literal) (literal), (sizeof(literal) - 1)

static int cases, failures;
static char dir[128], keys[160], verify_keys[160], store_path[160];
static int64_t now_ms = NOW;

static void check(const char *what, int good) {
    printf("%s %d - %s\n", good ? "ok" : "not ok", ++cases, what);
    failures += !good;
}

static int clock_cb(int64_t *ret_now_ms, void *ctx) {
    *ret_now_ms = *(const int64_t *)ctx;
    return 0;
}

static int zone_cb(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                   void *ctx) {
    (void)ctx;
    *ret_start_ms = day == 20270117 ? INT64_C(1800144000000) : 0;
    return zone_len != strlen(zone) || strcmp(zone, "Test/Zone") != 0;
}

static void log_cb(int level, int code, const char *text, void *ctx) {
    (void)level, (void)code, (void)text, (void)ctx;
}

static void make_paths(void) {
    const char *base = getenv("TEST_DIR");
    (void)snprintf(dir, sizeof dir, "%.80s/apitoken-XXXXXX", base ? base : "/var/tmp");
    if (!mkdtemp(dir)) {
        printf("Bail out! no temporary directory\n");
        exit(EXIT_FAILURE);
    }
    (void)snprintf(keys, sizeof keys, "%s/keys", dir);
    (void)snprintf(verify_keys, sizeof verify_keys, "%s/verify-keys", dir);
    (void)snprintf(store_path, sizeof store_path, "%s/store", dir);
}

static void remove_all(void) {
    static const char *const names[] = { "store/data.mdb",
                                         "store/lock.mdb",
                                         "store/writer.lock",
                                         "store/last-use",
                                         "store",
                                         "verify-keys",
                                         "keys",
                                         "" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[192];
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)remove(path);
    }
}

static apitoken_keyring *use_keyring(void) {
    apitoken_keyring_opts opts = APITOKEN_KEYRING_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    uint32_t id = 0;
    check("keyring create", apitoken_keyring_create(keys, &opts, NULL) == 0);
    check("keyring add key", apitoken_keyring_add_key(keys, &opts, &id, NULL) == 0 && id == 2);
    check("keyring activate key", apitoken_keyring_activate_key(keys, id, &opts, NULL) == 0);
    check("keyring export verify",
          apitoken_keyring_export_verify(keys, verify_keys, &opts, NULL) == 0);
    check("keyring load", apitoken_keyring_load(keys, &opts, &keyring, NULL) == 0);
    check("keyring facts",
          keyring && apitoken_keyring_count(keyring) == 2 &&
              apitoken_keyring_key_at(keyring, 1) == 2 && apitoken_keyring_active(keyring) == 2 &&
              apitoken_keyring_is_verify_only(keyring) == 0 &&
              apitoken_keyring_is_locked(keyring) >= 0 &&
              strlen(apitoken_keyring_fingerprint(keyring, 2)) == APITOKEN_FINGERPRINT_LEN);
    return keyring;
}

static apitoken_store *use_store(const apitoken_keyring *keyring) {
    apitoken_store_create_opts create = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    apitoken_grow_opts grow = APITOKEN_GROW_OPTS_INIT;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_stat_opts stat = APITOKEN_STAT_OPTS_INIT;
    apitoken_reload_opts reload = APITOKEN_RELOAD_OPTS_INIT;
    apitoken_store *store = NULL;
    create.copy_policy = APITOKEN_COPY_ALWAYS;
    create.prefix = "abi";
    create.prefix_len = 3;
    create.zone_id = "Test/Zone";
    create.zone_id_len = 9;
    create.map_bytes = 16u << 20;
    create.clock = clock_cb;
    create.clock_ctx = &now_ms;
    create.zone = zone_cb;
    check("store create", apitoken_store_create(store_path, keyring, &create, NULL) == 0);
    grow.actor = "consumer";
    grow.actor_len = 8;
    check("store grow", apitoken_store_grow(store_path, keyring, 20u << 20, &grow, NULL) == 0);
    open.mode = APITOKEN_MODE_READ_WRITE;
    open.clock = clock_cb;
    open.clock_ctx = &now_ms;
    open.zone = zone_cb;
    open.log = log_cb;
    check("store open", apitoken_store_open(store_path, keyring, &open, &store, NULL) == 0);
    check("store reload keys", apitoken_store_reload_keys(store, keyring, &reload, NULL) == 0);
    check("store stat", apitoken_store_stat(store, &stat, &info, NULL) == 0 &&
                            info.map_bytes == 20u << 20 && strcmp(info.prefix, "abi") == 0 &&
                            strcmp(info.zone, "Test/Zone") == 0 && info.created_ms == NOW);
    return store;
}

static void use_row(const char *what, const apitoken_token *row, const char *id) {
    check(what, row && strcmp(apitoken_token_id(row), id) == 0 &&
                    strcmp(apitoken_token_owner(row), "alice") == 0 &&
                    strcmp(apitoken_token_name(row), "import job") == 0 &&
                    strcmp(apitoken_token_description(row), "nightly") == 0 &&
                    apitoken_token_created_ms(row) == NOW &&
                    apitoken_token_expiry_kind(row) == APITOKEN_EXPIRY_DAY &&
                    apitoken_token_expires_day(row) == 20270116 &&
                    apitoken_token_expires_ms(row) == INT64_C(1800144000000) &&
                    strcmp(apitoken_token_expires_zone(row), "Test/Zone") == 0 &&
                    apitoken_token_state(row) == APITOKEN_STATE_VALID &&
                    apitoken_token_revoked_ms(row) == 0 &&
                    strcmp(apitoken_token_reason(row), "") == 0 &&
                    apitoken_token_is_copyable(row) == 1 && apitoken_token_last_used_ms(row) == 0);
}

static void use_rows(apitoken_store *store, const char *id) {
    apitoken_list_opts list = APITOKEN_LIST_OPTS_INIT;
    apitoken_show_opts show = APITOKEN_SHOW_OPTS_INIT;
    apitoken_page *page = NULL;
    apitoken_token *row = NULL;
    list.limit = 10;
    list.states = APITOKEN_STATE_VALID;
    check("list", apitoken_list(store, TEXT("alice"), &list, &page, NULL) == 0 &&
                      apitoken_page_count(page) == 1 && apitoken_page_cursor(page) == NULL);
    use_row("a row of the page", apitoken_page_at(page, 0), id);
    check("show", apitoken_show(store, TEXT("alice"), id, strlen(id), &show, &row, NULL) == 0);
    use_row("a row of its own", row, id);
    apitoken_token_free(row);
    apitoken_page_free(page);
}

static void use_token(apitoken_store *store, const char *text, size_t len, const char *id) {
    apitoken_validate_opts validate = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_copy_opts copy = APITOKEN_COPY_OPTS_INIT;
    char header[APITOKEN_FORMAT_MAX] = "", *value = header + strlen("Authorization: ");
    size_t header_len = 0;
    check("validate", apitoken_validate(store, text, len, &validate, &verdict, NULL) == 0 &&
                          verdict.code == 0 && strcmp(verdict.owner, "alice") == 0 &&
                          verdict.owner_len == 5 && strcmp(verdict.id, id) == 0 &&
                          verdict.expiry_kind == APITOKEN_EXPIRY_INSTANT &&
                          verdict.expires_ms == INT64_C(1800144000000));
    check("copy", apitoken_copy(store, TEXT("alice"), id, strlen(id), APITOKEN_FORMAT_HEADER, &copy,
                                header, sizeof header, &header_len, NULL) == 0 &&
                      header_len == strlen("Authorization: Bearer ") + len);
    check("validate header",
          apitoken_validate_header(store, value, strlen(value), &validate, &verdict, NULL) == 0);
}

static void use_revoke(apitoken_store *store, const char *text, size_t len, const char *id) {
    apitoken_revoke_opts revoke = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    revoke.reason = "left the company";
    revoke.reason_len = 16;
    check("revoke", apitoken_revoke(store, TEXT("alice"), id, strlen(id), &revoke, NULL) == 0);
    int rc = apitoken_validate(store, text, len, NULL, NULL, &err);
    check("a revoked token is refused",
          rc == APITOKEN_E_REVOKED && err.code == rc && strcmp(err.id, id) == 0);
    check("what the client is told",
          apitoken_error_class(rc) == APITOKEN_CLASS_DENIED && apitoken_public_status(rc) == 401 &&
              strcmp(apitoken_public_error(rc), "invalid_token") == 0 &&
              strcmp(apitoken_error_name(rc), "APITOKEN_E_REVOKED") == 0 &&
              *apitoken_error_text(rc));
}

static void use_verbs(apitoken_store *store) {
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_format_opts format = APITOKEN_FORMAT_OPTS_INIT;
    apitoken_secret *secret = NULL;
    char text[APITOKEN_FORMAT_MAX] = "", id[APITOKEN_ID_MAX + 1] = "";
    size_t len = 0;
    create.expiry_kind = APITOKEN_EXPIRY_DAY;
    create.expiry_day = 20270116;
    create.description = "nightly";
    create.description_len = 7;
    check("create",
          apitoken_create(store, TEXT("alice"), TEXT("import job"), &create, &secret, NULL) == 0);
    check("secret format", apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, &format, text,
                                                  sizeof text, &len, NULL) == 0 &&
                               len == 53);
    (void)snprintf(id, sizeof id, "%s", apitoken_secret_id(secret));
    check("secret id",
          strlen(id) == APITOKEN_ID_LEN && strncmp(text + strlen("abi_1"), id, strlen(id)) == 0);
    apitoken_secret_free(secret);
    use_rows(store, id);
    use_token(store, text, len, id);
    use_revoke(store, text, len, id);
}

static void use_days(void) {
    int32_t day = 0;
    char text[11] = "";
    check("day parse", apitoken_day_parse(TEXT("2027-01-16"), &day, NULL) == 0 && day == 20270116);
    check("day format", apitoken_day_format(day, text, sizeof text, NULL) == 0 &&
                            strcmp(text, "2027-01-16") == 0);
}

int main(void) {
    make_paths();
    apitoken_keyring *keyring = use_keyring();
    apitoken_store *store = keyring ? use_store(keyring) : NULL;
    if (store) use_verbs(store);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    use_days();
    check("version", apitoken_version() >= APITOKEN_VERSION && *apitoken_version_string());
    remove_all();
    printf("1..%d\n", cases);
    return failures != 0;
}
