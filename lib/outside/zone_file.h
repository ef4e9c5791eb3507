/* SPDX-License-Identifier: MIT */
/*
 * The zone rules of the system: the compiled files of the package tzdata. The process's own zone
 * (TZ, TZDIR, /etc/localtime) plays no part.
 */
#ifndef APITOKEN_OUTSIDE_ZONE_FILE_H
#define APITOKEN_OUTSIDE_ZONE_FILE_H

#include "apitoken/apitoken.h"
#include "rules/tzif.h"

/* Where the files are looked for, in this order; ends in NULL. */
extern const char *const atk_zone_directories[];

struct atk_zone_file {
    uint8_t *bytes; /* NULL: not read yet */
    struct atk_tzif rules;
};

/*
 * Reads the rules of a zone, whose id has the right form. APITOKEN_E_ZONE if there is no such zone,
 * APITOKEN_E_ZONE_DATA if the system has no zone data or the file cannot be used,
 * APITOKEN_E_NOMEM. Opens a file: call it with no lock held.
 */
int atk_zone_file_read(const char *id, const char *const *directories, struct atk_zone_file *file,
                       apitoken_error *err);

/* Frees what was read. */
void atk_zone_file_free(struct atk_zone_file *file);

#endif
