/* SPDX-License-Identifier: MIT */
/*
 * Problems (RFC 9457), each with the `code` by which the page knows it. All answers that refuse are
 * made here.
 */
#ifndef TAX_ADMINISTRATION_PROBLEM_H
#define TAX_ADMINISTRATION_PROBLEM_H

#include "accounts/admin_db.h"
#include "http/field_errors.h"
#include "http/request.h"

/* `code` is static text. */
void problem(struct request *request, unsigned status, const char *code, const char *detail);

/* 422 with the list of fields, which is taken over. */
void problem_input(struct request *request, struct field_errors *errors);

/*
 * A 401 must carry a challenge (RFC 9110 section 15.5.2). Of a scheme that no browser knows, so
 * that none shows a form of its own.
 */
#define SIGN_IN_CHALLENGE "Session realm=\"Tax Administration\""

/* 401: there is no session, or no longer. */
void problem_no_session(struct request *request);

/* 500, after saying in the log what failed. */
void problem_internal(struct request *request, const char *what);

/* 503 for the host's own store, which has said in the log what failed. */
void problem_unavailable(struct request *request);

/* The answer to an error of the library, by its code and class. */
void problem_library(struct request *request, const apitoken_error *err);

#endif
