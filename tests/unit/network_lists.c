/* SPDX-License-Identifier: MIT */
/*
 * For network_lists.py. Reads lines of a letter and hexadecimal bytes, and writes a line for each:
 * "t", a list text: the rule that it breaks and where, or 0, the value and its canonical text;
 * "p", a peer: whether the value of the last good text allows it; "v": whether a value is valid.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/networks.h"

static struct {
    uint8_t bytes[ATK_NETWORKS_VALUE_MAX];
    size_t len;
} value;

static void write_parsed(const char *text, size_t len) {
    char canonical[APITOKEN_NETWORKS_TEXT_MAX + 1];
    size_t at;
    enum atk_list_text_rule rule = atk_networks_parse(text, len, value.bytes, &value.len, &at);
    if (rule != ATK_LIST_TEXT_GOOD) {
        printf("%d %zu\n", (int)rule, at);
        return;
    }
    printf("0 ");
    for (size_t i = 0; i < value.len; i++) printf("%02x", value.bytes[i]);
    (void)atk_networks_format(value.bytes, value.len, canonical);
    printf(" %s\n", canonical);
}

static void answer(char letter, const uint8_t *bytes, size_t len) {
    if (letter == 't')
        write_parsed((const char *)bytes, len);
    else if (letter == 'p')
        printf("%d\n", (int)atk_networks_allow(value.bytes, value.len, bytes, len));
    else
        printf("%d\n", (int)atk_networks_is_valid(bytes, len));
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    for (ssize_t width; (width = getline(&line, &room, stdin)) > 1;) {
        const size_t len = ((size_t)width - 2) / 2;
        uint8_t *bytes = malloc(len ? len : 1); /* so that a sanitizer sees a byte too far */
        if (!bytes) abort();
        for (size_t i = 0; i < len; i++) {
            const char digits[] = { line[1 + 2 * i], line[2 + 2 * i], '\0' };
            bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
        }
        answer(line[0], bytes, len);
        free(bytes);
    }
    free(line);
    return 0;
}
