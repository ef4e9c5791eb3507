# SPDX-License-Identifier: MIT
"""Of lib/lmdb/."""
DUPLICATE = "lib/lmdb/stores/store_copy.c"
ENV = "lib/lmdb/process/env.c"
GROW = "lib/lmdb/stores/grow.c"
READ = "lib/lmdb/tokens/read.c"
RECENT = "lib/lmdb/process/recent.c"
RESTORE = "lib/lmdb/stores/restore.c"
SALVAGE = "lib/lmdb/stores/salvage.c"
SOUND = "lib/lmdb/stores/fsck.c"
STRUCTURE = "lib/lmdb/form/structure.c"
WRITE = "lib/lmdb/tokens/write.c"

# (file, line of source, line with the mutant): why
ENGINE = {
    (DUPLICATE,
     "c->pending = 0;",
     "c->pending = (-1);"):
        "a transaction of the copy has one record more",
    (ENV,
     "int has_lock = env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, 0, &brief, NULL) == 0;",
     "int has_lock = env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, 0, &brief, NULL) == 1;"):
        "taken all the same, and the descriptor that holds it is closed next",
    (ENV,
     "if (has_lock) atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);",
     "if (has_lock) ;"):
        "the descriptor that holds it is closed next",
    (ENV,
     "if (rc == 0) rc = mdb_set_compare(txn, env->hot, atk_key_order);",
     "if (rc == 0) ;"):
        "LMDB's own order, only faster",
    (GROW,
     "ATK_TRY(atk_last_use_open(dir_fd, 0, config->store_id, map_bytes, 0, &use, err));",
     "ATK_TRY(atk_last_use_open(dir_fd, 0, config->store_id, map_bytes, 1, &use, err));"):
        "the block of the first slot is asked for, and nobody minds whether it is had",
    (READ,
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(atk_tagged_hot_record(&ret_hot->tagged) + ATK_HOT_SLOT_AT, 4));",
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(atk_tagged_hot_record(&ret_hot->tagged) + ATK_HOT_SLOT_AT, 3));"):
        "a hint to the processor",
    (READ,
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(atk_tagged_hot_record(&ret_hot->tagged) + ATK_HOT_SLOT_AT, 4));",
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(atk_tagged_hot_record(&ret_hot->tagged) + ATK_HOT_SLOT_AT, 5));"):
        "a hint to the processor",
    (READ,
     "if (!ret_hot->is_remembered)",
     "if (ret_hot->is_remembered)"):
        "a hint to the processor is given or not",
    (READ,
     "MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)token->id }, value = { 0, NULL };",
     "MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)token->id }, value = { 1, NULL };"):
        "LMDB sets it before it is read",
    (READ,
     "recent->used_minute = 0;",
     "recent->used_minute = 1;"):
        "nobody's clock shows the second minute of 1970",
    (READ,
     "recent->used_minute = 0;",
     "recent->used_minute = (-1);"):
        "nor one behind the year 9999",
    (READ,
     "place.set->is_kept[place.way] = 1;",
     "place.set->is_kept[place.way] = 2;"):
        "2 is as true as 1",
    (RECENT,
     "set->next = (uint8_t)((way + 1) % ATK_RECENT_WAYS);",
     "set->next = (uint8_t)((way - 1) % ATK_RECENT_WAYS);"):
        "each in its turn, in the other direction",
    (RESTORE,
     "char aside[ATK_PATH_MAX + 16];",
     "char aside[ATK_PATH_MAX + 17];"):
        "what is put behind the path has 9 characters",
    (SALVAGE,
     "for (size_t at = PAGE_HEAD; at + 2 <= lower && at + 2 <= s->page_size; at += 2)",
     "for (size_t at = PAGE_HEAD; at + 2 <= lower && at + 1 <= s->page_size; at += 2)"):
        "both are even",
    (SOUND,
     ".path = path, .verify_only = 1, .check_max_bytes = UINT64_MAX, .keys = keys, .tolerates_rolled_back = 1",
     ".path = path, .verify_only = 2, .check_max_bytes = UINT64_MAX, .keys = keys, .tolerates_rolled_back = 1"):
        "2 is as true as 1",
    (STRUCTURE,
     "uint8_t *buffer = c->buffers + 2 * DEPTH_MAX * (size_t)c->page_size;",
     "uint8_t *buffer = c->buffers + 1 * DEPTH_MAX * (size_t)c->page_size;"):
        "the buffers of a nested tree, of which the free tree has none",
    (STRUCTURE,
     "uint64_t len = page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16;",
     "uint64_t len = page_uint(node, NODE_LOW_AT, 3) | page_uint(node, NODE_HIGH_AT, 2) << 16;"):
        "the third byte is or-ed in at the same place anyway",
    (STRUCTURE,
     "page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16 | page_uint(node, NODE_FLAGS_AT, 2) << "
     "32;",
     "page_uint(node, NODE_LOW_AT, 3) | page_uint(node, NODE_HIGH_AT, 2) << 16 | page_uint(node, NODE_FLAGS_AT, 2) << "
     "32;"):
        "the third byte is or-ed in at the same place anyway",
    (STRUCTURE,
     "page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16 | page_uint(node, NODE_FLAGS_AT, 2) << "
     "32;",
     "page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 3) << 16 | page_uint(node, NODE_FLAGS_AT, 2) << "
     "32;"):
        "the third byte is or-ed in at the same place anyway",
    (STRUCTURE,
     "if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper > c->page_size)",
     "if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper >= c->page_size)"):
        "there is a node, for which such a page has no room",
    (STRUCTURE,
     "if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper > c->page_size)",
     "if (lower < PAGE_HEAD + 1 || lower % 2 || lower > upper || upper % 2 || upper > c->page_size)"):
        "an odd bound is refused in any case",
    (STRUCTURE,
     "if (level >= w->depth) return fault(c, page, \"a tree is deeper than it says\");",
     "if (level >= w->depth) return 0;"):
        "pages of the last level are leaves, so none is below",
    (STRUCTURE,
     "if (level >= w->depth) return fault(c, page, \"a tree is deeper than it says\");",
     "if (level > w->depth) return fault(c, page, \"a tree is deeper than it says\");"):
        "pages of the last level are leaves, so none is below",
    (STRUCTURE,
     "if (tree->depth > DEPTH_MAX) return fault(c, tree->root, \"a tree is too deep\");",
     "if (tree->depth >= DEPTH_MAX) return fault(c, tree->root, \"a tree is too deep\");"):
        "a tree of that depth has more leaves than a map can hold",
    (STRUCTURE,
     "uint64_t count = 0, previous = NO_PAGE;",
     "uint64_t count = 1, previous = NO_PAGE;"):
        "set before it is read",
    (STRUCTURE,
     "uint64_t count = 0, previous = NO_PAGE;",
     "uint64_t count = (-1), previous = NO_PAGE;"):
        "set before it is read",
    (STRUCTURE,
     "if (number >= previous) return fault(c, page, \"a free list is out of order\");",
     "if (number > previous) return fault(c, page, \"a free list is out of order\");"):
        "an equal one is claimed twice, which is refused",
    (STRUCTURE,
     "memset(tiles, 0, c->page_size);",
     "memset(tiles, (-1), c->page_size);"):
        "such a size leaves the page as well: both say that no node is there",
    (STRUCTURE,
     "int good = walk_tree(c, &meta->free, TREE_FREE, 0) && walk_tree(c, &meta->main, TREE_MAIN, 0) && all_seen(c);",
     "int good = walk_tree(c, &meta->free, TREE_FREE, 1) && walk_tree(c, &meta->main, TREE_MAIN, 0) && all_seen(c);"):
        "the same buffers, one later",
    (STRUCTURE,
     "int good = walk_tree(c, &meta->free, TREE_FREE, 0) && walk_tree(c, &meta->main, TREE_MAIN, 0) && all_seen(c);",
     "int good = walk_tree(c, &meta->free, TREE_FREE, 0) && walk_tree(c, &meta->main, TREE_MAIN, 1) && all_seen(c);"):
        "the same buffers, one later",
    (STRUCTURE,
     "if (page < 2 || run < 1 || page > c->last_page || run > c->last_page - page + 1)",
     "if (page < 2 || run < 0 || page > c->last_page || run > c->last_page - page + 1)"):
        "nobody claims no page",
    (STRUCTURE,
     "if (first < 2 || first > c->last_page) return fault(c, first, \"a page number is out of range\");",
     "if (first < 1 || first > c->last_page) return fault(c, first, \"a page number is out of range\");"):
        "a meta page has the head of none",
    (STRUCTURE,
     "if (first < 2 || first > c->last_page) return fault(c, first, \"a page number is out of range\");",
     "if (first < 2 && first > c->last_page) return fault(c, first, \"a page number is out of range\");"):
        "claim() refuses it",
    (STRUCTURE,
     "unsigned is_leaf = page_uint(bytes, PAGE_FLAGS_AT, 2) == PAGE_LEAF;",
     "unsigned is_leaf = page_uint(bytes, PAGE_FLAGS_AT, 1) == PAGE_LEAF;"):
        "the flags are one of two by then, both below 256",
    (STRUCTURE,
     "if (len < 8 || len % 8 != 0) return fault(c, page, \"a free list has a wrong length\");",
     "if (len < 7 || len % 8 != 0) return fault(c, page, \"a free list has a wrong length\");"):
        "below 8 there is only 0, which is below 7, too",
    (STRUCTURE,
     "if (i > 0 && !advance(w, page, node + NODE_HEAD, key_len, 1)) return 0; /* LMDB never looks at the first key of "
     "a branch */",
     "if (i > 0 && !advance(w, page, node + NODE_HEAD, key_len, 2)) return 0; /* LMDB never looks at the first key of "
     "a branch */"):
        "2 is as true as 1",
    (WRITE,
     "return atk_fail_item(err, APITOKEN_E_KEY_LIMIT, active, \"the store knows as many keys as it can\");",
     "return 0;"):
        "a keyring has all that the store knows, and room for no more: its active key is one of them",
    (WRITE,
     "return atk_fail_item(err, APITOKEN_E_KEY_LIMIT, active, \"the store knows as many keys as it can\");",
     "return atk_fail_item(err, APITOKEN_E_IO, active, \"the store knows as many keys as it can\");"):
        "a keyring has all that the store knows, and room for no more: its active key is one of them",
    (WRITE,
     "w->registers_key = 1;",
     "w->registers_key = 0;"):
        "the next write looks once more, and finds the key in the store",
    (WRITE,
     "w->room = 1;",
     "w->room = 0;"):
        "the first call is in it already",
    (WRITE,
     "if (rc == 0 && w->room > 1) gather(w);",
     "if (rc == 0 && w->room > 2) gather(w);"):
        "it is 1 or the most",
    (WRITE,
     "int rc = mdb_env_sync(w->store->env->mdb, 1);",
     "int rc = mdb_env_sync(w->store->env->mdb, 0);"):
        "LMDB syncs, asked to force it or not, what it was not opened to leave unsynced",
    (WRITE,
     "return mdb_env_sync(env->mdb, 1) == 0 ? 0 : atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);",
     "return mdb_env_sync(env->mdb, 0) == 0 ? 0 : atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);"):
        "LMDB syncs, asked to force it or not, what it was not opened to leave unsynced",
    (WRITE,
     "if (turn < 0) return atk_fail(call->err, turn, NULL);",
     "if (turn <= 0) return atk_fail(call->err, turn, NULL);"):
        "a turn that was waited for is no longer ATK_GROUP_WAITS",
}
