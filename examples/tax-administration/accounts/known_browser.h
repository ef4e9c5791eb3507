/* SPDX-License-Identifier: MIT */
/*
 * The cookie of a browser that signed in under a name before. It is no proof of who somebody is: it
 * only lets the browser try a password however many strangers guess at that name. It holds a day, a
 * random id, and a keyed hash of both and the name. It is good for half a year.
 */
#ifndef TAX_ADMINISTRATION_KNOWN_BROWSER_H
#define TAX_ADMINISTRATION_KNOWN_BROWSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KNOWN_BROWSER_KEY_LEN 32
#define KNOWN_BROWSER_ID_LEN 16
#define KNOWN_BROWSER_TEXT_LEN 70 /* 52 bytes in base64url */
#define KNOWN_BROWSER_DAYS 180

void known_browser_make(const unsigned char key[KNOWN_BROWSER_KEY_LEN], const char *name,
                        int64_t now_s, char ret_text[KNOWN_BROWSER_TEXT_LEN + 1]);

/* A text, and the name at which it is tried. */
struct known_browser_claim {
    const char *name;
    size_t name_length;
    const char *text;
    size_t text_length;
};

/* False if the host did not make the text for this name, or too long ago. */
bool known_browser_check(const unsigned char key[KNOWN_BROWSER_KEY_LEN],
                         const struct known_browser_claim *claim, int64_t now_s,
                         unsigned char ret_id[KNOWN_BROWSER_ID_LEN]);

#endif
