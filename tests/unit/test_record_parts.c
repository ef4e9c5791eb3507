/* SPDX-License-Identifier: MIT */
#include "rules/record_parts.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

/* Parts in memory with room for `cap` bytes. */
struct place {
    uint8_t bytes[1024];
    uint16_t len;
    size_t cap;
};

static struct atk_parts parts_of(struct place *place) {
    return (struct atk_parts){ place->bytes, &place->len, place->cap };
}

/* What lies behind the parts. */
static uint8_t unused_byte(size_t at) { return (uint8_t)(at * 7 + 85); }

static void assert_unused_from(const struct place *place, size_t at) {
    for (; at < sizeof place->bytes; at++) assert_int_equal(place->bytes[at], unused_byte(at));
}

static void load(struct place *place, const char *hex) {
    uint8_t bytes[SAMPLE_BYTES_MAX];
    for (size_t i = 0; i < sizeof place->bytes; i++) place->bytes[i] = unused_byte(i);
    place->len = (uint16_t)sample_bytes(hex, bytes);
    place->cap = sizeof place->bytes;
    memcpy(place->bytes, bytes, place->len);
}

#define assert_place(place, hex) assert_bytes((place)->bytes, (place)->len, hex)

/* Types 10, 20 and 130; the one in the middle is empty. */
#define THREE "0a0200a1a2140000820100b1"

/* ---- reading --------------------------------------------------------------------------------- */

static void test_parts_are_read_one_by_one(void **state) {
    (void)state;
    struct place place;
    struct atk_part part = { 0, 0, NULL };
    load(&place, THREE);
    struct atk_reader r = atk_reader_of(place.bytes, place.len);
    assert_true(atk_part_get(&r, part.type, &part));
    assert_int_equal(part.type, 10);
    assert_bytes(part.value, part.len, "a1a2");
    assert_true(atk_part_get(&r, part.type, &part));
    assert_int_equal(part.type, 20);
    assert_int_equal(part.len, 0);
    assert_true(atk_part_get(&r, part.type, &part));
    assert_int_equal(part.type, 130);
    assert_int_equal(r.left, 0);
    assert_false(atk_part_get(&r, part.type, &part));
}

static void test_the_order_of_types(void **state) {
    (void)state;
    static const unsigned rows[][3] = { /* last, type, is good */
                                        { 0, 1, 1 },   { 0, 0, 0 },     { 9, 10, 1 },
                                        { 10, 10, 0 }, { 11, 10, 0 },   { 253, 254, 1 },
                                        { 0, 255, 0 }, { 254, 255, 0 }, { 255, 254, 0 }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint8_t bytes[] = { (uint8_t)rows[i][1], 0, 0 };
        struct atk_reader r = atk_reader_of(bytes, sizeof bytes);
        struct atk_part part;
        assert_int_equal(atk_part_get(&r, rows[i][0], &part), rows[i][2]);
    }
}

static void test_what_parts_say_of_a_record(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        int code;
    } rows[] = {
        { "", 0 },
        { "800000", 0 },
        { "7f0000", APITOKEN_E_NEWER },
        { "7f0000800000", APITOKEN_E_NEWER },
        { "fe0000", 0 },
        { "ff0000", APITOKEN_E_DAMAGED },
        { "000000", APITOKEN_E_DAMAGED },
        { "80", APITOKEN_E_DAMAGED },
        { "8000", APITOKEN_E_DAMAGED },
        { "800100", APITOKEN_E_DAMAGED },
        { "800001", APITOKEN_E_DAMAGED }, /* 256 bytes */
        { "80000080", APITOKEN_E_DAMAGED },
        { "7f0000ff0000", APITOKEN_E_DAMAGED }, /* damage is stronger */
        { "80000081000080", APITOKEN_E_DAMAGED },
        { "810000800000", APITOKEN_E_DAMAGED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place place, copy;
        load(&place, rows[i].hex);
        load(&copy, "");
        assert_code(atk_parts_examine(place.bytes, place.len), rows[i].code);
        struct atk_reader r = atk_reader_of(place.bytes, place.len);
        assert_code(atk_parts_get(&r, copy.bytes, copy.cap, &copy.len), rows[i].code);
        assert_int_equal(copy.len, place.len);
        assert_memory_equal(copy.bytes, place.bytes, place.len);
        assert_unused_from(&copy, copy.len);
    }
}

