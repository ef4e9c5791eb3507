/* SPDX-License-Identifier: MIT */
#include "http_head.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "http_request.h"

/* Part of a head. It does not end in NUL, but may contain one. */
struct span {
    const char *at;
    size_t length;
};

/* What was found in the fields so far. */
struct fields {
    struct span authority; /* of a target in absolute form; else empty */
    unsigned hosts, lengths, codings;
    uint64_t body;
    const char *reason; /* NULL = nothing is wrong */
};

static struct http_head with(enum http_head_form form, const char *reason) {
    return (struct http_head){ .form = form, .reason = reason };
}

static bool is(struct span text, const char *word) {
    return text.length == strlen(word) && strncasecmp(text.at, word, text.length) == 0;
}

static bool is_same(struct span one, struct span other) {
    return one.length == other.length && strncasecmp(one.at, other.at, one.length) == 0;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_token_char(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static size_t token_length(struct span text) {
    size_t length = 0;
    while (length < text.length && is_token_char(text.at[length])) length++;
    return length;
}

/* Takes the next line. Returns NULL, or what is wrong with its bytes. */
static const char *take_line(struct span *rest, struct span *line) {
    const char *end = memchr(rest->at, '\n', rest->length);
    size_t length = (size_t)(end - rest->at);
    if (length == 0 || end[-1] != '\r') return "A line of the header does not end in CR LF.";
    *line = (struct span){ rest->at, length - 1 };
    rest->at += length + 1;
    rest->length -= length + 1;
    for (size_t i = 0; i < line->length; i++) {
        unsigned char c = (unsigned char)line->at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) return "The header has a control character.";
    }
    return NULL;
}

/* ---- the request line (RFC 9112 section 3) --------------------------------------------------- */

/* The hosts answer themselves what is no ASCII in a target. */
static bool is_visible(struct span text) {
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.at[i] <= ' ') return false;
    return text.length > 0;
}

/* What follows http:// or https:// up to the path or the query; empty in any other form. */
static struct span target_authority(struct span target) {
    size_t skip = target.length >= 7 && strncasecmp(target.at, "http://", 7) == 0    ? 7
                  : target.length >= 8 && strncasecmp(target.at, "https://", 8) == 0 ? 8
                                                                                     : 0;
    struct span authority = { target.at + skip, 0 };
    if (skip == 0) return authority;
    while (skip + authority.length < target.length && !strchr("/?", authority.at[authority.length]))
        authority.length++;
    return authority;
}

static struct http_head check_request_line(struct span line, struct span *ret_authority) {
    static const char malformed[] = "The request line is malformed.";
    size_t method = token_length(line);
    if (method == 0 || method == line.length || line.at[method] != ' ')
        return with(HTTP_HEAD_BAD, malformed);
    struct span target = { line.at + method + 1, line.length - method - 1 };
    const char *blank = memchr(target.at, ' ', target.length);
    if (!blank) return with(HTTP_HEAD_BAD, malformed);
    struct span version = { blank + 1, target.length - (size_t)(blank + 1 - target.at) };
    target.length = (size_t)(blank - target.at);
    if (!is_visible(target) || memchr(target.at, '#', target.length))
        return with(HTTP_HEAD_BAD, malformed);
    if (version.length != 8 || memcmp(version.at, "HTTP/", 5) != 0 || !is_digit(version.at[5]) ||
        version.at[6] != '.' || !is_digit(version.at[7]))
        return with(HTTP_HEAD_BAD, malformed);
    *ret_authority = target_authority(target);
    if (version.at[5] != '1' || version.at[7] > '1')
        return with(HTTP_HEAD_VERSION, "The host speaks HTTP/1.1 and HTTP/1.0.");
    return with(HTTP_HEAD_GOOD, version.at[7] == '1' ? NULL : "1.0");
}

/* ---- fields (RFC 9112 section 5) ------------------------------------------------------------- */

static struct span skip_blanks(struct span text) {
    while (text.length > 0 && (*text.at == ' ' || *text.at == '\t')) {
        text.at++;
        text.length--;
    }
    return text;
}

