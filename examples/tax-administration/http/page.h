/* SPDX-License-Identifier: MIT */
/*
 * The page: its files as they are, its one HTML file with the language filled in.
 */
#ifndef TAX_ADMINISTRATION_PAGE_H
#define TAX_ADMINISTRATION_PAGE_H

#include "http/request.h"

/* Sets the request's answer. */
void page_answer(struct request *request);

#endif
