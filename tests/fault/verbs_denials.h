/* SPDX-License-Identifier: MIT */
/*
 * The verbs that take rights away, each from a token of its own, and what belongs to them: undo,
 * policy, audit, keys. A success has denied the token; an error other than "maybe" of a verb that
 * is one step has not.
 */
#ifndef VERBS_DENIALS_H
#define VERBS_DENIALS_H

#include "verbs.h"

int verb_suspend(struct world *w);
int verb_end_earlier(struct world *w);
int verb_restrict(struct world *w);   /* to a network */
int verb_rotate(struct world *w);     /* the older secret ends at once */
int verb_block(struct world *w);      /* the owner */
int verb_revoke_all(struct world *w); /* of the owner */
int verb_retire_key(struct world *w); /* of a store of its own, and its tokens */
int verb_unrevoke(struct world *w);   /* the one that gives rights back */
int verb_policy_set(struct world *w); /* takes none */
int verb_keyring_remove(struct world *w);
int verb_audit(struct world *w);

#endif
