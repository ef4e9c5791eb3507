/* SPDX-License-Identifier: MIT */
/* The keys of an open store, and how they are replaced while other threads use them. */
#ifndef APITOKEN_OUTSIDE_HELD_KEYS_H
#define APITOKEN_OUTSIDE_HELD_KEYS_H

#include "outside/crypto.h"

/*
 * Makes `held` have the keys of `wanted` and no others, both bound to the same store. New keys are
 * added behind the old ones. Keys that are not wanted are marked as gone: atk_keys_find() no longer
 * finds them, but calls that found one before may go on using it. So readers need no lock, and what
 * was held stays in memory until the store is closed. One caller at a time.
 *
 * APITOKEN_E_KEY_LIMIT: `held` would have more than ATK_KEYS_MAX, with those that are gone.
 * APITOKEN_E_NOMEM: its memory cannot be made writable. In both cases nothing has changed.
 */
int atk_held_keys_replace(struct atk_keys *held, const struct atk_keys *wanted);

/*
 * Marks those keys as gone that the store's list says are retired, for as long as they are held.
 * 1 if there were such, 0 if there were none that it was not marked for before, or
 * APITOKEN_E_NOMEM as above. One caller at a time, as above.
 */
int atk_held_keys_retire(struct atk_keys *held, const struct atk_keys_record *list);

#endif