static void test_parts_that_have_no_room_are_damage(void **state) {
    (void)state;
    struct place place, copy;
    load(&place, "800200a1a2");
    load(&copy, "");
    struct atk_reader r = atk_reader_of(place.bytes, place.len);
    assert_code(atk_parts_get(&r, copy.bytes, 5, &copy.len), 0);
    assert_code(atk_parts_get(&r, copy.bytes, 4, &copy.len), APITOKEN_E_DAMAGED);
    (void)atk_get_uint(&r, 8); /* beyond its end */
    assert_code(atk_parts_get(&r, copy.bytes, 5, &copy.len), APITOKEN_E_DAMAGED);
}

static void test_a_part_is_found_by_its_type(void **state) {
    (void)state;
    struct place place;
    load(&place, THREE);
    for (unsigned type = 1; type < 255; type++) {
        struct atk_part part;
        const bool is_there = type == 10 || type == 20 || type == 130;
        assert_int_equal(atk_parts_find(place.bytes, place.len, type, &part), is_there);
        assert_false(atk_parts_find(place.bytes, 0, type, &part));
        if (!is_there) continue;
        assert_int_equal(part.type, type);
        if (type == 10) assert_bytes(part.value, part.len, "a1a2");
        if (type == 20) assert_int_equal(part.len, 0);
        if (type == 130) assert_bytes(part.value, part.len, "b1");
    }
}

static void test_a_long_part_is_found(void **state) {
    (void)state;
    struct place place;
    static const uint8_t value[300] = { [299] = 7 };
    struct atk_part part;
    load(&place, THREE);
    assert_true(atk_parts_set(parts_of(&place), 20, value, sizeof value));
    assert_true(atk_parts_find(place.bytes, place.len, 20, &part));
    assert_int_equal(part.len, sizeof value);
    assert_memory_equal(part.value, value, sizeof value);
    assert_true(atk_parts_find(place.bytes, place.len, 130, &part));
    assert_bytes(part.value, part.len, "b1");
}

static void test_two_records_with_the_same_part(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_same;
    } rows[] = {
        { "", "", 1 },
        { "800100a1", "800100a1", 1 },
        { "0a0000800100a1", "800100a1", 1 }, /* all else may differ */
        { "800000", "800000", 1 },
        { "800100a1", "", 0 },
        { "", "800000", 0 },
        { "800100a1", "800100a2", 0 },
        { "800100a1", "800200a1a1", 0 },
        { "800200a1a1", "800100a1", 0 },
        { "810000", "7f0000", 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place a, b;
        load(&a, rows[i].a);
        load(&b, rows[i].b);
        assert_int_equal(atk_parts_same(a.bytes, a.len, b.bytes, b.len, 128), rows[i].is_same);
    }
}

/* ---- changing -------------------------------------------------------------------------------- */

