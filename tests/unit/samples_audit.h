/* SPDX-License-Identifier: MIT */
/* The audit records of vectors.h. */
#ifndef SAMPLES_AUDIT_H
#define SAMPLES_AUDIT_H

#include "rules/record.h"
#include "samples.h"

/* A frozen record and the bytes that it points into. */
struct sample_audit {
    struct atk_audit audit;
    uint8_t bytes[ATK_AUDIT_MAX];
};

void sample_audit(struct sample_audit *sample, const char *frozen);

/* Puts a change of texts behind those that are there; returns the new length. */
uint16_t sample_put_change(uint8_t *changes, uint16_t len, uint8_t field, const char *before,
                           size_t before_len, const char *after, size_t after_len);

/* As in struct sample_record. Digest and tag are those of the frozen record. */
size_t sample_encode_audit_created(uint8_t *out);
size_t sample_encode_audit_updated(uint8_t *out);
size_t sample_encode_audit_erased(uint8_t *out); /* the same without its text */
size_t sample_encode_audit_policy(uint8_t *out);
size_t sample_encode_audit_elsewhere(uint8_t *out); /* verb, field and part are not known */
size_t sample_recode_audit(const uint8_t *bytes, size_t len, uint8_t *out);

#endif
