/* SPDX-License-Identifier: MIT */
/* /api/v1/tokens: list, show, copy. The owner is always the account of the session. */
#ifndef TAX_ADMINISTRATION_TOKENS_API_H
#define TAX_ADMINISTRATION_TOKENS_API_H

#include "http/request.h"

/* Each sets the request's answer. */
void tokens_list(struct request *request);
void tokens_show(struct request *request);
void tokens_copy(struct request *request);

/* apitoken_show() for a token of the session's account. Puts its id into the access log. */
int tokens_find(struct request *request, const char *id, apitoken_token **ret_token,
                apitoken_error *err);

/*
 * Under the copy policy `once`: adds the text of the token, which no later answer carries. Takes
 * the object over; NULL if there is no memory.
 */
json_t *tokens_add_text(json_t *body, const struct request *request, const apitoken_secret *secret);

#endif
