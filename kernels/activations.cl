// Activations of networks on vectors: phi(x) and its first two derivatives. ACTIVATION: 0 tanh, 1 erf, 2 relu, 3 linear.
// NaN stays NaN and infinity saturates as the function does. On a CPU polynomials replace PoCL's library calls.
#ifndef ACTIVATIONS_CL
#define ACTIVATIONS_CL
#include "vector.cl"

#if IS_GPU
#define TANH(x) tanh(x)
#define ERF(x) erf(x)
#define EXP_NEGATIVE(x) exp(x)
#else
#define TANH(x) tanh_vector(x)
#define ERF(x) erf_vector(x)
#define EXP_NEGATIVE(x) exp_negative(x)
#endif

// x between -most and most, NaN as it is.
inline realv held(realv x, float most)
{
    const realv top = (realv)(most), low = (realv)(-most);
    x = x > top ? top : x;
    return x < low ? low : x;
}

// tanh(x): odd over even minimax polynomial (Eigen), at most 4e-7 relative; 1 from 7.9 on.
inline realv tanh_vector(realv given)
{
    const realv x = held(given, 7.90531110763549805f), z = x * x;
    const realv p = ((((((-2.76076847742355e-16f * z + 2.00018790482477e-13f) * z - 8.60467152213735e-11f) * z
        + 5.12229709037114e-08f) * z + 1.48572235717979e-05f) * z + 6.37261928875436e-04f) * z + 4.89352455891786e-03f);
    const realv q = ((1.19825839466702e-06f * z + 1.18534705686654e-04f) * z + 2.26843463243900e-03f) * z
        + 4.89352518554385e-03f;
    return x * p / q;
}

// erf(x): odd over even minimax polynomial (Eigen), at most 1e-6 relative; 1 from 4 on.
inline realv erf_vector(realv given)
{
    const realv x = held(given, 4.0f), z = x * x;
    const realv p = ((((((-2.72614225801306e-10f * z + 2.77068142495902e-08f) * z - 2.10102402082508e-06f) * z
        - 5.69250639462346e-05f) * z - 7.34990630326855e-04f) * z - 2.95459980854025e-03f) * z - 1.60960333262415e-02f);
    const realv q = (((-1.45660718464996e-05f * z - 2.13374055278905e-04f) * z - 1.68282697438203e-03f) * z
        - 7.37332916720468e-03f) * z - 1.42647390514189e-02f;
    return x * p / q;
}

// exp(x) for x <= 0, 0 below -87: a power of two times a polynomial on [-ln 2 / 2, ln 2 / 2] (Cephes expf), 2e-7.
inline realv exp_negative(realv given)
{
    const realv least = (realv)(-87.0f), x = given < least ? least : given;
    const realv shifted = x * 1.44269504089f + 12582912.0f, n = shifted - 12582912.0f;
    const realv r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    const realv p = ((((1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f) * r + 4.1665795894e-2f) * r
        + 1.6666665459e-1f) * r + 5.0000001201e-1f;
    const realv y = AS_REAL(AS_UINT(p * r * r + r + 1.0f) + (AS_UINT(shifted) << 23));
    return given < least ? (realv)(0.0f) : y;
}

typedef struct { realv value, slope, bend; } activated;   // phi, phi', phi''

#if ACTIVATION == 0
inline realv phi(realv x) { return TANH(x); }
inline activated phi_all(realv x)
{
    activated y;
    y.value = TANH(x);
    y.slope = 1.0f - y.value * y.value;
    y.bend = -2.0f * y.value * y.slope;
    return y;
}
#elif ACTIVATION == 1
inline realv phi(realv x) { return ERF(x); }
inline activated phi_all(realv x)
{
    activated y;
    y.value = ERF(x);
    y.slope = 1.12837916710f * EXP_NEGATIVE(-(x * x));
    y.bend = -2.0f * held(x, 1e18f) * y.slope;
    return y;
}
#elif ACTIVATION == 2
inline realv phi(realv x) { return x < (realv)(0.0f) ? (realv)(0.0f) : x; }
inline activated phi_all(realv x)
{
    activated y;
    y.value = phi(x);
    y.slope = x > (realv)(0.0f) ? (realv)(1.0f) : x - x;      // NaN of NaN; of -infinity too
    y.slope = x < (realv)(0.0f) ? (realv)(0.0f) : y.slope;
    y.bend = (realv)(0.0f);
    return y;
}
#else
inline realv phi(realv x) { return x; }
inline activated phi_all(realv x)
{
    activated y;
    y.value = x;
    y.slope = (realv)(1.0f);
    y.bend = (realv)(0.0f);
    return y;
}
#endif
#endif
