/* SPDX-License-Identifier: MIT */
/* /api/v1/session: signing in and out, and what the web page needs to know. */
#ifndef TAX_ADMINISTRATION_SESSION_API_H
#define TAX_ADMINISTRATION_SESSION_API_H

#include "accounts/admin_db.h"
#include "http/field_errors.h"
#include "http/request.h"

struct credentials {
    const char *name;
    size_t name_length;
    const char *password;
    size_t password_length;
};

/* A text of the request's input, which keeps it. */
enum field_fault session_read_text(json_t *object, const char *name, const char **ret_text,
                                   size_t *ret_length);

/*
 * Checks the password when the gate lets it, `browser` as in struct sign_in_who. False with the
 * answer set if it does not. *ret_result is DB_NOT_FOUND for an unknown name and for a wrong
 * password; with DB_OK *account is set, which must be wiped.
 */
bool session_check_password(struct request *request, const struct credentials *given,
                            const unsigned char *browser, struct account *account,
                            enum db_result *ret_result);

/* Begins a session in place of the request's own, if any, and answers with it. */
void session_begin(struct request *request, const struct account *account);

/* Each sets the request's answer. */
void session_show(struct request *request);
void session_sign_in(struct request *request);
void session_sign_out(struct request *request);

#endif
