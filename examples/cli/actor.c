/* SPDX-License-Identifier: MIT */
#include "actor.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "tool:"

void actor_of_login(const char *login, char actor[ACTOR_CAP]) {
    size_t len = sizeof PREFIX - 1;
    memcpy(actor, PREFIX, sizeof PREFIX);
    for (; *login; login++) {
        const unsigned char c = (unsigned char)*login;
        const int is_plain = c > 0x20 && c < 0x7F && c != '%';
        const size_t need = is_plain ? 1 : 3;
        if (len + need >= ACTOR_CAP) return;
        (void)snprintf(actor + len, ACTOR_CAP - len, is_plain ? "%c" : "%%%02X", c);
        len += need;
    }
}

const char *actor_of(const struct command_line *line) {
    static char actor[ACTOR_CAP];
    if (line->value[OPTION_ACTOR]) return line->value[OPTION_ACTOR];
    /* not the environment, which says what its user wants */
    const uid_t uid = getuid();
    const struct passwd *user = getpwuid(uid);
    if (user && user->pw_name && *user->pw_name)
        actor_of_login(user->pw_name, actor);
    else
        (void)snprintf(actor, sizeof actor, PREFIX "%lu", (unsigned long)uid);
    return actor;
}
