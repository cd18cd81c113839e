// The vector type of this device and the functions on it: float8 on a CPU (LANES 8), float on a GPU (LANES 1).
// PoCL's own sqrt, sin, cos and log go lane by lane through a library; on a CPU these polynomials replace them,
// on a GPU the built-ins are right.
#ifndef VECTOR_CL
#define VECTOR_CL
#if LANES == 8
typedef float8 realv;
typedef uint8 uintv;
typedef int8 intv;
#define TO_REAL(x) convert_float8(x)
#define AS_UINT(x) as_uint8(x)
#define AS_REAL(x) as_float8(x)
#define FIRST(x) ((x).s0)
inline float across(realv x) { const float4 h = x.lo + x.hi; const float2 q = h.lo + h.hi; return q.x + q.y; }
#elif LANES == 1
typedef float realv;
typedef uint uintv;
typedef int intv;
#define TO_REAL(x) convert_float(x)
#define AS_UINT(x) as_uint(x)
#define AS_REAL(x) as_float(x)
#define FIRST(x) (x)
inline float across(realv x) { return x; }
#else
#error "LANES must be 1 or 8"
#endif

#if IS_GPU
#define SQRT(x) sqrt(x)
#define LOG_UNIFORM(x) log(x)
#define COS_TURNS(x) cospi(2.0f * (x))
#define SIN_TURNS(x) sinpi(2.0f * (x))
#else
#define SQRT(x) sqrt(x)
#define LOG_UNIFORM(x) log_uniform(x)
#define COS_TURNS(x) cos_turns(x)
#define SIN_TURNS(x) cos_turns((x) - 0.25f)

// ln(x) for normal positive x: exponent and a minimax polynomial on [sqrt(1/2), sqrt(2)] (Cephes logf).
inline realv log_uniform(realv x)
{
    uintv bits = AS_UINT(x);
    uintv shifted = bits + (0x3f800000u - 0x3f3504f3u);
    realv e = TO_REAL(shifted >> 23) - 127.0f;
    realv m = AS_REAL((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    realv z = m * m;
    realv p = ((((((((7.0376836292e-2f * m - 1.1514610310e-1f) * m + 1.1676998740e-1f) * m - 1.2420140846e-1f) * m
        + 1.4249322787e-1f) * m - 1.6668057665e-1f) * m + 2.0000714765e-1f) * m - 2.4999993993e-1f) * m
        + 3.3333331174e-1f) * m * z;
    return m + (p - 0.5f * z + e * -2.12194440e-4f) + e * 0.693359375f;
}

// cos(2 pi x) for |x| < 2^22: a phase in turns needs no range reduction beyond a rounding.
inline realv cos_turns(realv x)
{
    const realv shift = (realv)(12582912.0f);           // 1.5 * 2^23: adding and subtracting it rounds to a whole number
    const realv r = x - ((x + shift) - shift);           // in [-1/2, 1/2]
    const realv y = 0.25f - AS_REAL(AS_UINT(r) & 0x7fffffffu);  // cos(2 pi r) = sin(2 pi y), y in [-1/4, 1/4]
    const realv z = y * y;
    return y * (6.28318530717f + z * (-41.3417022404f + z * (81.6052492761f + z * (-76.7058597531f
        + z * (42.0586939449f + z * -15.0946425768f)))));
}
#endif
#endif
