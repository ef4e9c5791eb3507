/* SPDX-License-Identifier: MIT */
/*
 * Problem details (RFC 9457), each with a `code` that the web page translates. Every error answer
 * is made here.
 */
#ifndef TAX_ADMINISTRATION_PROBLEM_H
#define TAX_ADMINISTRATION_PROBLEM_H

#include "accounts/admin_db.h"
#include "http/field_errors.h"
#include "http/request.h"

/* `code` must be static text. */
void problem(struct request *request, unsigned status, const char *code, const char *detail);

/* 422 with the list of fields. Frees the list. */
void problem_input(struct request *request, struct field_errors *errors);

/*
 * A 401 must carry a challenge (RFC 9110 section 15.5.2). No browser knows this scheme, so none
 * opens a sign-in dialog of its own.
 */
#define SIGN_IN_CHALLENGE "Session realm=\"Tax Administration\""

/* 401: there is no session, or it has ended. */
void problem_no_session(struct request *request);

/* 500. Logs what failed. */
void problem_internal(struct request *request, const char *what);

/* 503: the host's own database failed, and has logged why. */
void problem_unavailable(struct request *request);

/* Answers an error of the library, by its code and class. */
void problem_library(struct request *request, const apitoken_error *err);

#endif
