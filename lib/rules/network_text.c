/* SPDX-License-Identifier: MIT */
#include "rules/network_text.h"

#include <stdbool.h>
#include <string.h>

#define GROUPS 8 /* of 16 bits, in an IPv6 address */
#define GROUP_DIGITS 4
#define DIGITS_MAX 5 /* of a 16-bit number */

/* ---- reading --------------------------------------------------------------------------------- */

/* Where a text is read. What fails leaves `at` where it goes wrong. */
struct place {
    const char *text;
    size_t at, len;
};

static char next_char(const struct place *place) {
    if (place->at == place->len) return '\0';
    return place->text[place->at];
}

static bool take_char(struct place *place, char due) {
    if (next_char(place) != due) return false;
    place->at++;
    return true;
}

static bool take_gap(struct place *place) {
    const char *next = place->text + place->at;
    if (place->len - place->at < 2 || next[0] != ':' || next[1] != ':') return false;
    place->at += 2;
    return true;
}

static bool is_decimal(char c) { return c >= '0' && c <= '9'; }

static int digit_of(char c) {
    if (is_decimal(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* A decimal number of 0 to `max` that does not begin with a 0 too many. */
static bool read_decimal(struct place *place, unsigned max, unsigned *ret) {
    const size_t begin = place->at;
    size_t at = begin;
    unsigned value = 0;
    for (; at < place->len && is_decimal(place->text[at]) && value <= max; at++)
        value = value * 10 + (unsigned)(place->text[at] - '0');
    if (at == begin || value > max || (place->text[begin] == '0' && at > begin + 1)) return false;
    place->at = at;
    *ret = value;
    return true;
}

static bool read_ipv4(struct place *place, uint32_t *ret) {
    uint32_t address = 0;
    for (unsigned i = 0, number; i < 4; i++) {
        if (i > 0 && !take_char(place, '.')) return false;
        if (!read_decimal(place, 255, &number)) return false;
        address = address << 8 | number;
    }
    *ret = address;
    return true;
}

/* Groups of an IPv6 address in the order in which they are written. */
struct groups {
    uint16_t value[GROUPS];
    unsigned count;
    bool has_gap;
    unsigned gap; /* how many are before the "::" */
};

/* One to four hexadecimal digits. */
static bool read_group(struct place *place, struct groups *groups) {
    const size_t begin = place->at;
    unsigned value = 0;
    if (groups->count == GROUPS) return false;
    for (int digit; place->at < begin + GROUP_DIGITS && (digit = digit_of(next_char(place))) >= 0;
         place->at++)
        value = value << 4 | (unsigned)digit;
    groups->value[groups->count++] = (uint16_t)value;
    return place->at > begin;
}

/* The last two groups in dotted decimal. */
static bool read_dotted_groups(struct place *place, struct groups *groups) {
    uint32_t address;
    if (groups->count > GROUPS - 2 || !read_ipv4(place, &address)) return false;
    groups->value[groups->count++] = (uint16_t)(address >> 16);
    groups->value[groups->count++] = (uint16_t)address;
    return true;
}

/* As many groups as there are, and a "::" among them; dotted decimal ends them. */
static bool read_groups(struct place *place, struct groups *groups) {
    for (;;) {
        if (!groups->has_gap && take_gap(place)) {
            groups->has_gap = true;
            groups->gap = groups->count;
            if (digit_of(next_char(place)) < 0) return true;
        } else if (groups->count > 0 && !take_char(place, ':')) {
            return true;
        }
        const size_t begin = place->at;
        if (!read_group(place, groups)) return false;
        if (next_char(place) == '.') {
            groups->count--;
            place->at = begin;
            return read_dotted_groups(place, groups);
        }
    }
}

/* Puts zeros in the place of the "::", as many as are missing. */
static void fill_gap(struct groups *groups) {
    const size_t missing = GROUPS - groups->count, behind = groups->count - groups->gap;
    uint16_t *gap = groups->value + groups->gap;
    memmove(gap + missing, gap, behind * sizeof *gap);
    memset(gap, 0, missing * sizeof *gap);
}

static uint64_t half_of(const uint16_t *group) {
    uint64_t half = 0;
    for (unsigned i = 0; i < GROUPS / 2; i++) half = half << 16 | group[i];
    return half;
}

/* Either all groups are there, or a "::" stands for one or more. */
static bool read_ipv6(struct place *place, struct atk_network *ret) {
    struct groups groups = { .count = 0 };
    if (!read_groups(place, &groups) || groups.has_gap == (groups.count == GROUPS)) return false;
    if (groups.has_gap) fill_gap(&groups);
    *ret = (struct atk_network){ 6, ATK_IPV6_BITS, half_of(groups.value),
                                 half_of(groups.value + GROUPS / 2) };
    return true;
}

/* The first group, which may be empty, ends in a colon. */
static bool is_ipv6(struct place place) {
    while (digit_of(next_char(&place)) >= 0) place.at++;
    return next_char(&place) == ':';
}

static bool read_address(struct place *place, struct atk_network *ret) {
    uint32_t address;
    if (is_ipv6(*place)) return read_ipv6(place, ret);
    if (!read_ipv4(place, &address)) return false;
    *ret = atk_network_ipv4(address, ATK_IPV4_BITS);
    return true;
}

enum atk_list_text_rule atk_network_parse(const char *text, size_t len, struct atk_network *ret,
                                          size_t *ret_at) {
    struct place place = { .text = text, .len = len };
    enum atk_list_text_rule broken = ATK_LIST_TEXT_ADDRESS;
    bool is_good = read_address(&place, ret);
    if (is_good && take_char(&place, '/')) {
        broken = ATK_LIST_TEXT_PREFIX;
        is_good = read_decimal(&place, ret->prefix, &ret->prefix);
    }
    if (is_good && place.at == len) return ATK_LIST_TEXT_GOOD;
    *ret_at = place.at;
    return broken;
}

/* ---- writing --------------------------------------------------------------------------------- */

static char *put_number(char *out, unsigned value, unsigned base) {
    char digits[DIGITS_MAX];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
    } while ((value /= base) > 0);
    while (count > 0) *out++ = digits[--count];
    return out;
}

static char *put_ipv4(char *out, uint64_t high) {
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0) *out++ = '.';
        out = put_number(out, high >> (56 - 8 * i) & 0xFF, 10);
    }
    return out;
}

