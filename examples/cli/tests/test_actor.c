/* SPDX-License-Identifier: MIT */
/* The actor of a login name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cases.h>

#include "actor.h"

static void assert_actor(const char *login, const char *want) {
    char actor[ACTOR_CAP + 1];
    actor[ACTOR_CAP] = '#';
    actor_of_login(login, actor);
    assert_string_equal(actor, want);
    assert_int_equal(actor[ACTOR_CAP], '#');
}

static void a_login_name_becomes_an_actor(void **state) {
    (void)state;
    assert_actor("alice", "tool:alice");
    assert_actor("DOMAIN\\alice-1_x.y$", "tool:DOMAIN\\alice-1_x.y$");
    assert_actor("", "tool:");
}

static void what_an_actor_may_not_have_is_escaped(void **state) {
    (void)state;
    assert_actor("a b", "tool:a%20b");
    assert_actor("100%", "tool:100%25");
    assert_actor("a\n\033[31m\x7f", "tool:a%0A%1B[31m%7F");
    assert_actor("m\xc3\xbcller", "tool:m%C3%BCller");
    assert_actor("\xff", "tool:%FF");
}

static void a_long_login_name_is_cut(void **state) {
    (void)state;
    char login[300], want[300] = "tool:";
    memset(login, 'a', sizeof login);
    login[sizeof login - 1] = '\0';
    memset(want + 5, 'a', APITOKEN_ACTOR_MAX - 5);
    assert_actor(login, want);
    login[APITOKEN_ACTOR_MAX - 5] = '\0'; /* it just fits */
    assert_actor(login, want);
    /* no part of an escape is left */
    login[APITOKEN_ACTOR_MAX - 5 - 2] = ' ';
    want[APITOKEN_ACTOR_MAX - 2] = '\0';
    assert_actor(login, want);
    login[APITOKEN_ACTOR_MAX - 5 - 3] = ' ';
    login[APITOKEN_ACTOR_MAX - 5 - 2] = '\0';
    memcpy(want + APITOKEN_ACTOR_MAX - 3, "%20", 4);
    assert_actor(login, want);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_login_name_becomes_an_actor),
        cmocka_unit_test(what_an_actor_may_not_have_is_escaped),
        cmocka_unit_test(a_long_login_name_is_cut),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
