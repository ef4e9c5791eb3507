/* SPDX-License-Identifier: MIT */
/* Zone files as the system may hold them: in directories made here. */
#include "outside/zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "cases.h"
#include "samples.h"
#include "zone_bytes.h"

static char top[] = "/tmp/test_zone_file_XXXXXX";
static char first[64], second[64];
static const char *const both[] = { first, second, NULL };
static const char *const none[] = { "/nonexistent/zoneinfo", NULL };

static void put(const char *directory, const char *name, const void *bytes, size_t len) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(close(fd), 0);
}

static void drop(const char *directory, const char *name) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    (void)remove(path);
}

static void make(const char *directory, const char *name) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* The second directory has the data, the first one is empty. */
static int make_directories(void **state) {
    (void)state;
    assert_non_null(mkdtemp(top));
    (void)snprintf(first, sizeof first, "%s/first", top);
    (void)snprintf(second, sizeof second, "%s/second", top);
    make(top, "first");
    make(top, "second");
    make(second, "Etc");
    put(second, "Etc/UTC", zone_bytes, sizeof zone_bytes);
    return 0;
}

static int remove_directories(void **state) {
    (void)state;
    drop(second, "Etc/UTC");
    drop(second, "Etc");
    drop(top, "second");
    drop(top, "first");
    return rmdir(top);
}

static int read_zone(const char *id, const char *const *directories, apitoken_error *err) {
    struct atk_zone_file file = { 0 };
    *err = (apitoken_error)APITOKEN_ERROR_INIT;
    int rc = atk_zone_file_read(id, directories, &file, err);
    assert_int_equal(err->code, rc);
    assert_true((rc == 0) == (file.bytes != NULL));
    atk_zone_file_free(&file);
    assert_null(file.bytes);
    return rc;
}

static void assert_unusable(const char *id, const char *why) {
    apitoken_error err;
    assert_code(read_zone(id, both, &err), APITOKEN_E_ZONE_DATA);
    assert_non_null(strstr(err.text, second)); /* the file ... */
    assert_non_null(strstr(err.text, id));
    assert_non_null(strstr(err.text, "tzdata")); /* ... and the package */
    assert_non_null(strstr(err.text, why));
}

static void test_the_first_directory_that_has_the_file_counts(void **state) {
    (void)state;
    apitoken_error err;
    put(second, "There", zone_bytes, sizeof zone_bytes);
    assert_code(read_zone("There", both, &err), 0);
    put(first, "There", "damaged", 7);
    assert_code(read_zone("There", both, &err), APITOKEN_E_ZONE);
    drop(first, "There");
    drop(second, "There");
    assert_code(read_zone("There", both, &err), APITOKEN_E_ZONE);
    assert_int_equal(err.field, APITOKEN_FIELD_ZONE);
    assert_non_null(strstr(err.text, "There"));
}

static void test_without_data_the_package_is_named(void **state) {
    (void)state;
    apitoken_error err;
    assert_code(read_zone("Europe/Berlin", none, &err), APITOKEN_E_ZONE_DATA);
    assert_int_equal(err.os_code, ENOENT);
    assert_non_null(strstr(err.text, "/nonexistent/zoneinfo/Europe/Berlin"));
    assert_non_null(strstr(err.text, "install the package tzdata"));
}

static void test_damaged_files_are_not_used(void **state) {
    (void)state;
    uint8_t large[ATK_ZONE_FILE_MAX + 1] = { 0 };
    memcpy(large, zone_bytes, sizeof zone_bytes);
    put(second, "Bad", zone_bytes, sizeof zone_bytes - 1);
    assert_unusable("Bad", "damaged");
    put(second, "Bad", zone_bytes, 4);
    assert_unusable("Bad", "damaged");
    put(second, "Bad", "", 0);
    assert_unusable("Bad", "empty");
    put(second, "Bad", large, sizeof large);
    assert_unusable("Bad", "too large");
    put(second, "Bad", large, sizeof large - 1);
    apitoken_error err;
    assert_code(read_zone("Bad", both, &err), 0); /* bytes behind a version 1 file do no harm */
    drop(second, "Bad");
}

