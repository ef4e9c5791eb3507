/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/salvage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "outside/record_tag.h"
#include "base/error.h"
#include "lmdb/form/meta.h"
#include "lmdb/form/pages.h"

struct salvage {
    struct atk_proofs *proofs;
    const struct atk_keys *keys;
    uint32_t page_size;
};

/* A record whose tag is right. Anything else proves nothing. */
static int take_record(const struct salvage *s, const uint8_t *key, size_t key_len,
                       const uint8_t *value, size_t len) {
    if (atk_record_tag_verify(s->keys, key, key_len, value, len) < 0) return 0;
    return atk_proofs_add(s->proofs, key, key_len, value, len);
}

/* A node of a leaf, if the node and its value lie within the page. */
static int take_node(const struct salvage *s, const uint8_t *page, size_t at) {
    if (at < PAGE_HEAD || at + NODE_HEAD > s->page_size) return 0;
    const uint8_t *node = page + at;
    size_t room = s->page_size - at - NODE_HEAD, key_len = page_uint(node, NODE_KEY_LEN_AT, 2);
    uint64_t len = page_uint(node, NODE_LOW_AT, 2) | page_uint(node, NODE_HIGH_AT, 2) << 16;
    if (page_uint(node, NODE_FLAGS_AT, 2) != 0 || key_len > room || len > room - key_len) return 0;
    return take_record(s, node + NODE_HEAD, key_len, node + NODE_HEAD + key_len, (size_t)len);
}

static int take_page(const struct salvage *s, const uint8_t *page) {
    if (page_uint(page, PAGE_FLAGS_AT, 2) != PAGE_LEAF) return 0;
    size_t lower = page_uint(page, PAGE_LOWER_AT, 2);
    for (size_t at = PAGE_HEAD; at + 2 <= lower && at + 2 <= s->page_size; at += 2)
        ATK_TRY(take_node(s, page, page_uint(page, at, 2)));
    return 0;
}

static uint32_t page_size_of(int data_fd) {
    struct atk_meta metas[2];
    uint32_t page_size;
    return atk_meta_read_both(data_fd, metas, &page_size) ? page_size
                                                          : (uint32_t)sysconf(_SC_PAGESIZE);
}

int atk_salvage(struct atk_proofs *proofs, int data_fd, const struct atk_keys *keys,
                apitoken_error *err) {
    const struct salvage s = { proofs, keys, page_size_of(data_fd) };
    uint8_t *page = malloc(s.page_size);
    int rc = page ? 0 : APITOKEN_E_NOMEM;
    for (off_t at = 0; rc == 0 && pread(data_fd, page, s.page_size, at) == (ssize_t)s.page_size;
         at += s.page_size)
        rc = take_page(&s, page);
    free(page);
    if (rc == 0) rc = atk_proofs_complete(proofs);
    return rc < 0 ? atk_fail(err, rc, NULL) : 0;
}
