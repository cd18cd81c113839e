// The vector type of this device and the functions on it: float8 on a CPU (LANES 8), float on a GPU (LANES 1).
// PoCL's own sqrt, sin, cos and log go lane by lane through a library; on a CPU these polynomials replace them,
// on a GPU the built-ins are right. LANE numbers the lanes; LESS(a, b) has all bits of a lane set where a < b;
// across() adds the lanes; CHOOSE(mask, a, b) takes a where the mask's bits are set and b elsewhere.
#ifndef VECTOR_CL
#define VECTOR_CL
#if LANES == 8
typedef float8 realv;
typedef uint8 uintv;
typedef int8 intv;
#define TO_REAL(x) convert_float8(x)
#define AS_UINT(x) as_uint8(x)
#define AS_INT(x) as_int8(x)
#define AS_REAL(x) as_float8(x)
#define FIRST(x) ((x).s0)
#define LANE ((uint8)(0, 1, 2, 3, 4, 5, 6, 7))
#define LESS(a, b) as_uint8((a) < (b))
inline float across(realv x) { const float4 h = x.lo + x.hi; const float2 q = h.lo + h.hi; return q.x + q.y; }
#elif LANES == 1
typedef float realv;
typedef uint uintv;
typedef int intv;
#define TO_REAL(x) convert_float(x)
#define AS_UINT(x) as_uint(x)
#define AS_INT(x) as_int(x)
#define AS_REAL(x) as_float(x)
#define FIRST(x) (x)
#define LANE 0u
#define LESS(a, b) ((a) < (b) ? 0xffffffffu : 0u)
inline float across(realv x) { return x; }
#else
#error "LANES must be 1 or 8"
#endif

#define CHOOSE(mask, a, b) (((a) & (mask)) | ((b) & ~(mask)))

#if LANES == 8 && !IS_GPU
// PoCL's mul_hi on uint8 is a call that takes four 32-bit products; the even and the odd lanes' 64-bit products are two.
inline uintv multiply_high(uintv x, uint c)
{
    const ulong4 even = (as_ulong4(x) & (ulong4)(0xffffffffUL)) * (ulong4)(c);
    const ulong4 odd = (as_ulong4(x) >> (ulong4)(32)) * (ulong4)(c);
    return as_uint8((even >> (ulong4)(32)) | (odd & (ulong4)(0xffffffff00000000UL)));
}
#else
inline uintv multiply_high(uintv x, uint c) { return mul_hi(x, (uintv)(c)); }
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
    realv e = AS_REAL((shifted >> 23) | 0x4b000000u) - (8388608.0f + 127.0f);  // a small integer in the mantissa of 2^23
    realv m = AS_REAL((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    realv z = m * m;
    realv p = ((((((((7.0376836292e-2f * m - 1.1514610310e-1f) * m + 1.1676998740e-1f) * m - 1.2420140846e-1f) * m
        + 1.4249322787e-1f) * m - 1.6668057665e-1f) * m + 2.0000714765e-1f) * m - 2.4999993993e-1f) * m
        + 3.3333331174e-1f) * m * z;
    return m + (p - 0.5f * z + e * -2.12194440e-4f) + e * 0.693359375f;
}

// cos(2 pi x) for |x| < 2^21: a phase in turns needs no range reduction beyond a rounding. Minimax sine (relative
// error 3e-8 before rounding); at most 3 ulp of the result where |cos| > 0.1, at most 1.8e-7 everywhere.
inline realv cos_turns(realv x)
{
    const realv shift = (realv)(12582912.0f);           // 1.5 * 2^23: adding and subtracting it rounds to a whole number
    const realv r = x - ((x + shift) - shift);           // in [-1/2, 1/2]
    const realv y = 0.25f - AS_REAL(AS_UINT(r) & 0x7fffffffu);  // cos(2 pi r) = sin(2 pi y), y in [-1/4, 1/4]
    const realv z = y * y;
    return y * (6.28318530717f + z * (-41.3417646472f + z * (81.608481782f + z * (-76.7239761576f + z * 40.8438214772f))));
}
#endif

// Both cos(2 pi x) and its slope -2 pi sin(2 pi x) for |x| < 2^21, on every device: x is rounded to half turns, whose
// parity is the sign of both; minimax on [-1/4, 1/4] (before rounding: cosine 5e-8, slope 3e-8 relative).
inline void cos_slope_turns(realv x, realv *cosine, realv *slope)
{
    const realv shifted = x + 6291456.0f;                // 1.5 * 2^22: the last bit counts half turns
    const realv r = x - (shifted - 6291456.0f), z = r * r;
    const uintv sign = AS_UINT(shifted) << 31;
    const realv c = 1.0f + z * (-19.7391820725f + z * (64.9352214656f + z * (-85.2540074144f + z * 56.3406476226f)));
    const realv s = r * (-39.4784176044f + z * (259.756945771f + z * (-512.684475909f + z * (480.183719042f
        + z * -241.944260383f))));
    *cosine = AS_REAL(AS_UINT(c) ^ sign);
    *slope = AS_REAL(AS_UINT(s) ^ sign);
}
#endif
