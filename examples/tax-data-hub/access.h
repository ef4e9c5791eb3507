/* SPDX-License-Identifier: MIT */
/*
 * Who may come in: the token of a request and the public answer to one that is not good.
 */
#ifndef TAX_DATA_HUB_ACCESS_H
#define TAX_DATA_HUB_ACCESS_H

#include "request.h"

/*
 * Looks at the token of the request. True if it is good now: the verdict tells whose it is. False
 * otherwise, with the answer set. Asked twice for an import: before its body is read and before it
 * becomes visible.
 */
bool access_check(struct request *request);

#endif