static struct span trim(struct span text) {
    text = skip_blanks(text);
    while (text.length > 0 && (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* A host and perhaps a port (RFC 9110 section 7.2): no user, no path, no blank. */
static bool is_authority(struct span value) {
    for (size_t i = 0; i < value.length; i++)
        if (!is_token_char(value.at[i]) && !strchr(":[](),;=", value.at[i])) return false;
    return !memchr(value.at, '\0', value.length);
}

static void take_length(struct fields *fields, struct span value) {
    uint64_t length = 0;
    bool is_good = value.length > 0;
    for (size_t i = 0; is_good && i < value.length; i++) {
        uint64_t digit = (uint64_t)(value.at[i] - '0');
        is_good = is_digit(value.at[i]) && length <= (HTTP_LENGTH_UNKNOWN - 1 - digit) / 10;
        length = length * 10 + digit;
    }
    if (!is_good) fields->reason = "Content-Length is no number.";
    fields->lengths++;
    fields->body = length;
}

static void take_coding(struct fields *fields, struct span value) {
    if (!is(value, "chunked")) fields->reason = "The only transfer coding is chunked.";
    fields->codings++;
    fields->body = HTTP_LENGTH_UNKNOWN;
}

static void take_field(struct fields *fields, struct span line) {
    size_t length = token_length(line);
    if (line.length > 0 && (*line.at == ' ' || *line.at == '\t')) {
        fields->reason = "A field of the header goes on in the next line.";
        return;
    }
    if (length == 0 || length == line.length || line.at[length] != ':') {
        fields->reason = "A field of the header has no valid name.";
        return;
    }
    struct span name = { line.at, length };
    /* libmicrohttpd takes a blank after it for a part of the value: it would not find the length */
    struct span value =
        skip_blanks((struct span){ line.at + length + 1, line.length - length - 1 });
    if (is(name, "Host")) {
        value = trim(value);
        fields->hosts++;
        if (!is_authority(value)) fields->reason = "The field Host is malformed.";
        if (fields->authority.length > 0 && !is_same(fields->authority, value))
            fields->reason = "The field Host and the target name different hosts.";
    } else if (is(name, "Content-Length")) {
        take_length(fields, value);
    } else if (is(name, "Transfer-Encoding")) {
        take_coding(fields, value);
    }
}

static const char *check_fields(const struct fields *fields, bool is_old) {
    if (fields->reason) return fields->reason;
    if (fields->hosts > 1) return "The header has more than one field Host.";
    if (fields->hosts == 0 && !is_old) return "The header has no field Host.";
    if (fields->lengths + fields->codings > 1) return "The length of the body is ambiguous.";
    if (fields->codings && is_old) return "HTTP/1.0 has no transfer codings.";
    return NULL;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* The length up to the end of the first empty line, however it ends; 0 if there is none. */
static size_t head_length(const char *bytes, size_t length) {
    size_t begin = 0;
    for (;;) {
        const char *end = memchr(bytes + begin, '\n', length - begin);
        if (!end) return 0;
        size_t next = (size_t)(end - bytes) + 1;
        bool is_empty = next - begin == 1 || (next - begin == 2 && bytes[begin] == '\r');
        if (is_empty && begin > 0) return next;
        begin = next;
    }
}

static struct http_head check_lines(struct span rest) {
    struct fields fields = { .reason = NULL };
    struct span line;
    size_t length = rest.length;
    const char *reason = take_line(&rest, &line);
    if (reason) return with(HTTP_HEAD_BAD, reason);
    struct http_head head = check_request_line(line, &fields.authority);
    if (head.form != HTTP_HEAD_GOOD) return head;
    bool is_old = head.reason != NULL;
    while (rest.length > 0) {
        reason = take_line(&rest, &line);
        if (reason) return with(HTTP_HEAD_BAD, reason);
        if (line.length > 0) take_field(&fields, line);
    }
    reason = check_fields(&fields, is_old);
    if (reason) return with(HTTP_HEAD_BAD, reason);
    return (struct http_head){ .form = HTTP_HEAD_GOOD, .length = length, .body = fields.body };
}

struct http_head http_head_check(const char *bytes, size_t length) {
    /* RFC 9112 section 2.2: an empty line before a request is ignored */
    size_t skip = length >= 2 && memcmp(bytes, "\r\n", 2) == 0 ? 2 : 0;
    bool is_start = length == skip || is_token_char(bytes[skip]) ||
                    (skip == 0 && length == 1 && bytes[0] == '\r');
    if (!is_start) return with(HTTP_HEAD_BAD, "This is no request.");
    size_t own = head_length(bytes + skip, length - skip);
    if (own > HTTP_HEAD_MAX || (own == 0 && length - skip > HTTP_HEAD_MAX))
        return with(HTTP_HEAD_LARGE, "The header is larger than 16 KiB.");
    if (own == 0) return with(HTTP_HEAD_PART, NULL);
    struct http_head head = check_lines((struct span){ bytes + skip, own });
    head.length += skip;
    return head;
}
