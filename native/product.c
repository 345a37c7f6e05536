/*
 * The matrix product of one element type for one kind of processor; build.mjs compiles it once for each and gives
 *   PRODUCT  the name of the function      REAL   double or float
 *   WIDTH    bytes of a vector register    ROWS   rows of a tile: as many as its sums find registers
 *
 * The sums are in the order of ad/kernels/gemm.ts: in parts of at most 256 terms, each from 0 on, one multiply-add a term
 * (fused by -ffp-contract=fast). So the bits are those of the WebAssembly kernel with relaxed SIMD.
 */
#include "product.h"

#define LANES ((int32_t)(WIDTH / sizeof(REAL)))
#define VECTORS 3
#define TERMS 256
#define TALL 192
#define NEAR 16384
#define FAR 4194304

typedef REAL Vector __attribute__((vector_size(WIDTH)));
typedef REAL Loose __attribute__((vector_size(WIDTH), aligned(sizeof(REAL)), may_alias));

#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

/* A tile of rows × (vectors LANES): its sums stay in registers while it goes through k terms. */
static inline __attribute__((always_inline)) void tile(const int rows, const int vectors, REAL *out, const REAL *a,
                                                       const REAL *b, const Shape *s) {
  Vector sums[ROWS][VECTORS];
  const ptrdiff_t rsa = s->rsa, csa = s->csa, rsb = s->rsb, rso = s->rso;
  UNROLLED for (int i = 0; i < rows; i++) UNROLLED for (int j = 0; j < vectors; j++) sums[i][j] = (Vector){0};
  for (int32_t l = s->k; l > 0; l--, a += csa, b += rsb) {
    Vector right[VECTORS];
    UNROLLED for (int j = 0; j < vectors; j++) right[j] = ((const Loose *)b)[j];
    UNROLLED for (int i = 0; i < rows; i++) {
      const REAL left = a[i * rsa];
      UNROLLED for (int j = 0; j < vectors; j++) sums[i][j] += left * right[j];
    }
  }
  UNROLLED for (int i = 0; i < rows; i++) UNROLLED for (int j = 0; j < vectors; j++) {
    Loose *to = (Loose *)(out + i * rso) + j;
    if (s->adds) *to += sums[i][j];
    else *to = sums[i][j];
  }
}

typedef void Tile(REAL *out, const REAL *a, const REAL *b, const Shape *s);

#define ONE(r, v) \
  static void tile_##r##_##v(REAL *out, const REAL *a, const REAL *b, const Shape *s) { tile(r, v, out, a, b, s); }
#define EACH(r) ONE(r, 1) ONE(r, 2) ONE(r, 3)
#define NAMES(r) {tile_##r##_1, tile_##r##_2, tile_##r##_3}
EACH(1) EACH(2) EACH(3) EACH(4)
#if ROWS == 8
EACH(5) EACH(6) EACH(7) EACH(8)
#endif
static Tile *const tiles[ROWS][VECTORS] = {NAMES(1), NAMES(2), NAMES(3), NAMES(4),
#if ROWS == 8
                                           NAMES(5), NAMES(6), NAMES(7), NAMES(8)
#endif
};

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t parts(int32_t n, int32_t most) { return (n + most - 1) / most; }

/* The size of the first of so many parts of n, as equal as can be, the larger ones first. */
static int32_t share(int32_t n, int32_t count) { return parts(n, count); }

/* `wide` columns of b, one term after the other, each `whole` numbers long with zeros at its end. */
static void pack(REAL *to, const REAL *b, const Shape *s, int32_t wide, int32_t whole) {
  for (int32_t l = 0; l < s->k; l++, to += whole, b += s->rsb) {
    for (int32_t j = 0; j < wide; j++) to[j] = b[j];
    for (int32_t j = wide; j < whole; j++) to[j] = 0;
  }
}

/* A square turned over. */
static void turn(REAL *to, const REAL *from, ptrdiff_t whole, ptrdiff_t right) {
  UNROLLED for (int t = 0; t < LANES; t++) {
    Vector line;
    UNROLLED for (int i = 0; i < LANES; i++) line[i] = from[i * right + t];
    *(Loose *)(to + t * whole) = line;
  }
}

