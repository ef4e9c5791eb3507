/* SPDX-License-Identifier: MIT */
/* Checks the token of a request, and answers a request without a valid one. */
#ifndef TAX_DATA_HUB_ACCESS_H
#define TAX_DATA_HUB_ACCESS_H

#include "http/request.h"

/*
 * Validates the token of the request for the interface that it imports at, or for "imports:read" or
 * "imports:delete", and for the address of the connection. A token may ask about itself whatever
 * its interfaces are. Returns true if it is valid now: request->verdict then names the owner.
 * Otherwise sets the answer and returns false. For an import this is called twice: before its body
 * is read, and just before it becomes visible.
 */
bool access_check(struct request *request);

/* Answers that the token store failed, and logs why. */
void access_answer_failure(struct request *request, int code, const apitoken_error *err);

/*
 * Adds `Token-Expires` to a successful answer if the token, or the older secret of it that was
 * used, ends within 30 days: the first instant at which it is no longer valid (RFC 3339).
 */
void access_announce_end(struct request *request);

#endif
