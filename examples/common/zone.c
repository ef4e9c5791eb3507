/* SPDX-License-Identifier: MIT */
#include "zone.h"

#include <apitoken/apitoken.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "civil.h"
#include "tzif.h"

#define FILE_MAX (256 * 1024) /* the largest of today has four kilobytes */
#define YEAR_MIN 1970
#define YEAR_MAX 9999
#define MS_MAX INT64_C(253402300799999)
/*
 * No offset is that large, so the day before holds at this distance from a day's beginning in UTC.
 */
#define SEARCH_SECONDS (36 * 3600)

struct zone_file {
    uint8_t *bytes; /* NULL for UTC */
    struct tzif rules;
};

static bool is_id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '_';
}

/*
 * Names between single slashes. No dot is allowed, so no ".." and none of the tables beside the
 * zones.
 */
static bool is_id(const char *zone, size_t len) {
    if (len == 0 || len > APITOKEN_ZONE_MAX) return false;
    char before = '/';
    for (size_t i = 0; i < len; before = zone[i++]) {
        if (!is_id_char(zone[i]) && (zone[i] != '/' || before == '/')) return false;
    }
    return before != '/';
}

/*
 * Links to a zone that differs from machine to machine, and second trees whose names IANA does not
 * have.
 */
static bool is_alias_of_system(const char *zone) {
    return strcmp(zone, "localtime") == 0 || strcmp(zone, "posixrules") == 0 ||
           strncmp(zone, "posix/", 6) == 0 || strncmp(zone, "right/", 6) == 0;
}

static ssize_t read_all(int fd, uint8_t *bytes, size_t len) {
    size_t used = 0;
    while (used < len) {
        ssize_t got = read(fd, bytes + used, len - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        used += (size_t)got;
    }
    return (ssize_t)used;
}

static int read_regular(int fd, uint8_t **ret_bytes, size_t *ret_len) {
    struct stat facts;
    if (fstat(fd, &facts) != 0) return ZONE_FAILED;
    if (!S_ISREG(facts.st_mode)) return ZONE_UNKNOWN; /* "Europe" is a directory */
    if (facts.st_size <= 0 || facts.st_size > FILE_MAX) return ZONE_FAILED;
    uint8_t *bytes = malloc((size_t)facts.st_size);
    if (!bytes) return ZONE_FAILED;
    if (read_all(fd, bytes, (size_t)facts.st_size) != facts.st_size) {
        free(bytes);
        return ZONE_FAILED;
    }
    *ret_bytes = bytes;
    *ret_len = (size_t)facts.st_size;
    return 0;
}

/* Free *ret_bytes when done. Not blocking, for whoever put a FIFO there. */
static int load_file(const char *path, uint8_t **ret_bytes, size_t *ret_len) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? ZONE_UNKNOWN : ZONE_FAILED;
    int rc = read_regular(fd, ret_bytes, ret_len);
    (void)close(fd);
    return rc;
}

/* Free the file's bytes when done. */
static int load_zone(const char *zone, size_t zone_len, const char *directory,
                     struct zone_file *ret_file) {
    char id[APITOKEN_ZONE_MAX + 1], path[PATH_MAX];
    size_t len;
    *ret_file = (struct zone_file){ 0 };
    if (!is_id(zone, zone_len)) return ZONE_UNKNOWN;
    memcpy(id, zone, zone_len);
    id[zone_len] = '\0';
    if (strcmp(id, "UTC") == 0) return 0;
    if (is_alias_of_system(id)) return ZONE_UNKNOWN;

    int written = snprintf(path, sizeof path, "%s/%s", directory ? directory : ZONE_DIRECTORY, id);
    if (written < 0 || (size_t)written >= sizeof path) return ZONE_FAILED;
    int rc = load_file(path, &ret_file->bytes, &len);
    if (rc != 0 || tzif_parse(ret_file->bytes, len, &ret_file->rules)) return rc;
    /* tables lie beside the zones */
    rc = tzif_has_magic(ret_file->bytes, len) ? ZONE_FAILED : ZONE_UNKNOWN;
    free(ret_file->bytes);
    return rc;
}

static void offset_at(const struct zone_file *file, int64_t at, int32_t *ret_offset,
                      int64_t *ret_next) {
    *ret_offset = 0;
    *ret_next = INT64_MAX;
    if (file->bytes) tzif_at(&file->rules, at, ret_offset, ret_next);
}

/*
 * The first second at which the local clock shows `midnight` or more, walking from change to
 * change.
 */
static int64_t first_second(const struct zone_file *file, int64_t midnight) {
    int64_t at = midnight - SEARCH_SECONDS, next;
    int32_t offset;
    for (;;) {
        offset_at(file, at, &offset, &next);
        int64_t start = midnight - offset > at ? midnight - offset : at;
        if (start < next) return start;
        at = next;
    }
}

static bool is_supported_day(int32_t day) {
    struct civil date = civil_from_yyyymmdd(day);
    return date.year >= YEAR_MIN && date.year <= YEAR_MAX && civil_is_valid(date);
}

int zone_day_start(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                   void *directory) {
    struct zone_file file;
    if (!is_supported_day(day)) return ZONE_FAILED;
    int rc = load_zone(zone, zone_len, directory, &file);
    if (rc != 0) return rc;
    int64_t midnight = civil_to_days(civil_from_yyyymmdd(day)) * CIVIL_DAY_SECONDS;
    *ret_start_ms = first_second(&file, midnight) * 1000;
    free(file.bytes);
    return 0;
}

int zone_day_at(const char *zone, size_t zone_len, int64_t at_ms, int32_t *ret_day,
                const char *directory) {
    struct zone_file file;
    int32_t offset;
    int64_t next;
    if (at_ms < 0 || at_ms > MS_MAX) return ZONE_FAILED;
    int rc = load_zone(zone, zone_len, directory, &file);
    if (rc != 0) return rc;
    int64_t at = at_ms / 1000;
    offset_at(&file, at, &offset, &next);
    *ret_day = civil_to_yyyymmdd(civil_from_days(civil_floor_div(at + offset, CIVIL_DAY_SECONDS)));
    free(file.bytes);
    return 0;
}