static void test_a_part_is_put_in_its_place(void **state) {
    (void)state;
    static const struct {
        const char *before;
        unsigned type;
        const char *value, *after;
    } rows[] = {
        { "", 5, "c1", "050100c1" },
        { "", 5, "", "050000" },
        { THREE, 5, "c1", "050100c1" THREE },
        { THREE, 15, "c1", "0a0200a1a20f0100c1140000820100b1" },
        { THREE, 254, "c1", THREE "fe0100c1" },
        { THREE, 10, "c1c2", "0a0200c1c2140000820100b1" },     /* as long */
        { THREE, 10, "c1", "0a0100c1140000820100b1" },         /* shorter */
        { THREE, 10, "c1c2c3", "0a0300c1c2c3140000820100b1" }, /* longer */
        { THREE, 20, "c1", "0a0200a1a2140100c1820100b1" },
        { THREE, 130, "", "0a0200a1a2140000820000" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t value[SAMPLE_BYTES_MAX];
        struct place place;
        load(&place, rows[i].before);
        const size_t before = place.len, len = sample_bytes(rows[i].value, value);
        assert_true(atk_parts_set(parts_of(&place), rows[i].type, value, len));
        assert_place(&place, rows[i].after);
        assert_unused_from(&place, before > place.len ? before : place.len);
    }
}

/* Nothing changes if there is no room; what is replaced makes room. */
static void test_parts_have_a_limit(void **state) {
    (void)state;
    static const uint8_t value[4] = { 0xC1, 0xC2, 0xC3, 0xC4 };
    for (size_t spare = 0; spare < 8; spare++) {
        struct place place;
        load(&place, THREE);
        place.cap = place.len + spare;
        const bool is_added = spare >= 3 + sizeof value;
        assert_int_equal(atk_parts_set(parts_of(&place), 30, value, sizeof value), is_added);
        if (!is_added) assert_place(&place, THREE);
        load(&place, THREE);
        place.cap = place.len + spare;
        const bool is_replaced = spare >= 2;
        assert_int_equal(atk_parts_set(parts_of(&place), 10, value, sizeof value), is_replaced);
        if (!is_replaced) assert_place(&place, THREE);
        assert_true(atk_parts_set(parts_of(&place), 10, value, 1));
    }
}

static void test_parts_that_are_instants(void **state) {
    (void)state;
    struct place place;
    load(&place, THREE);
    assert_true(atk_parts_find_ms(place.bytes, place.len, 129) == 0);
    assert_true(atk_parts_find_ms(place.bytes, place.len, 130) == 0); /* another form */
    assert_true(atk_parts_set_ms(parts_of(&place), 129, INT64_C(0x10203040506)));
    assert_place(&place, "0a0200a1a2140000"
                         "8108000605040302010000"
                         "820100b1");
    assert_true(atk_parts_find_ms(place.bytes, place.len, 129) == INT64_C(0x10203040506));
    assert_true(atk_parts_set_ms(parts_of(&place), 129, ATK_MS_MAX));
    assert_true(atk_parts_find_ms(place.bytes, place.len, 129) == ATK_MS_MAX);
    assert_true(atk_parts_set_ms(parts_of(&place), 129, ATK_MS_MAX + 1));
    assert_true(atk_parts_find_ms(place.bytes, place.len, 129) == 0);
    assert_true(atk_parts_set_ms(parts_of(&place), 129, -1));
    assert_true(atk_parts_find_ms(place.bytes, place.len, 129) == 0);
    load(&place, "81090000000000000000000000");
    assert_true(atk_parts_find_ms(place.bytes, place.len, 129) == 0);
    place.cap = place.len;
    assert_false(atk_parts_set_ms(parts_of(&place), 130, 1));
}

static void test_a_part_is_removed(void **state) {
    (void)state;
    static const struct {
        unsigned type;
        const char *after;
    } rows[] = { { 10, "140000820100b1" },
                 { 20, "0a0200a1a2820100b1" },
                 { 130, "0a0200a1a2140000" },
                 { 9, THREE },
                 { 11, THREE },
                 { 254, THREE } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct place place;
        load(&place, THREE);
        const size_t before = place.len;
        atk_parts_remove(parts_of(&place), rows[i].type);
        assert_place(&place, rows[i].after);
        assert_unused_from(&place, before);
    }
}

/* ---- parts of a secret ----------------------------------------------------------------------- */

static bool is_of(unsigned type, enum atk_secrets which) {
    const bool is_newest = (type >= 64 && type <= 95) || (type >= 192 && type <= 223),
               is_older = (type >= 96 && type <= 127) || (type >= 224 && type <= 254);
    if (which == ATK_SECRETS_BOTH) return is_newest || is_older;
    return which == ATK_SECRET_NEWEST ? is_newest : is_older;
}

static void test_parts_of_a_secret_are_dropped(void **state) {
    (void)state;
    static const enum atk_secrets secrets[] = { ATK_SECRET_NEWEST, ATK_SECRET_OLDER,
                                                ATK_SECRETS_BOTH };
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        struct place place, due;
        load(&place, "");
        load(&due, "");
        for (unsigned type = 1; type < 255; type++) {
            const uint8_t part[] = { (uint8_t)type, 1, 0, (uint8_t)~type };
            memcpy(place.bytes + place.len, part, sizeof part);
            place.len = (uint16_t)(place.len + sizeof part);
            if (is_of(type, secrets[i])) continue;
            memcpy(due.bytes + due.len, part, sizeof part);
            due.len = (uint16_t)(due.len + sizeof part);
        }
        atk_parts_drop_secret(parts_of(&place), secrets[i]);
        assert_int_equal(place.len, due.len);
        assert_memory_equal(place.bytes, due.bytes, due.len);
        load(&place, "");
        atk_parts_drop_secret(parts_of(&place), secrets[i]);
        assert_int_equal(place.len, 0);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_read_one_by_one),
        cmocka_unit_test(test_the_order_of_types),
        cmocka_unit_test(test_what_parts_say_of_a_record),
        cmocka_unit_test(test_parts_that_have_no_room_are_damage),
        cmocka_unit_test(test_a_part_is_found_by_its_type),
        cmocka_unit_test(test_a_long_part_is_found),
        cmocka_unit_test(test_two_records_with_the_same_part),
        cmocka_unit_test(test_a_part_is_put_in_its_place),
        cmocka_unit_test(test_parts_have_a_limit),
        cmocka_unit_test(test_parts_that_are_instants),
        cmocka_unit_test(test_a_part_is_removed),
        cmocka_unit_test(test_parts_of_a_secret_are_dropped),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
