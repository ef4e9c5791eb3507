/* SPDX-License-Identifier: MIT */
/*
 * A disk that loses power: what a log of record_writes.h has certainly written to it, and the parts
 * that may or may not be there. Each part is there as a whole or not at all, whatever came before
 * or after it: a sector of 512 bytes, which is in one of the states it has had; the size of a file;
 * one directory operation. If one of two exchanged names is missing, the exchange moves the other.
 * Modes are left out.
 */
#ifndef DISK_H
#define DISK_H

#include "record_writes.h"

enum { DISK_SECTOR = 512, DISK_OBJECTS = 32, DISK_ENTRIES = 32, DISK_PARTS = 1 << 14 };

struct disk_part {
    const struct record *record;
    size_t number; /* of the record */
    uint64_t at;   /* DATA: first byte in the file */
    size_t len;    /* DATA: within a sector */
};

struct disk_entry {
    uint32_t dir, object;
    char name[RECORD_NAME];
};

/* What a state may change of a disk beside the bytes, and small. */
struct disk_shape {
    uint64_t size[DISK_OBJECTS];
    uint64_t hash[DISK_OBJECTS]; /* of a file's bytes */
    struct disk_entry entry[DISK_ENTRIES];
    size_t entries;
};

struct disk {
    size_t reach; /* 0: barriers hold. Else they do not, and what is as many records old is there */
    uint8_t *bytes[DISK_OBJECTS];
    uint64_t used[DISK_OBJECTS]; /* beyond it all is 0 */
    struct disk_shape shape;
    struct disk_part part[DISK_PARTS]; /* not there for certain, in order */
    size_t parts;
    struct disk_undo *undo;
    size_t undos;
    struct disk_shape shape_before;
};

struct disk *disk_new(size_t reach);
void disk_free(struct disk *disk);

/* The next record of a log, number `number`. */
void disk_take(struct disk *disk, const struct record *records, size_t number);

/*
 * One more part of a sector brings along those before it: makes the choice of parts one that can
 * be.
 */
void disk_complete(const struct disk *disk, uint8_t *chosen);

/* Now the chosen parts are there, too, and are gone again. */
void disk_apply(struct disk *disk, const uint8_t *chosen);
void disk_undo(struct disk *disk);

/* What a file or a directory in the root is like, names, sizes and bytes; 0 if it is not there. */
uint64_t disk_hash(const struct disk *disk, const char *name);

/*
 * Puts a directory, or a file, there as `path`, and gives whether it is there. A file that was
 * never written but through a map keeps the bytes that somebody left in it: so does LMDB's table of
 * readers in a machine that stops.
 */
int disk_put(const struct disk *disk, const char *name, const char *path);
int disk_put_file(const struct disk *disk, const char *name, const char *path);

/* A good hash of a number (splitmix64, Vigna 2015). */
static inline uint64_t disk_mix(uint64_t x) {
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

#endif
