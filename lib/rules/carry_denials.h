/* SPDX-License-Identifier: MIT */
/*
 * What a restore carries over: a restored token may do nothing that its backup or the store that is
 * replaced, as far as its records were found, denies. Name, description and the like are those of
 * the backup; the secrets, and the host's data, are those of the replaced store, which alone knows
 * which of them its owner still holds.
 */
#ifndef APITOKEN_RULES_CARRY_DENIALS_H
#define APITOKEN_RULES_CARRY_DENIALS_H

#include <stdbool.h>

#include "rules/record_owner.h"
#include "rules/token_pair.h"

/* What the replaced store proves of a token: the newest records found that have right tags. */
struct atk_proof {
    const struct atk_hot *hot; /* NULL: none was found */
    const struct atk_row *row; /* NULL: none was found */
    /* of a store in order: it is how the token was last. Else a record that is older than that of
     * the backup proves nothing but a revoke */
    bool is_whole;
};

/* Which denials came over, or would have to be told; bits. */
enum atk_carried {
    ATK_CARRIED_REVOKED = 1,
    ATK_CARRIED_SUSPENDED = 2,
    ATK_CARRIED_BLOCKED = 4,
    ATK_CARRIED_SECRET = 8, /* the newest one of the backup is older by now, or over */
    ATK_CARRIED_OLDER = 16, /* the older one of the backup is over, or ends earlier */
    ATK_CARRIED_END = 32,
    ATK_CARRIED_INTERFACES = 64,
    ATK_CARRIED_NETWORKS = 128,
    ATK_CARRIED_NEWER = 256,   /* what only a newer version understands */
    ATK_CARRIED_OTHER = 512,   /* no denial: the data of the host, or a code of a revoke */
    ATK_CARRIED_NO_ROOM = 1024 /* newer versions fill a record: it cannot be stored */
};

/*
 * Takes from the two records of a token of a backup, which agree, what the proof lacks, and makes
 * them agree again, with a revision above all. Returns what came over; 0: nothing was changed.
 * `now_ms` is the time of a revoke whose time is not known; its reason is "restored".
 */
unsigned atk_carry_denials(const struct atk_proof *proof, int64_t now_ms, struct atk_hot *hot,
                           struct atk_row *row);

/* Denies a token as its owner is blocked; the same results. */
unsigned atk_carry_block(struct atk_hot *hot, struct atk_row *row);

/*
 * What is known of an owner, of revision 0 if nothing is, after a restore: true if that of the
 * replaced store must take its place. A block counts more than one that is being lifted, and that
 * more than none.
 */
bool atk_carry_owner(const struct atk_owner_record *present, struct atk_owner_record *owner);

#define ATK_RESTORED "restored"

#endif
