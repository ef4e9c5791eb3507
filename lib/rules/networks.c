/* SPDX-License-Identifier: MIT */
#include "rules/networks.h"

#include "base/bytes.h"
#include "rules/network_text.h"

#define HEAD 2         /* family, prefix length */
#define MAPPED_BITS 96 /* of ::ffff:0:0 */

/* The bits of 64 behind the first `count`. */
static uint64_t bits_behind(unsigned count) { return count < 64 ? UINT64_MAX >> count : 0; }

static bool has_host_bits(const struct atk_network *network) {
    if (network->prefix >= 64) return (network->low & bits_behind(network->prefix - 64)) != 0;
    return network->low != 0 || (network->high & bits_behind(network->prefix)) != 0;
}

static bool is_mapped(const struct atk_network *network) {
    return network->family == 6 && network->high == 0 && network->low >> 32 == 0xFFFF;
}

static struct atk_network unmapped(const struct atk_network *network) {
    return atk_network_ipv4((uint32_t)network->low, network->prefix - MAPPED_BITS);
}

static bool is_same(const struct atk_network *a, const struct atk_network *b) {
    return a->family == b->family && a->prefix == b->prefix && a->high == b->high &&
           a->low == b->low;
}

static bool is_inside(const struct atk_network *address, const struct atk_network *network) {
    const uint64_t high = address->high ^ network->high, low = address->low ^ network->low;
    if (address->family != network->family) return false;
    if (network->prefix > 64) return high == 0 && low >> (128 - network->prefix) == 0;
    return network->prefix == 0 || high >> (64 - network->prefix) == 0;
}

/* ---- stored form ----------------------------------------------------------------------------- */

static uint32_t big_endian_32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return be32toh(value);
}

static uint64_t big_endian_64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return be64toh(value);
}

static struct atk_network network_of(unsigned family, unsigned prefix, const uint8_t *address) {
    if (family == 4) return atk_network_ipv4(big_endian_32(address), prefix);
    return (struct atk_network){ 6, prefix, big_endian_64(address), big_endian_64(address + 8) };
}

/* Skips the next stored network and returns it; NULL at the end, and where there is none. */
static const uint8_t *get_stored(struct atk_reader *r) {
    if (r->left < HEAD || (r->at[0] != 4 && r->at[0] != 6)) return NULL;
    const unsigned bits = atk_network_bits(r->at[0]);
    return r->at[1] > bits ? NULL : atk_get_view(r, HEAD + bits / 8);
}

static struct atk_network decoded(const uint8_t *stored) {
    return network_of(stored[0], stored[1], stored + HEAD);
}

static void put_network(struct atk_writer *w, const struct atk_network *network) {
    const uint64_t halves[] = { htobe64(network->high), htobe64(network->low) };
    atk_put_uint(w, network->family, 1);
    atk_put_uint(w, network->prefix, 1);
    atk_put_bytes(w, halves, atk_network_bits(network->family) / 8);
}

static bool has_network(const uint8_t *value, size_t len, const struct atk_network *sought) {
    struct atk_reader r = atk_reader_of(value, len);
    for (const uint8_t *stored; (stored = get_stored(&r));) {
        const struct atk_network network = decoded(stored);
        if (is_same(&network, sought)) return true;
    }
    return false;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* Why a network may not stand behind those of a value. IPv4 is not mapped. */
static enum atk_list_text_rule rule_broken_behind(const uint8_t *value, size_t len,
                                                  const struct atk_network *network) {
    if (is_mapped(network)) return ATK_LIST_TEXT_MAPPED;
    if (has_host_bits(network)) return ATK_LIST_TEXT_HOST_BITS;
    return has_network(value, len, network) ? ATK_LIST_TEXT_REPEATED : ATK_LIST_TEXT_GOOD;
}

/* Reads the network that an item stands for. *ret_at is set if its text is at fault. */
static enum atk_list_text_rule read_item(const char *item, size_t item_len, const uint8_t *value,
                                         size_t len, struct atk_network *ret, size_t *ret_at) {
    if (item_len == 0) return ATK_LIST_TEXT_EMPTY;
    enum atk_list_text_rule broken = atk_network_parse(item, item_len, ret, ret_at);
    if (broken != ATK_LIST_TEXT_GOOD) return broken;
    if (is_mapped(ret) && ret->prefix >= MAPPED_BITS) *ret = unmapped(ret);
    return rule_broken_behind(value, len, ret);
}

enum atk_list_text_rule atk_networks_parse(const char *text, size_t len,
                                           uint8_t value[ATK_NETWORKS_VALUE_MAX], size_t *ret_len,
                                           size_t *ret_at) {
    struct atk_writer w = atk_writer_of(value, ATK_NETWORKS_VALUE_MAX);
    size_t count = 0, at = 0;
    for (size_t begin = 0, end; begin <= len; begin = end + 1, count++) {
        struct atk_network network;
        end = atk_list_text_item_end(text, len, begin);
        enum atk_list_text_rule broken = ATK_LIST_TEXT_MANY;
        if (count < APITOKEN_NETWORKS_MAX)
            broken =
                read_item(text + begin, end - begin, value, (size_t)(w.at - value), &network, &at);
        if (broken != ATK_LIST_TEXT_GOOD) {
            *ret_at = begin + at;
            return broken;
        }
        put_network(&w, &network);
    }
    *ret_len = (size_t)(w.at - value);
    return ATK_LIST_TEXT_GOOD;
}

size_t atk_networks_format(const uint8_t *value, size_t len,
                           char text[APITOKEN_NETWORKS_TEXT_MAX + 1]) {
    struct atk_reader r = atk_reader_of(value, len);
    char *out = text;
    for (const uint8_t *stored; (stored = get_stored(&r));) {
        const struct atk_network network = decoded(stored);
        if (out > text) *out++ = ',';
        out = atk_network_write(&network, out);
    }
    *out = '\0';
    return (size_t)(out - text);
}

/* ---- answers --------------------------------------------------------------------------------- */

bool atk_networks_has_form(const uint8_t *value, size_t len) {
    struct atk_reader r = atk_reader_of(value, len);
    size_t count = 0;
    while (get_stored(&r)) count++;
    return count >= 1 && count <= APITOKEN_NETWORKS_MAX && r.left == 0;
}

bool atk_networks_is_valid(const uint8_t *value, size_t len) {
    struct atk_reader r = atk_reader_of(value, len);
    size_t count = 0;
    for (const uint8_t *stored; (stored = get_stored(&r)); count++) {
        const struct atk_network network = decoded(stored);
        const size_t before = (size_t)(stored - value);
        if (count == APITOKEN_NETWORKS_MAX) return false;
        if (rule_broken_behind(value, before, &network) != ATK_LIST_TEXT_GOOD) return false;
    }
    return count > 0 && r.left == 0;
}

static bool get_peer(const void *peer, size_t len, struct atk_network *ret) {
    if (len != ATK_IPV4_BITS / 8 && len != ATK_IPV6_BITS / 8) return false;
    *ret = network_of(len == ATK_IPV4_BITS / 8 ? 4 : 6, (unsigned)len * 8, (const uint8_t *)peer);
    if (is_mapped(ret)) *ret = unmapped(ret);
    return true;
}

bool atk_networks_allow(const uint8_t *value, size_t len, const void *peer, size_t peer_len) {
    struct atk_reader r = atk_reader_of(value, len);
    struct atk_network address;
    if (!get_peer(peer, peer_len, &address)) return false;
    for (const uint8_t *stored; (stored = get_stored(&r));) {
        const struct atk_network network = decoded(stored);
        if (is_inside(&address, &network)) return true;
    }
    return false;
}
