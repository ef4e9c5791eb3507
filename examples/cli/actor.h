/* SPDX-License-Identifier: MIT */
/* Who changes a token, as the store notes it. */
#ifndef APITOKEN_TOOL_ACTOR_H
#define APITOKEN_TOOL_ACTOR_H

#include <apitoken/apitoken.h>

#include "options.h"

#define ACTOR_CAP (APITOKEN_ACTOR_MAX + 1)

/*
 * The value of --actor; without it "tool:" and the login name of the user who runs the tool, or the
 * number of a user without a name. The text is static, and changed by the next call.
 */
const char *actor_of(const struct command_line *line);

/*
 * "tool:" and the login name, cut to what an actor may have. Every character that is not visible
 * ASCII, and %, becomes %XX.
 */
void actor_of_login(const char *login, char actor[ACTOR_CAP]);

#endif
