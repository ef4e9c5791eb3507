# SPDX-License-Identifier: MIT
"""Of lib/lmdb/."""
COMMIT = "lib/lmdb/tokens/commit.c"
ENV = "lib/lmdb/process/env.c"
PATH_LOOK = "lib/lmdb/tokens/path_look.c"
READ = "lib/lmdb/tokens/read.c"
MDB_ERROR = "lib/lmdb/form/error.c"
RECENT = "lib/lmdb/process/recent.c"
SCAN = "lib/lmdb/stores/scan.c"
RESTORE = "lib/lmdb/stores/restore.c"
SALVAGE = "lib/lmdb/stores/salvage.c"
STORE_COPY = "lib/lmdb/stores/store_copy.c"
STRUCTURE = "lib/lmdb/form/structure.c"
WRITE = "lib/lmdb/tokens/write.c"

# (file, line of source, line with the mutant): why
ENGINE = {
    (COMMIT,
     "int rc = mdb_env_sync(w->store->env->mdb, 1);",
     "int rc = mdb_env_sync(w->store->env->mdb, 0);"):
        "LMDB syncs, asked to force it or not, what it was not opened to leave unsynced",
    (COMMIT,
     "return mdb_env_sync(env->mdb, 1) == 0 ? 0 : atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);",
     "return mdb_env_sync(env->mdb, 0) == 0 ? 0 : atk_fail_os(err, APITOKEN_E_MAYBE, mdb_code, NULL);"):
        "LMDB syncs, asked to force it or not, what it was not opened to leave unsynced",
    (COMMIT,
     "w->state.schema = ATK_SCHEMA;",
     ";"):
        "the state that was read has the same, or it would have been refused",
    (ENV,
     "bool has_lock = env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, NULL) == 0;",
     "bool has_lock = env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, NULL) == (-1);"):
        "the lock is taken all the same, and the descriptor that holds it is closed next",
    (ENV,
     "bool has_lock = env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, NULL) == 0;",
     "bool has_lock = env->mdb && atk_locks_take(env->readers_fd, ATK_LOCK_READERS, false, deadline, NULL) == 1;"):
        "the lock is taken all the same, and the descriptor that holds it is closed next",
    (ENV,
     "if (has_lock) atk_locks_drop(env->readers_fd, ATK_LOCK_READERS);",
     "if (has_lock) ;"):
        "the descriptor that holds it is closed next",
    (ENV,
     "if (rc == 0) rc = mdb_set_compare(txn, env->hot, atk_key_order);",
     "if (rc == 0) ;"):
        "the same order as LMDB's own, only faster",
    (MDB_ERROR,
     'if (mdb_code > 0) return atk_fail_errno(err, mdb_code, action, NULL);',
     'if (mdb_code > (-1)) return atk_fail_errno(err, mdb_code, action, NULL);'):
        "0 is no error",
    (SCAN,
     "struct scan scan = { view, ctx, 0 };",
     "struct scan scan = { view, ctx, 1 };"):
        "it looks whether it is in the way as often, one record earlier",
    (SCAN,
     "struct scan scan = { view, ctx, 0 };",
     "struct scan scan = { view, ctx, (-1) };"):
        "the same, one record later",
    (PATH_LOOK,
     '(void)snprintf(joined, sizeof joined, "%s%s%s", base, base[0] ? "/" : "", path);',
     '(void)snprintf(joined, sizeof joined, "%s%s%s", base, base[1] ? "/" : "", path);'):
        "in the directory / one slash does as well as two",
    (READ,
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(record + ATK_HOT_SLOT_AT, 4));",
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(record + ATK_HOT_SLOT_AT, 3));"):
        "a hint to the processor",
    (READ,
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(record + ATK_HOT_SLOT_AT, 4));",
     "atk_last_use_expect(&store->use, (uint32_t)atk_le_at(record + ATK_HOT_SLOT_AT, 5));"):
        "a hint to the processor",
    (READ,
     "MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)token->id }, value = { 0, NULL };",
     "MDB_val key = { APITOKEN_ID_LEN, (void *)(uintptr_t)token->id }, value = { 1, NULL };"):
        "LMDB sets it before it is read",
    (READ,
     "recent->used_minute = 0;",
     "recent->used_minute = 1;"):
        "no clock shows the second minute of 1970",
    (READ,
     "recent->used_minute = 0;",
     "recent->used_minute = (-1);"):
        "nor one after the year 9999",
    (RECENT,
     "set->next = (uint8_t)((way + 1) % ATK_RECENT_WAYS);",
     "set->next = (uint8_t)((way - 1) % ATK_RECENT_WAYS);"):
        "the ways take turns in the other direction",
    (RESTORE,
     "char aside[ATK_PATH_MAX + 16];",
     "char aside[ATK_PATH_MAX + 17];"):
        "the suffix has 9 characters",
    (SALVAGE,
     "for (size_t at = PAGE_HEAD; at + 2 <= lower && at + 2 <= s->page_size; at += 2) ATK_TRY(take_node(s, page, "
     "page_uint(page, at, 2)));",
     "for (size_t at = PAGE_HEAD; at + 2 <= lower && at + 1 <= s->page_size; at += 2) ATK_TRY(take_node(s, page, "
     "page_uint(page, at, 2)));"):
        "both are even",
    (STORE_COPY,
     "c->pending = 0;",
     "c->pending = (-1);"):
        "a transaction of the copy has one record more",
    (STRUCTURE,
     "uint8_t *buffer = s->buffers + 2 * DEPTH_MAX * (size_t)s->page_size;",
     "uint8_t *buffer = s->buffers + 1 * DEPTH_MAX * (size_t)s->page_size;"):
        "the buffers of a nested tree, of which the free tree has none",
    (STRUCTURE,
     "uint64_t len = page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16;",
     "uint64_t len = page_uint(node, NODE_LOW_AT, 3) | page_uint(node, NODE_HIGH_AT, 2) << 16;"):
        "the third byte is or-ed in at the same place anyway",
    (STRUCTURE,
     "return page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16 | page_uint(node, NODE_FLAGS_AT, 2) << 32;",
     "return page_uint(node, NODE_LOW_AT, 3) | page_uint(node, NODE_HIGH_AT, 2) << 16 | page_uint(node, "
     "NODE_FLAGS_AT, 2) << 32;"):
        "the third byte is or-ed in at the same place anyway",
    (STRUCTURE,
     "return page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16 | page_uint(node, NODE_FLAGS_AT, 2) << 32;",
     "return page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 3) << 16 | page_uint(node, "
     "NODE_FLAGS_AT, 2) << 32;"):
        "the third byte is or-ed in at the same place anyway",
    (STRUCTURE,
     "if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper > s->page_size) return "
     "note_fault(s, page, \"a page has wrong bounds\");",
     "if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper >= s->page_size) return "
     "note_fault(s, page, \"a page has wrong bounds\");"):
        "there is a node, for which such a page has no room",
    (STRUCTURE,
     "if (lower < PAGE_HEAD + 2 || lower % 2 || lower > upper || upper % 2 || upper > s->page_size) return "
     "note_fault(s, page, \"a page has wrong bounds\");",
     "if (lower < PAGE_HEAD + 1 || lower % 2 || lower > upper || upper % 2 || upper > s->page_size) return "
     "note_fault(s, page, \"a page has wrong bounds\");"):
        "an odd bound is refused in any case",
    (STRUCTURE,
     "if (level >= w->depth) return note_fault(s, page, \"a tree is deeper than recorded\");",
     "if (level >= w->depth) return 0;"):
        "pages of the last level are leaves, so none is below",
    (STRUCTURE,
     "if (level >= w->depth) return note_fault(s, page, \"a tree is deeper than recorded\");",
     "if (level > w->depth) return note_fault(s, page, \"a tree is deeper than recorded\");"):
        "pages of the last level are leaves, so none is below",
    (STRUCTURE,
     "if (tree->depth > DEPTH_MAX) return note_fault(s, tree->root, \"a tree is too deep\");",
     "if (tree->depth >= DEPTH_MAX) return note_fault(s, tree->root, \"a tree is too deep\");"):
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
     "if (number >= previous) return note_fault(s, page, \"a free list is out of order\");",
     "if (number > previous) return note_fault(s, page, \"a free list is out of order\");"):
        "claiming a page twice is refused",
    (STRUCTURE,
     "memset(tiles, 0, s->page_size);",
     "memset(tiles, (-1), s->page_size);"):
        "such a size leaves the page as well: both mean that there is no node",
    (STRUCTURE,
     "const bool is_good = walk_tree(s, &meta->free, TREE_FREE, 0) && walk_tree(s, &meta->main, TREE_MAIN, 0) && "
     "are_all_seen(s);",
     "const bool is_good = walk_tree(s, &meta->free, TREE_FREE, 1) && walk_tree(s, &meta->main, TREE_MAIN, 0) && "
     "are_all_seen(s);"):
        "the same buffers, one later",
    (STRUCTURE,
     "const bool is_good = walk_tree(s, &meta->free, TREE_FREE, 0) && walk_tree(s, &meta->main, TREE_MAIN, 0) && "
     "are_all_seen(s);",
     "const bool is_good = walk_tree(s, &meta->free, TREE_FREE, 0) && walk_tree(s, &meta->main, TREE_MAIN, 1) && "
     "are_all_seen(s);"):
        "the same buffers, one later",
    (STRUCTURE,
     "if (page < 2 || run < 1 || page > s->last_page || run > s->last_page - page + 1) return note_fault(s, page, \"a "
     "page number is out of range\");",
     "if (page < 2 || run < 0 || page > s->last_page || run > s->last_page - page + 1) return note_fault(s, page, \"a "
     "page number is out of range\");"):
        "no caller claims zero pages",
    (STRUCTURE,
     "if (first < 2 || first > s->last_page) return note_fault(s, first, \"a page number is out of range\");",
     "if (first < 1 || first > s->last_page) return note_fault(s, first, \"a page number is out of range\");"):
        "a meta page has the head of none",
    (STRUCTURE,
     "if (first < 2 || first > s->last_page) return note_fault(s, first, \"a page number is out of range\");",
     "if (first < 2 && first > s->last_page) return note_fault(s, first, \"a page number is out of range\");"):
        "claim_pages() refuses it",
    (STRUCTURE,
     "const bool is_leaf = page_uint(bytes, PAGE_FLAGS_AT, 2) == PAGE_LEAF;",
     "const bool is_leaf = page_uint(bytes, PAGE_FLAGS_AT, 1) == PAGE_LEAF;"):
        "the flags are one of two by then, both below 256",
    (STRUCTURE,
     "if (len < 8 || len % 8 != 0) return note_fault(s, page, \"a free list has a wrong length\");",
     "if (len < 7 || len % 8 != 0) return note_fault(s, page, \"a free list has a wrong length\");"):
        "below 8 there is only 0, which is below 7, too",
    (WRITE,
     "if (rc == 0 && w->call_limit > 1) wait_for_calls(w);",
     "if (rc == 0 && w->call_limit > 2) wait_for_calls(w);"):
        "it is 1 or the most",
}
