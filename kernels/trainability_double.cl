// Double precision for trainability.cl: four lanes on a CPU, one on a GPU, and a tanh of their own.
#ifndef TRAINABILITY_DOUBLE_CL
#define TRAINABILITY_DOUBLE_CL
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double scalar;
#if LANES == 8
typedef double4 number;
typedef ulong4 bitsv;
#define AS_BITS(x) as_ulong4(x)
#define AS_NUMBER(x) as_double4(x)
#define NAN_LANES(x) (~as_ulong4((x) == (x)))
inline int everywhere(ulong4 m) { const ulong2 h = m.lo & m.hi; return (h.x & h.y) != 0ul; }
#else
typedef double number;
typedef ulong bitsv;
#define AS_BITS(x) as_ulong(x)
#define AS_NUMBER(x) as_double(x)
#define NAN_LANES(x) ((x) == (x) ? 0ul : ~0ul)
inline int everywhere(ulong m) { return m != 0ul; }
#endif

#if IS_GPU
#define SIGNAL(x) tanh(x)
#else
#define SIGNAL(x) tanh_double(x)

// tanh |x| = E / (E + 2), E = exp(2|x|) - 1 = 2^n (exp(r) - 1) + (2^n - 1), |r| <= ln 2 / 2: at most 1e-15 relative.
inline number tanh_double(number given)
{
    const bitsv sign = AS_BITS(given) & 0x8000000000000000ul;
    const number size = AS_NUMBER(AS_BITS(given) ^ sign), top = (number)(20.0), x = 2.0 * (size > top ? top : size);
    const number shifted = x * 1.4426950408889634 + 6755399441055744.0, n = shifted - 6755399441055744.0;
    const number r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    number p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = (p * r) * r + r;
    const number power = AS_NUMBER(AS_BITS((number)(1.0)) + (AS_BITS(shifted) << 52));
    const number e = power * p + (power - 1.0);
    return AS_NUMBER(AS_BITS(e / (e + 2.0)) ^ sign);
}
#endif
#endif