/* The same of columns that do not lie side by side: squares that are full first, then what is left of a line of each. */
static void gather(REAL *to, const REAL *b, const Shape *s, int32_t wide, int32_t whole) {
  const ptrdiff_t right = s->csb, down = s->rsb;
  for (int32_t l = 0; l < s->k; l += LANES) {
    const int32_t end = least(l + LANES, s->k);
    for (int32_t j = 0; j < whole; j += LANES)
      if (l + LANES <= s->k && j + LANES <= wide && down == 1) turn(to + l * whole + j, b + j * right + l, whole, right);
      else
        for (int32_t i = j; i < j + LANES; i++)
          for (int32_t t = l; t < end; t++) to[t * whole + i] = i < wide ? b[i * right + t * down] : 0;
  }
}

/* All of it, where it lies side by side: whole vectors, and the next panel on its way. */
static void copy(REAL *to, const REAL *b, const Shape *s, int32_t vectors) {
  for (int32_t l = 0; l < s->k; l++, b += s->rsb)
    for (int32_t j = 0; j < vectors; j++, to += LANES) {
      *(Loose *)to = ((const Loose *)b)[j];
      __builtin_prefetch(b + (vectors + j) * LANES);
    }
}

/* A tile whose last columns lie outside the product: made beside it, and copied as far as it lies inside. */
static void edge(Tile *by, REAL *out, const REAL *a, const REAL *b, const Shape *s, int32_t rows, int32_t wide) {
  REAL beside[ROWS * VECTORS * (WIDTH / sizeof(REAL))] __attribute__((aligned(64)));
  Shape own = *s;
  own.rso = VECTORS * LANES;
  own.adds = 0;
  by(beside, a, b, &own);
  for (int32_t i = 0; i < rows; i++)
    for (int32_t j = 0; j < wide; j++) {
      REAL *to = out + i * s->rso + j, sum = beside[i * own.rso + j];
      *to = s->adds ? *to + sum : sum;
    }
}

/* Where a tile is going to be written, sent for while its sums are made: a result that no cache holds is waited for otherwise. */
static void prefetch(REAL *out, const Shape *s, int32_t rows, int32_t wide) {
  for (int32_t i = 0; i < rows; i++, out += s->rso)
    for (int32_t j = 0; j < wide; j += LANES) __builtin_prefetch(out + j, 1);
}

/* All rows of a few columns. */
static void panel(REAL *out, const REAL *a, const REAL *b, Shape s, int32_t vectors, REAL *scratch) {
  const int32_t whole = vectors * LANES, wide = least(s.n, whole);
  const size_t spread = (size_t)s.k * (size_t)s.rsb * sizeof(REAL);
  if (s.csb != 1 || wide < whole || (spread > NEAR && s.m > ROWS)) {
    if (s.csb != 1) gather(scratch, b, &s, wide, whole);
    else if (wide < whole) pack(scratch, b, &s, wide, whole);
    else copy(scratch, b, &s, vectors);
    b = scratch;
    s.rsb = whole;
  }
  const int far = (size_t)s.m * (size_t)s.rso * sizeof(REAL) > FAR;
  for (int32_t left = s.m, count = parts(s.m, ROWS); count > 0; count--) {
    const int32_t rows = share(left, count);
    if (far) prefetch(out, &s, rows, wide);
    Tile *const by = tiles[rows - 1][vectors - 1];
    if (wide < whole) edge(by, out, a, b, &s, rows, wide);
    else by(out, a, b, &s);
    out += rows * s.rso;
    a += rows * s.rsa;
    left -= rows;
  }
}

/* All columns of a few rows, and a few terms. */
static void block(REAL *out, const REAL *a, const REAL *b, Shape s, REAL *scratch) {
  int32_t left = parts(s.n, LANES);
  for (int32_t count = parts(left, VECTORS); count > 0; count--) {
    const int32_t vectors = share(left, count), wide = vectors * LANES;
    panel(out, a, b, s, vectors, scratch);
    out += wide;
    b += wide * s.csb;
    s.n -= wide;
    left -= vectors;
  }
}

/* Terms at a time, as the WebAssembly kernel takes them. */
static int32_t terms(int32_t k) { return (parts(k, parts(k, TERMS)) + 3) & ~3; }

void PRODUCT(void *out, const void *a, const void *b, Shape s, void *scratch) {
  const int32_t long_ = terms(s.k), high = share(s.m, parts(s.m, TALL)), k = s.k, m = s.m;
  for (int32_t l = 0; l < k; l += long_) {
    s.k = least(k - l, long_);
    for (int32_t i = 0; i < m; i += high) {
      s.m = least(m - i, high);
      block((REAL *)out + i * s.rso, (const REAL *)a + i * s.rsa + l * s.csa, (const REAL *)b + l * s.rsb, s, scratch);
    }
    s.adds = 1;
  }
}
