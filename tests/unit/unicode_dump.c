/* SPDX-License-Identifier: MIT */
/*
 * What the library knows of Unicode, for unicode_properties.py. Without an argument: three bytes a
 * code point, its properties, and which rule it breaks alone and between two letters. With "rules":
 * of each line of the input, which rule it breaks and where.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/names.h"
#include "rules/unicode.h"

static size_t encode(uint32_t code, char *out) {
    static const unsigned head[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; code >>= 6) out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(head[len] | code);
    return len;
}

static void dump_properties(void) {
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        struct atk_text_fault fault;
        char text[6] = "a";
        size_t len = encode(code, text + 1);
        text[1 + len] = 'b';
        (void)putchar((int)atk_unicode_properties(code));
        (void)putchar((int)atk_text_check(text + 1, len, &fault));
        (void)putchar((int)atk_text_check(text, len + 2, &fault));
    }
}

static void dump_rules(void) {
    char *line = NULL;
    size_t room = 0;
    for (ssize_t len; (len = getline(&line, &room, stdin)) > 0;) {
        struct atk_text_fault fault = { 0 };
        enum atk_text_rule rule = atk_text_check(line, (size_t)len - 1, &fault);
        (void)printf("%d %zu\n", (int)rule, fault.at);
    }
    free(line);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "rules") == 0)
        dump_rules();
    else
        dump_properties();
    return 0;
}