static unsigned group_at(const struct atk_network *network, unsigned i) {
    return (i < 4 ? network->high : network->low) >> (48 - i % 4 * 16) & 0xFFFF;
}

/* The longest run of groups that are 0, the first of those; one alone does not count. */
static void find_zeros(const struct atk_network *network, unsigned *ret_begin, unsigned *ret_end) {
    *ret_begin = *ret_end = 0;
    for (unsigned begin = 0, end; begin < GROUPS; begin = end + 1) {
        for (end = begin; end < GROUPS && group_at(network, end) == 0;) end++;
        if (end - begin < 2 || end - begin <= *ret_end - *ret_begin) continue;
        *ret_begin = begin;
        *ret_end = end;
    }
}

static char *put_ipv6(char *out, const struct atk_network *network) {
    unsigned zeros, zeros_end;
    find_zeros(network, &zeros, &zeros_end);
    for (unsigned i = 0; i < GROUPS;) {
        if (i == zeros && zeros < zeros_end) {
            *out++ = ':';
            *out++ = ':';
            i = zeros_end;
            continue;
        }
        if (i > 0 && i != zeros_end) *out++ = ':';
        out = put_number(out, group_at(network, i++), 16);
    }
    return out;
}

char *atk_network_write(const struct atk_network *network, char *out) {
    out = network->family == 4 ? put_ipv4(out, network->high) : put_ipv6(out, network);
    if (network->prefix == atk_network_bits(network->family)) return out;
    *out++ = '/';
    return put_number(out, network->prefix, 10);
}
