/* SPDX-License-Identifier: MIT */
#include "accounts/known_browser.h"

#include <sodium.h>
#include <string.h>

#define DAY_S 86400
#define MAC_LEN 32

struct content {
    unsigned char day[4];
    unsigned char id[KNOWN_BROWSER_ID_LEN];
    unsigned char mac[MAC_LEN];
};

_Static_assert(sizeof(struct content) == 52, "without padding");
_Static_assert(sodium_base64_ENCODED_LEN(sizeof(struct content),
                                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
                   KNOWN_BROWSER_TEXT_LEN + 1,
               "a text holds the content");
_Static_assert(KNOWN_BROWSER_KEY_LEN == crypto_generichash_KEYBYTES, "one key");

/* Day and id have a fixed length, so the name needs none. */
static void make_mac(const unsigned char key[KNOWN_BROWSER_KEY_LEN], const struct content *content,
                     const char *name, size_t name_length, unsigned char ret_mac[MAC_LEN]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, KNOWN_BROWSER_KEY_LEN, MAC_LEN);
    crypto_generichash_update(&state, content->day, sizeof content->day);
    crypto_generichash_update(&state, content->id, sizeof content->id);
    crypto_generichash_update(&state, (const unsigned char *)name, name_length);
    crypto_generichash_final(&state, ret_mac, MAC_LEN);
    sodium_memzero(&state, sizeof state);
}

static void put_day(unsigned char bytes[4], uint32_t day) {
    for (int i = 0; i < 4; i++) bytes[i] = (unsigned char)(day >> (8 * i));
}

static int64_t get_day(const unsigned char bytes[4]) {
    uint32_t day = 0;
    for (int i = 0; i < 4; i++) day |= (uint32_t)bytes[i] << (8 * i);
    return day;
}

void known_browser_make(const unsigned char key[KNOWN_BROWSER_KEY_LEN], const char *name,
                        int64_t now_s, char ret_text[KNOWN_BROWSER_TEXT_LEN + 1]) {
    struct content content;
    put_day(content.day, (uint32_t)(now_s / DAY_S));
    randombytes_buf(content.id, sizeof content.id);
    make_mac(key, &content, name, strlen(name), content.mac);
    sodium_bin2base64(ret_text, KNOWN_BROWSER_TEXT_LEN + 1, (const unsigned char *)&content,
                      sizeof content, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(&content, sizeof content);
}

static bool is_fresh(const struct content *content, int64_t now_s) {
    int64_t age = now_s / DAY_S - get_day(content->day);
    return age >= -1 && age <= KNOWN_BROWSER_DAYS; /* -1: the clock was set back a little */
}

bool known_browser_check(const unsigned char key[KNOWN_BROWSER_KEY_LEN],
                         const struct known_browser_claim *claim, int64_t now_s,
                         unsigned char ret_id[KNOWN_BROWSER_ID_LEN]) {
    struct content content;
    unsigned char mac[MAC_LEN];
    size_t length = 0;
    if (claim->text_length != KNOWN_BROWSER_TEXT_LEN ||
        sodium_base642bin((unsigned char *)&content, sizeof content, claim->text,
                          claim->text_length, NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        length != sizeof content)
        return false;
    make_mac(key, &content, claim->name, claim->name_length, mac);
    bool is_good = crypto_verify_32(mac, content.mac) == 0 && is_fresh(&content, now_s);
    if (is_good) memcpy(ret_id, content.id, KNOWN_BROWSER_ID_LEN);
    sodium_memzero(mac, sizeof mac);
    sodium_memzero(&content, sizeof content);
    return is_good;
}
