/* SPDX-License-Identifier: MIT */
/*
 * Who may come in: where a request comes from, whose session it is, and the proof that it is meant.
 */
#ifndef TAX_ADMINISTRATION_ACCESS_H
#define TAX_ADMINISTRATION_ACCESS_H

#include "accounts/admin_db.h"
#include "http/request.h"

/* Each is true if all is well, else the answer is set. */

bool access_check_origin(struct request *request);

/*
 * Finds the session and looks whether its account is still what it was when it signed in; ends it
 * otherwise. Asked twice for a request with a body: before it is read and before anything is done.
 */
bool access_check_session(struct request *request);

bool access_check_csrf(struct request *request);

/* Is the account of the session still there, with the same password? DB_NOT_FOUND if not. */
enum db_result access_account(struct request *request);

/* Ends the session that the request's cookie names, if there is one. */
void access_end_session(struct request *request);

#endif