static void test_a_link_to_itself_cannot_be_opened(void **state) {
    (void)state;
    char path[128];
    apitoken_error err;
    (void)snprintf(path, sizeof path, "%s/Loop", second);
    assert_int_equal(symlink("Loop", path), 0);
    assert_unusable("Loop", "opened");
    assert_code(read_zone("Loop", both, &err), APITOKEN_E_ZONE_DATA);
    assert_int_equal(err.os_code, ELOOP);
    drop(second, "Loop");
}

static void test_what_is_no_zone_file_is_no_zone(void **state) {
    (void)state;
    char path[128];
    apitoken_error err;
    (void)snprintf(path, sizeof path, "%s/Thing", second);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_code(read_zone("Thing", both, &err), APITOKEN_E_ZONE);
    drop(second, "Thing");
    put(second, "Thing", "a table", 7);
    assert_code(read_zone("Thing", both, &err), APITOKEN_E_ZONE);
    drop(second, "Thing");
    assert_code(read_zone("Etc", both, &err), APITOKEN_E_ZONE);          /* a directory */
    assert_code(read_zone("Etc/UTC/More", both, &err), APITOKEN_E_ZONE); /* below a file */
}

static void test_names_that_mean_the_machines_own_zone(void **state) {
    (void)state;
    static const char *const ids[] = { "localtime", "posixrules", "posix/Europe/Berlin",
                                       "right/Europe/Berlin" };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        apitoken_error err;
        assert_code(read_zone(ids[i], atk_zone_directories, &err), APITOKEN_E_ZONE);
        assert_int_equal(err.field, APITOKEN_FIELD_ZONE);
    }
}

/* They only begin like those. */
static void test_other_names_are_zones(void **state) {
    (void)state;
    static const char *const ids[] = { "localtime2", "posixrules2", "posixly",
                                       "rightly",    "posix",       "right" };
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        apitoken_error err;
        put(second, ids[i], zone_bytes, sizeof zone_bytes);
        assert_code(read_zone(ids[i], both, &err), 0);
        drop(second, ids[i]);
    }
}

static void test_descriptor_0_is_one_like_others(void **state) {
    (void)state;
    apitoken_error err;
    int kept = fcntl(0, F_DUPFD_CLOEXEC, 100);
    (void)close(0);
    assert_code(read_zone("Etc/UTC", both, &err), 0);
    assert_code(read_zone("Nowhere", both, &err), APITOKEN_E_ZONE);
    if (kept >= 0) assert_int_equal(dup2(kept, 0), 0);
    if (kept >= 0) assert_int_equal(close(kept), 0);
}

static void test_a_path_that_is_too_long_is_not_found(void **state) {
    (void)state;
    char directory[256];
    const char *const directories[] = { directory, second, NULL };
    apitoken_error err;
    memset(directory, 'd', sizeof directory - 1);
    directory[0] = '/';
    directory[sizeof directory - 1] = '\0';
    assert_code(read_zone("Etc/UTC", directories, &err), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_directory_that_has_the_file_counts),
        cmocka_unit_test(test_without_data_the_package_is_named),
        cmocka_unit_test(test_damaged_files_are_not_used),
        cmocka_unit_test(test_a_link_to_itself_cannot_be_opened),
        cmocka_unit_test(test_what_is_no_zone_file_is_no_zone),
        cmocka_unit_test(test_names_that_mean_the_machines_own_zone),
        cmocka_unit_test(test_other_names_are_zones),
        cmocka_unit_test(test_descriptor_0_is_one_like_others),
        cmocka_unit_test(test_a_path_that_is_too_long_is_not_found),
    };
    return run_cases(argc, argv, tests, make_directories, remove_directories);
}
