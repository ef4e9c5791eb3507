/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 1024

/* The option that an input error is about, so that the user knows what to correct. */
static const char *option_of_field(uint32_t field) {
    switch (field) {
    case APITOKEN_FIELD_OWNER: return "--owner";
    case APITOKEN_FIELD_NAME: return "--name";
    case APITOKEN_FIELD_DESCRIPTION: return "--description";
    case APITOKEN_FIELD_EXPIRY: return "--expires";
    case APITOKEN_FIELD_REASON: return "--reason";
    case APITOKEN_FIELD_INTERFACES: return "--interfaces";
    case APITOKEN_FIELD_NETWORKS: return "--networks";
    case APITOKEN_FIELD_DATA: return "--data";
    case APITOKEN_FIELD_GRACE: return "--grace";
    case APITOKEN_FIELD_REVISION: return "--revision";
    case APITOKEN_FIELD_ACTOR: return "--actor";
    case APITOKEN_FIELD_ID:
    case APITOKEN_FIELD_KEY: return "ID";
    case APITOKEN_FIELD_PREFIX: return "--prefix";
    case APITOKEN_FIELD_ZONE: return "--zone";
    case APITOKEN_FIELD_MAP_SIZE: return "--map-size";
    default: return NULL;
    }
}

__attribute__((format(printf, 1, 0))) static void report_va(const char *format, va_list args) {
    char line[LINE_MAX_BYTES];
    (void)vsnprintf(line, sizeof line, format, args);
    for (char *at = line; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) *at = '?';
    }
    (void)fprintf(stderr, "apitoken: %s\n", line);
}

void report(const char *format, ...) {
    va_list args;
    va_start(args, format);
    report_va(format, args);
    va_end(args);
}

enum exit_code report_usage(const char *format, ...) {
    va_list args;
    va_start(args, format);
    report_va(format, args);
    va_end(args);
    return EXIT_USAGE;
}

enum exit_code report_error(const char *subject, int code, const apitoken_error *err) {
    /* A call may fail before it fills `err`. */
    const char *text = err->code == code && err->text[0] ? err->text : apitoken_error_text(code);
    const char *id = err->code == code && code == APITOKEN_E_MAYBE ? err->id : "";
    const char *option = err->code == code ? option_of_field(err->field) : NULL;
    if (option) subject = option;
    /* the library's text may already name the file */
    if (subject && strstr(text, subject)) subject = NULL;
    /* always English: the tool sets no locale */
    const char *reason = err->code == code && err->os_code > 0 ? strerror(err->os_code) : "";
    report("%s%s%s%s%s%s%s [%s]", subject ? subject : "", subject ? ": " : "", text,
           *reason ? ": " : "", reason, *id ? "; token id " : "", id, apitoken_error_name(code));
    return exit_code_of(code);
}

enum exit_code report_no_memory(void) {
    report("out of memory");
    return EXIT_UNUSABLE;
}
