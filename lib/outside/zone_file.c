/* SPDX-License-Identifier: MIT */
#include "outside/zone_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "outside/files.h"

/* The directories that distributions use; those of Python's zoneinfo, PEP 615. */
const char *const atk_zone_directories[] = { "/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                             "/usr/share/lib/zoneinfo", "/etc/zoneinfo", NULL };

/* Every edition of the data has this zone: where it is missing there are no data. */
#define WITNESS "Etc/UTC"

/* Longest directory and id, with a slash and a NUL; a longer path of a test is not found. */
#define PATH_CAP 192

/*
 * Names beside the zones that mean another zone on every machine, and second trees whose names the
 * IANA does not list.
 */
static bool is_alias_of_system(const char *id) {
    return strcmp(id, "localtime") == 0 || strcmp(id, "posixrules") == 0 ||
           strncmp(id, "posix/", 6) == 0 || strncmp(id, "right/", 6) == 0;
}

static int unknown(apitoken_error *err, const char *id, const char *path) {
    return atk_fail_field(err, APITOKEN_E_ZONE, APITOKEN_FIELD_ZONE, 0,
                          "unknown time zone %s: %s is not a zone file of the package tzdata", id,
                          path);
}

static int unusable(apitoken_error *err, int os_code, const char *path, const char *why) {
    return atk_fail_os(err, APITOKEN_E_ZONE_DATA, os_code,
                       "cannot use the zone file %s of the package tzdata: %s", path, why);
}

/* NONBLOCK for a FIFO in the place of the file. -1 and errno if it cannot be opened. */
static int open_in(const char *directory, const char *id, char path[PATH_CAP]) {
    int len = snprintf(path, PATH_CAP, "%s/%s", directory, id);
    if (len >= PATH_CAP) {
        errno = ENOENT;
        return -1;
    }
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static bool has_data(const char *const *directories) {
    char path[PATH_CAP];
    for (; *directories; directories++) {
        ATK_SCOPED_FD fd = open_in(*directories, WITNESS, path);
        if (fd >= 0) return true;
    }
    return false;
}

/* `path` is the first place that was looked at. */
static int missing(const char *id, const char *const *directories, const char *path,
                   apitoken_error *err) {
    if (has_data(directories)) return unknown(err, id, path);
    return atk_fail_os(err, APITOKEN_E_ZONE_DATA, ENOENT,
                       "no time zone data, %s is missing: install the package tzdata", path);
}

/* Opens the file in the first directory that has it. `path` is that file, or the first tried. */
static int find(const char *id, const char *const *directories, char path[PATH_CAP], int *ret_fd,
                apitoken_error *err) {
    char at[PATH_CAP];
    for (size_t i = 0; directories[i]; i++) {
        int fd = open_in(directories[i], id, at);
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
            if (i == 0) memcpy(path, at, PATH_CAP);
            continue;
        }
        if (fd < 0) return unusable(err, errno, at, "it cannot be opened");
        memcpy(path, at, PATH_CAP);
        *ret_fd = fd;
        return 0;
    }
    return missing(id, directories, path, err);
}

static bool read_whole(int fd, uint8_t *bytes, size_t len) {
    size_t used = 0;
    while (used < len) {
        ssize_t got = read(fd, bytes + used, len - used);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            if (got == 0) errno = 0;
            return false;
        }
        used += (size_t)got;
    }
    return true;
}

static int read_rules(int fd, size_t len, const char *id, const char *path,
                      struct atk_zone_file *file, apitoken_error *err) {
    if (!read_whole(fd, file->bytes, len)) return unusable(err, errno, path, "it cannot be read");
    if (!atk_tzif_has_magic(file->bytes, len)) return unknown(err, id, path); /* zone.tab */
    if (!atk_tzif_parse(file->bytes, len, &file->rules))
        return unusable(err, 0, path, "it is damaged, or contains leap seconds");
    return 0;
}

static int load(int fd, const char *id, const char *path, struct atk_zone_file *file,
                apitoken_error *err) {
    struct stat facts;
    if (fstat(fd, &facts) != 0) return unusable(err, errno, path, "it cannot be read");
    if (!S_ISREG(facts.st_mode)) return unknown(err, id, path); /* "Europe" is a directory */
    if (facts.st_size <= 0 || facts.st_size > ATK_ZONE_FILE_MAX)
        return unusable(err, 0, path, "it is empty or too large");
    file->bytes = malloc((size_t)facts.st_size);
    if (!file->bytes) return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    int rc = read_rules(fd, (size_t)facts.st_size, id, path, file, err);
    if (rc < 0) atk_zone_file_free(file);
    return rc;
}

int atk_zone_file_read(const char *id, const char *const *directories, struct atk_zone_file *file,
                       apitoken_error *err) {
    char path[PATH_CAP] = "";
    ATK_SCOPED_FD fd = -1;
    if (is_alias_of_system(id))
        return atk_fail_field(err, APITOKEN_E_ZONE, APITOKEN_FIELD_ZONE, 0,
                              "%s is only another name for a time zone: use the zone's own name",
                              id);
    ATK_TRY(find(id, directories, path, &fd, err));
    return load(fd, id, path, file, err);
}

void atk_zone_file_free(struct atk_zone_file *file) {
    free(file->bytes);
    file->bytes = NULL;
}
