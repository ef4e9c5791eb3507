/* SPDX-License-Identifier: MIT */
/*
 * Was a token made whose creation nobody saw the end of?
 */
#ifndef TAX_ADMINISTRATION_FIND_MADE_H
#define TAX_ADMINISTRATION_FIND_MADE_H

#include "api/create_input.h"

enum { FIND_UNAVAILABLE = 1 }; /* the host's own store cannot tell */

/*
 * 0 with its id; APITOKEN_E_NOT_FOUND if there is none; otherwise it cannot be told now. If the
 * creation knows the id that the token would have, that decides. If not, the process died in
 * between: then it is the first token since the creation began that equals what is asked for and
 * was not made under another key.
 */
int find_made(struct request *request, const struct create_input *input,
              const struct creation *creation, char ret_id[APITOKEN_ID_MAX + 1],
              apitoken_error *err);

#endif
