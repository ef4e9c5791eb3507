/* SPDX-License-Identifier: MIT */
/*
 * Tax Administration: an HTTP host with a web page on which users create, copy and revoke their API
 * tokens. libapitoken runs in this process.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts/admin_db.h"
#include "accounts/password.h"
#include "accounts/sessions.h"
#include "accounts/sign_in_gate.h"
#include "admin.h"
#include "data_directory.h"
#include "exit_code.h"
#include "http/access.h"
#include "http/body.h"
#include "http/host_name.h"
#include "http_listen.h"
#include "http_log.h"
#include "options.h"
#include "server.h"
#include "token_store.h"
#include "user/user_command.h"

static int open_tokens(const struct options *options, struct admin *admin) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    int code = token_store_open(options->http.store, options->http.keys, 0, &admin->tokens);
    if (code == EXIT_DONE && options->admin_count > 0)
        code = token_store_open(options->http.store, options->http.keys, APITOKEN_OPEN_ADMIN,
                                &admin->overview);
    if (code != EXIT_DONE) return code;
    admin->facts = (apitoken_store_info)APITOKEN_STORE_INFO_INIT;
    if (apitoken_store_stat(admin->tokens, NULL, &admin->facts, &err) == 0) return EXIT_DONE;
    http_log("token store %s: %s: %s", options->http.store, apitoken_error_name(err.code),
             err.text);
    return EXIT_STORES;
}

/*
 * Without the rules of the store's zone no token could get an expiration date: found out now, not
 * when the first user needs one.
 */
static int check_zone(const struct options *options, const struct admin *admin) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    int32_t day;
    if (apitoken_day_today(admin->tokens, &day, &err) == 0) return EXIT_DONE;
    http_log("token store %s: cannot tell today's date in its time zone %s: %s: %s",
             options->http.store, admin->facts.zone, apitoken_error_name(err.code), err.text);
    if (err.code == APITOKEN_E_ZONE_DATA || err.code == APITOKEN_E_ZONE)
        http_log("install the time zone data of the system, which has the rules of %s: the package "
                 "tzdata",
                 admin->facts.zone);
    return EXIT_STORES;
}

/* By these paths `user remove` finds the tokens, whatever directory it runs in. */
static bool record_token_paths(const struct options *options, struct admin *admin) {
    char *store = realpath(options->http.store, NULL);
    char *keys = realpath(options->http.keys, NULL);
    bool is_known = store && keys && admin_db_set_token_paths(admin->db, store, keys) == DB_OK;
    free(store);
    free(keys);
    return is_known;
}

static int open_data(const struct options *options, struct admin *admin, int *ret_fd) {
    const char *why = "";
    /* Only one process can know the sessions and the running creations. */
    int fd = data_directory_open(options->http.data, &why);
    if (fd < 0) {
        http_log("--data %s: %s", options->http.data, why);
        return EXIT_STORES;
    }
    *ret_fd = fd;
    if (admin_db_open(options->http.data, &admin->db) != DB_OK ||
        !record_token_paths(options, admin)) {
        http_log("cannot open the accounts in %s", options->http.data);
        return EXIT_STORES;
    }
    return EXIT_DONE;
}

static int prepare_sign_in(const struct options *options, struct admin *admin) {
    if (!password_init()) {
        http_log("cannot verify passwords: libsodium is unavailable or out of memory");
        return EXIT_STORES;
    }
    if (admin_db_browser_key(admin->db, admin->browser_key) != DB_OK) {
        http_log("cannot read or make the key for known browsers");
        return EXIT_STORES;
    }
    admin->gate = sign_in_gate_new();
    admin->sessions = sessions_new((int64_t)options->idle_s, (int64_t)options->lifetime_s);
    if (admin->gate && admin->sessions) return EXIT_DONE;
    http_log("cannot keep sessions: out of memory");
    return EXIT_STORES;
}

static void warn_of_clear_text(const struct options *options, const struct admin *admin) {
    if (admin->is_https || host_address_is_loopback(options->http.bind)) return;
    http_log("WARNING: %s can be reached from other machines, and there is no https:// --origin. "
             "Whoever can read the network between a user and this host reads passwords and tokens "
             "there. Put a proxy with TLS in front, let the host listen on " HTTP_LOOPBACK
             ", and give --origin https://NAME",
             options->http.bind);
}

static int serve(const struct options *options, struct admin *admin) {
    struct http_host host = server_host(admin);
    int socket_fd = http_listen(options->http.bind, options->http.port);
    if (socket_fd < 0) return EXIT_NETWORK;
    warn_of_clear_text(options, admin);
    return http_serve(socket_fd, &host) == 0 ? EXIT_DONE : EXIT_NETWORK;
}

static int run(const struct options *options) {
    struct admin admin = { .creation_lock = PTHREAD_MUTEX_INITIALIZER,
                           .origin = options->origin,
                           .hub_url = options->hub_url,
                           .keys = options->http.keys,
                           .admins = options->admins,
                           .admin_count = options->admin_count };
    int data_fd = -1;
    admin.is_https = options->origin && origin_is_https(options->origin);
    int code = open_tokens(options, &admin);
    if (code == EXIT_DONE) code = check_zone(options, &admin);
    if (code == EXIT_DONE) code = open_data(options, &admin, &data_fd);
    if (code == EXIT_DONE) code = prepare_sign_in(options, &admin);
    if (code == EXIT_DONE) code = serve(options, &admin);

    sessions_free(admin.sessions);
    sign_in_gate_free(admin.gate);
    admin_db_close(admin.db);
    if (data_fd >= 0) close(data_fd);
    apitoken_store_close(admin.overview);
    apitoken_store_close(admin.tokens);
    explicit_bzero(admin.browser_key, sizeof admin.browser_key);
    return code;
}

int main(int argc, char **argv) {
    struct options options;
    http_log_open("tax-administration");
    if (argc > 1 && strcmp(argv[1], "user") == 0) return user_command(argc - 1, argv + 1);
    int code = options_parse(argc, argv, &options);
    if (code >= 0) return code;
    body_init_json();
    http_signals_prepare();
    return run(&options);
}
