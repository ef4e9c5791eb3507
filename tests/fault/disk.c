/* SPDX-License-Identifier: MIT */
#include "disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

enum { FILE_MAX = 1 << 23, ROOT = 0 };

struct disk_undo {
    uint32_t object;
    uint64_t at;
    uint8_t bytes[DISK_SECTOR];
};

struct disk *disk_new(size_t reach) {
    struct disk *disk = calloc(1, sizeof *disk);
    assert_non_null(disk);
    disk->reach = reach;
    disk->undo = calloc(DISK_PARTS, sizeof *disk->undo);
    assert_non_null(disk->undo);
    for (size_t i = 0; i < DISK_OBJECTS; i++) assert_non_null(disk->bytes[i] = calloc(1, FILE_MAX));
    return disk;
}

void disk_free(struct disk *disk) {
    for (size_t i = 0; i < DISK_OBJECTS; i++) free(disk->bytes[i]);
    free(disk->undo);
    free(disk);
}

/* ---- what a part does ------------------------------------------------------------------------ */

static uint64_t hash_sector(const uint8_t *bytes, uint64_t at) {
    uint64_t word[DISK_SECTOR / 8], hash = 0, any = 0;
    memcpy(word, bytes + at, sizeof word);
    for (size_t i = 0; i < DISK_SECTOR / 8; i++) {
        hash = (hash ^ word[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 32;
        any |= word[i];
    }
    return any ? disk_mix(hash ^ disk_mix(at)) : 0;
}

static void write_bytes(struct disk *disk, const struct disk_part *part, int can_undo) {
    const uint32_t object = part->record->object;
    const uint64_t sector = part->at / DISK_SECTOR * DISK_SECTOR;
    uint8_t *bytes = disk->bytes[object];
    if (can_undo) {
        struct disk_undo *undo = &disk->undo[disk->undos++];
        undo->object = object;
        undo->at = sector;
        memcpy(undo->bytes, bytes + sector, DISK_SECTOR);
    }
    disk->shape.hash[object] ^= hash_sector(bytes, sector);
    memcpy(bytes + part->at, part->record->bytes + (part->at - part->record->at), part->len);
    disk->shape.hash[object] ^= hash_sector(bytes, sector);
    if (disk->used[object] < sector + DISK_SECTOR) disk->used[object] = sector + DISK_SECTOR;
}

static struct disk_entry *find(const struct disk_shape *shape, uint32_t dir, const char *name) {
    for (size_t i = 0; i < shape->entries; i++)
        if (shape->entry[i].dir == dir && strcmp(shape->entry[i].name, name) == 0)
            return (struct disk_entry *)(uintptr_t)&shape->entry[i];
    return NULL;
}

static void leave_dir(struct disk_shape *shape, uint32_t dir, const char *name) {
    struct disk_entry *entry = find(shape, dir, name);
    if (entry) *entry = shape->entry[--shape->entries];
}

static void enter_dir(struct disk_shape *shape, uint32_t dir, const char *name, uint32_t object) {
    leave_dir(shape, dir, name);
    assert_true(shape->entries < DISK_ENTRIES);
    struct disk_entry *entry = &shape->entry[shape->entries++];
    entry->dir = dir;
    entry->object = object;
    memcpy(entry->name, name, RECORD_NAME);
}

static void exchange(struct disk_shape *shape, uint32_t dir, const char *name,
                     const char *new_name) {
    struct disk_entry *one = find(shape, dir, name), *other = find(shape, dir, new_name);
    if (one) memcpy(one->name, new_name, RECORD_NAME);
    if (other) memcpy(other->name, name, RECORD_NAME);
}

static void do_part(struct disk *disk, const struct disk_part *part, int can_undo) {
    const struct record *record = part->record;
    switch (record->kind) {
    case RECORD_DATA: write_bytes(disk, part, can_undo); break;
    case RECORD_SIZE: disk->shape.size[record->object] = record->at; break;
    case RECORD_ENTER: enter_dir(&disk->shape, record->dir, record->name, record->object); break;
    case RECORD_RENAME:
        leave_dir(&disk->shape, record->dir, record->name);
        enter_dir(&disk->shape, record->dir, record->new_name, record->object);
        break;
    case RECORD_EXCHANGE:
        exchange(&disk->shape, record->dir, record->name, record->new_name);
        break;
    default: leave_dir(&disk->shape, record->dir, record->name); break;
    }
}

/* ---- what is there for certain, and what is not ---------------------------------------------- */

void disk_complete(const struct disk *disk, uint8_t *chosen) {
    static uint8_t is_later_chosen[DISK_OBJECTS][FILE_MAX / DISK_SECTOR]; /* all 0 between calls */
    for (size_t i = disk->parts; i-- > 0;) {
        const struct disk_part *part = &disk->part[i];
        if (part->record->kind == RECORD_DATA)
            chosen[i] = is_later_chosen[part->record->object][part->at / DISK_SECTOR] |= chosen[i];
    }
    for (size_t i = 0; i < disk->parts; i++)
        if (disk->part[i].record->kind == RECORD_DATA)
            is_later_chosen[disk->part[i].record->object][disk->part[i].at / DISK_SECTOR] = 0;
}

/* From now on the chosen ones are there for certain. */
static void settle(struct disk *disk, uint8_t *chosen) {
    size_t left = 0;
    disk_complete(disk, chosen);
    for (size_t i = 0; i < disk->parts; i++) {
        if (chosen[i])
            do_part(disk, &disk->part[i], 0);
        else
            disk->part[left++] = disk->part[i];
    }
    disk->parts = left;
}

static int is_of(const struct record *record, uint32_t object) {
    return record->kind == RECORD_DATA || record->kind == RECORD_SIZE ? record->object == object
                                                                      : record->dir == object;
}

static void sync_object(struct disk *disk, uint32_t object, size_t first) {
    uint8_t chosen[DISK_PARTS];
    for (size_t i = 0; i < disk->parts; i++)
        chosen[i] = is_of(disk->part[i].record, object) && disk->part[i].number >= first;
    settle(disk, chosen);
}

static void settle_old(struct disk *disk, size_t number) {
    uint8_t chosen[DISK_PARTS];
    for (size_t i = 0; i < disk->parts; i++)
        chosen[i] = disk->part[i].number + disk->reach <= number;
    settle(disk, chosen);
}

static void add_part(struct disk *disk, struct disk_part part) {
    assert_true(disk->parts < DISK_PARTS);
    disk->part[disk->parts++] = part;
}

static void add_sectors(struct disk *disk, const struct record *record, size_t number) {
    const uint64_t end = record->at + record->len;
    assert_true(end <= FILE_MAX);
    for (uint64_t at = record->at; at < end;) {
        const uint64_t next = (at / DISK_SECTOR + 1) * DISK_SECTOR, stop = next < end ? next : end;
        add_part(disk, (struct disk_part){ record, number, at, (size_t)(stop - at) });
        at = stop;
    }
}

void disk_take(struct disk *disk, const struct record *records, size_t number) {
    const struct record *record = &records[number];
    if (disk->reach) settle_old(disk, number);
    switch (record->kind) {
    case RECORD_BEGIN:
    case RECORD_ACK: break;
    case RECORD_SYNC:
    case RECORD_SYNC_WRITE:
        if (!disk->reach)
            sync_object(disk, record->object, record->kind == RECORD_SYNC ? 0 : (size_t)record->at);
        break;
    case RECORD_DATA: add_sectors(disk, record, number); break;
    default: add_part(disk, (struct disk_part){ record, number, 0, 0 }); break;
    }
}

void disk_apply(struct disk *disk, const uint8_t *chosen) {
    disk->shape_before = disk->shape;
    disk->undos = 0;
    for (size_t i = 0; i < disk->parts; i++)
        if (chosen[i]) do_part(disk, &disk->part[i], 1);
}

void disk_undo(struct disk *disk) {
    while (disk->undos > 0) {
        const struct disk_undo *undo = &disk->undo[--disk->undos];
        memcpy(disk->bytes[undo->object] + undo->at, undo->bytes, DISK_SECTOR);
    }
    disk->shape = disk->shape_before;
}

/* ---- what it looks like ---------------------------------------------------------------------- */

static uint64_t hash_object(const struct disk *disk, uint32_t object) {
    return disk_mix(disk_mix(disk->shape.size[object] ^ (uint64_t)object << 56) ^
                    disk->shape.hash[object]);
}

uint64_t disk_hash(const struct disk *disk, const char *name) {
    const struct disk_entry *dir = find(&disk->shape, ROOT, name);
    if (!dir) return 0;
    uint64_t hash = hash_object(disk, dir->object);
    for (size_t i = 0; i < disk->shape.entries; i++) {
        const struct disk_entry *entry = &disk->shape.entry[i];
        if (entry->dir != dir->object) continue;
        /* the object stands for its name: members are not renamed */
        hash += disk_mix(disk_mix(disk->shape.size[entry->object] ^ (uint64_t)entry->object << 56) ^
                         disk->shape.hash[entry->object]);
    }
    return hash;
}

/* Removes what the last state had and this one has not. */
static void clear_dir(const struct disk_shape *shape, uint32_t object, const char *path) {
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' || (object && find(shape, object, entry->d_name))) continue;
        assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
    }
    (void)closedir(dir);
}

static void put_bytes(const struct disk *disk, const struct disk_entry *entry, const char *path,
                      mode_t mode) {
    const uint64_t size = disk->shape.size[entry->object], used = disk->used[entry->object];
    const uint64_t len = used < size ? used : size;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    /* nothing stays of the last state, whose host wrote on */
    assert_int_equal(ftruncate(fd, (off_t)len), 0);
    if (len > 0) assert_int_equal(pwrite(fd, disk->bytes[entry->object], len, 0), (ssize_t)len);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    (void)close(fd);
}

int disk_put(const struct disk *disk, const char *name, const char *path) {
    char full[160];
    const struct disk_entry *dir = find(&disk->shape, ROOT, name);
    (void)mkdir(path, 0750);
    clear_dir(&disk->shape, dir ? dir->object : ROOT, path);
    if (!dir) return rmdir(path) != 0;
    for (size_t i = 0; i < disk->shape.entries; i++) {
        const struct disk_entry *entry = &disk->shape.entry[i];
        if (entry->dir != dir->object) continue;
        (void)snprintf(full, sizeof full, "%s/%s", path, entry->name);
        put_bytes(disk, entry, full, 0640);
    }
    return 1;
}

int disk_put_file(const struct disk *disk, const char *name, const char *path) {
    const struct disk_entry *file = find(&disk->shape, ROOT, name);
    (void)unlink(path);
    if (file) put_bytes(disk, file, path, 0600);
    return file != NULL;
}
