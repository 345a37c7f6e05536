/*
 * The addon: gemm in double and single precision on the memory of a program, by the product for this processor. Its arguments
 * are the words that the memory begins with, so that a call passes the memory alone. Nothing is kept from one call to the next: a
 * memory that has grown is another.
 */
#include "product.h"

/* What is used of Node-API, whose binary interface is fixed. */
typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);
typedef int napi_status;
#ifdef _WIN32
#define FROM_NODE __declspec(dllimport)
#define TO_NODE __declspec(dllexport)
#else
#define FROM_NODE
#define TO_NODE __attribute__((visibility("default")))
#endif
FROM_NODE napi_status napi_get_cb_info(napi_env, napi_callback_info, size_t *, napi_value *, napi_value *, void **);
FROM_NODE napi_status napi_get_arraybuffer_info(napi_env, napi_value, void **, size_t *);
FROM_NODE napi_status napi_create_function(napi_env, const char *, size_t, napi_callback, void *, napi_value *);
FROM_NODE napi_status napi_create_string_utf8(napi_env, const char *, size_t, napi_value *);
FROM_NODE napi_status napi_set_named_property(napi_env, napi_value, const char *, napi_value);
FROM_NODE napi_status napi_throw_range_error(napi_env, const char *, const char *);

/* A product of an element type. */
typedef struct {
  Product *by;
  int64_t size;
} Kind;

/* A kind of processor: its products, and the name it has. */
typedef struct {
  const char *name;
  Kind f64, f32;
} Level;

#define LEVEL(name)                      \
  extern Product name##_f64, name##_f32; \
  static Level level_##name = {#name, {name##_f64, sizeof(double)}, {name##_f32, sizeof(float)}};

#if defined(__x86_64__)
LEVEL(avx2)
LEVEL(avx512)

typedef struct {
  uint32_t a, b, c, d;
} Registers;

static Registers cpuid(uint32_t leaf) {
  Registers r;
  __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
  return r;
}

/* Which registers the operating system saves. */
static uint32_t saved(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static int has(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

/* What the processor says itself: a cross-compiler's __builtin_cpu_supports may say no to everything. */
static Level *level(void) {
  const uint32_t fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28, avx2 = 1u << 5, avx512f = 1u << 16;
  if (cpuid(0).a < 7 || !has(cpuid(1).c, fma | osxsave | avx) || !has(saved(), 0x6) || !has(cpuid(7).b, avx2)) return NULL;
  return has(cpuid(7).b, avx512f) && has(saved(), 0xe6) ? &level_avx512 : &level_avx2;
}
#else
LEVEL(neon)
static Level *level(void) { return &level_neon; }
#endif

enum { OUT, A, B, M, K, N, RSA, CSA, RSB, CSB, RSO, ADDS, WORDS };

/* Whether a matrix at an address lies within the memory. */
static int lies(uint32_t at, int64_t rows, int64_t columns, int64_t down, int64_t right, int64_t size, size_t bytes) {
  if (rows < 1 || columns < 1 || down < 0 || right < 0 || at % size != 0) return 0;
  return at + ((rows - 1) * down + (columns - 1) * right + 1) * size <= (int64_t)bytes;
}

static napi_value gemm(napi_env env, napi_callback_info info) {
  size_t count = 1, bytes = 0;
  napi_value buffer;
  void *base = NULL, *data = NULL;
  napi_get_cb_info(env, info, &count, &buffer, NULL, &data);
  const Kind *kind = data;
  if (napi_get_arraybuffer_info(env, buffer, &base, &bytes) != 0 || bytes < 64 + SCRATCH) {
    napi_throw_range_error(env, NULL, "gemm: no memory with room for its scratch; give the buffer of a program's memory");
    return NULL;
  }
  const int32_t *w = base;
  const uint32_t out = (uint32_t)w[OUT], a = (uint32_t)w[A], b = (uint32_t)w[B];
  if (!lies(out, w[M], w[N], w[RSO], 1, kind->size, bytes) || !lies(a, w[M], w[K], w[RSA], w[CSA], kind->size, bytes) ||
      !lies(b, w[K], w[N], w[RSB], w[CSB], kind->size, bytes)) {
    napi_throw_range_error(env, NULL, "internal: gemm: a matrix outside the memory");
    return NULL;
  }
  const Shape shape = {w[M], w[K], w[N], w[RSA], w[CSA], w[RSB], w[CSB], w[RSO], w[ADDS]};
  char *at = base;
  kind->by(at + out, at + a, at + b, shape, at + 64);
  return NULL;
}

static void give(napi_env env, napi_value exports, const char *name, Kind *kind) {
  napi_value function;
  if (napi_create_function(env, name, (size_t)-1, gemm, kind, &function) == 0)
    napi_set_named_property(env, exports, name, function);
}

/* f64 and f32, (memory: ArrayBuffer) → nothing, and the level; nothing at all on a processor without fused multiply-add. */
TO_NODE napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  Level *const found = level();
  napi_value name;
  if (!found || napi_create_string_utf8(env, found->name, (size_t)-1, &name) != 0) return exports;
  napi_set_named_property(env, exports, "level", name);
  give(env, exports, "f64", &found->f64);
  give(env, exports, "f32", &found->f32);
  return exports;
}
