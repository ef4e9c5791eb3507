/* SPDX-License-Identifier: MIT */
/*
 * Networks, as list text and as stored: the canonical text stands for the same value, and a peer is
 * inside if bit by bit it is. A fault lies in the text, behind good items.
 */
#include "target.h"

#include <string.h>

#include "rules/networks.h"

static int bit_at(const uint8_t *bytes, unsigned bit) {
    return bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static int is_mapped(const uint8_t *address) {
    static const uint8_t prefix[12] = { [10] = 0xFF, 0xFF };
    return memcmp(address, prefix, sizeof prefix) == 0;
}

/* Of a valid value and a peer of 4 or 16 bytes. */
static int is_inside(const uint8_t *value, size_t len, const uint8_t *peer, unsigned peer_len) {
    if (peer_len == 16 && is_mapped(peer)) return is_inside(value, len, peer + 12, 4);
    for (size_t at = 0, size; at < len; at += 2 + size) {
        unsigned bit = 0;
        size = value[at] == 4 ? 4 : 16;
        if (size != peer_len) continue;
        while (bit < value[at + 1] && bit_at(value + at + 2, bit) == bit_at(peer, bit)) bit++;
        if (bit == value[at + 1]) return 1;
    }
    return 0;
}

static void try_peer(const uint8_t *value, size_t len, const uint8_t *peer, unsigned peer_len) {
    MUST(atk_networks_allow(value, len, peer, peer_len) == is_inside(value, len, peer, peer_len));
}

/* The first and the last address of each network, with one bit changed, and as IPv4-mapped. */
static void try_peers(const uint8_t *value, size_t len) {
    for (size_t at = 0, next; at < len; at = next) {
        const unsigned size = value[at] == 4 ? 4 : 16, prefix = value[at + 1];
        uint8_t peer[16] = { [10] = 0xFF, 0xFF }, *address = peer + 16 - size;
        next = at + 2 + size;
        memcpy(address, value + at + 2, size);
        MUST(atk_networks_allow(value, len, address, size));
        MUST(atk_networks_allow(value, len, peer, 16));
        for (unsigned bit = prefix; bit < 8 * size; bit++)
            address[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        try_peer(value, len, address, size);
        try_peer(value, len, peer, 16);
        for (unsigned bit = prefix > 0 ? prefix - 1 : 0; bit <= prefix && bit < 8 * size; bit++) {
            address[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
            try_peer(value, len, address, size);
            try_peer(value, len, peer, 16);
        }
    }
}

/* Canonical: nothing behind a prefix, no IPv4 in IPv6, and no network twice. */
static void require_canonical(const uint8_t *value, size_t len) {
    size_t count = 0;
    for (size_t at = 0, size; at < len; at += size, count++) {
        size = value[at] == 4 ? 6 : 18;
        MUST((value[at] == 4 || value[at] == 6) && value[at + 1] <= 8 * (size - 2));
        for (unsigned bit = value[at + 1]; bit < 8 * (size - 2); bit++)
            MUST(bit_at(value + at + 2, bit) == 0);
        MUST(size == 6 || !is_mapped(value + at + 2));
        for (size_t before = 0; before < at; before += value[before] == 4 ? 6 : 18)
            MUST(memcmp(value + before, value + at, size) != 0);
    }
    MUST(count >= 1 && count <= 16);
}

static void try_good(const uint8_t *value, size_t len) {
    char text[APITOKEN_NETWORKS_TEXT_MAX + 1];
    uint8_t again[ATK_NETWORKS_VALUE_MAX];
    size_t again_len, at;
    MUST(len <= ATK_NETWORKS_VALUE_MAX && atk_networks_is_valid(value, len));
    require_canonical(value, len);
    const size_t text_len = atk_networks_format(value, len, text);
    MUST(text_len <= APITOKEN_NETWORKS_TEXT_MAX && strlen(text) == text_len);
    MUST(atk_networks_parse(text, text_len, again, &again_len, &at) == ATK_LIST_TEXT_GOOD);
    MUST(again_len == len && memcmp(again, value, len) == 0);
    try_peers(value, len);
}

static void try_text(const char *text, size_t len) {
    uint8_t value[ATK_NETWORKS_VALUE_MAX];
    size_t value_len = 0, at = len + 1;
    if (atk_networks_parse(text, len, value, &value_len, &at) == ATK_LIST_TEXT_GOOD) {
        try_good(value, value_len);
        return;
    }
    MUST(value_len == 0 && at <= len);
    while (at > 0 && text[at - 1] != ',') at--;
    if (at > 0)
        MUST(atk_networks_parse(text, at - 1, value, &value_len, &at) == ATK_LIST_TEXT_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char nothing[1];
    const uint8_t *peer = size >= 16 ? data + size - 16 : NULL;
    try_text(size > 0 ? (const char *)data : nothing, size);
    (void)atk_networks_allow(data, size, peer, peer ? 16 : 0);
    if (!atk_networks_is_valid(data, size)) return 0;
    try_good(data, size);
    if (peer) try_peer(data, size, peer, 16);
    return 0;
}
