/* SPDX-License-Identifier: MIT */
#include "loop_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "fixture.h"

bool loop_disk_is_known(const char *type) {
    char line[128];
    bool is_known = false;
    FILE *file = fopen("/proc/filesystems", "re");
    while (file && fgets(line, sizeof line, file)) {
        const char *name = strrchr(line, '\t');
        line[strcspn(line, "\n")] = '\0';
        is_known |= name && strcmp(name + 1, type) == 0;
    }
    if (file) (void)fclose(file);
    return is_known;
}

__attribute__((format(printf, 1, 2))) static bool run(const char *format, ...) {
    char command[512];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(command, sizeof command, format, list);
    va_end(list);
    return system(command) == 0;
}

const char *loop_disk_mount(const struct loop_disk *disk, const char *image, const char *at) {
    static char why[128];
    if (geteuid() != 0) return "only root can mount";
    (void)snprintf(why, sizeof why, "this kernel has no %s", disk->type);
    if (!loop_disk_is_known(disk->type)) return why;
    if (!disk->make) {
        char options[64];
        (void)snprintf(options, sizeof options, "size=%um,mode=0700", disk->mib);
        return mount("none", at, disk->type, 0, options) == 0 ? NULL : strerror(errno);
    }
    (void)snprintf(why, sizeof why, "%s does not work here", disk->make);
    if (!run("truncate -s %uM %s && %s %s >/dev/null 2>&1", disk->mib, image, disk->make, image))
        return why;
    (void)snprintf(why, sizeof why, "a %s in a file cannot be mounted here", disk->type);
    return run("mount -t %s -o loop%s%s %s %s 2>/dev/null", disk->type, disk->options ? "," : "",
               disk->options ? disk->options : "", image, at)
               ? NULL
               : why;
}

void loop_disk_unmount(const char *at) { (void)umount2(at, MNT_DETACH); }

void loop_disk_fill(const char *path) {
    static const char block[1 << 16];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (size_t len = sizeof block; len > 0;) {
        ssize_t done = write(fd, block, len);
        assert_true(done > 0 || errno == ENOSPC || errno == EINTR);
        /* space that is still being freed counts, too */
        if (done < 0 && errno == ENOSPC) (void)fsync(fd), len /= 2;
    }
    (void)fsync(fd);
    (void)close(fd);
}
