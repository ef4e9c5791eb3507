/* SPDX-License-Identifier: MIT */
/*
 * What is done to a token that exists. The owner is always the account of the session, and its name
 * is the actor in the audit.
 */
#ifndef TAX_ADMINISTRATION_MAINTAIN_H
#define TAX_ADMINISTRATION_MAINTAIN_H

#include "http/request.h"

/* Each sets the request's answer. */
void token_update(struct request *request);
void token_end_older(struct request *request);
void token_rotate(struct request *request);
void token_revoke(struct request *request);
void token_unrevoke(struct request *request);
void token_activity(struct request *request);

/* { records, next } of a page of the audit; NULL if out of memory. */
json_t *activity_page_json(const apitoken_audit_page *page);

#endif
