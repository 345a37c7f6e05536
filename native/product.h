/* A matrix product over addresses, and how its matrices lie. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Sizes and strides of out[i rso + j] (+)= the sum over l of a[i rsa + l csa] b[l rsb + j csb], in numbers. */
typedef struct {
  int32_t m, k, n;
  ptrdiff_t rsa, csa, rsb, csb, rso;
  int32_t adds;
} Shape;

/* `scratch` holds SCRATCH bytes and may lie anywhere, as a memory may: no vector is taken to be aligned. */
typedef void Product(void *out, const void *a, const void *b, Shape shape, void *scratch);

enum { SCRATCH = 65536 };
