/* SPDX-License-Identifier: MIT */
/* All stored records, for those who read or write more than one kind. */
#ifndef APITOKEN_RULES_RECORD_H
#define APITOKEN_RULES_RECORD_H

#include "rules/record_audit.h"
#include "rules/record_hot.h"
#include "rules/record_owner.h"
#include "rules/record_policy.h"
#include "rules/record_slots.h"
#include "rules/record_row.h"
#include "rules/record_store.h"

#endif
