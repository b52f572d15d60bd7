/* longdouble.c - the plain loop for the platform's long double, which no vector unit knows. */
#include "leakyc_core.h"

#include <fenv.h>
#include <math.h>
#include <string.h>

static long double at(const char *p)
{
    long double x;
    memcpy(&x, p, sizeof x);
    return x;
}

void leakyc_leak_longdouble(char *out, ptrdiff_t out_step, const char *gate, ptrdiff_t gate_step,
                            const char *value, ptrdiff_t value_step, const char *slope,
                            ptrdiff_t slope_step, size_t n)
{
    fenv_t before;
    feholdexcept(&before);
    fesetround(FE_TONEAREST);
    for (size_t i = 0; i < n; i++) {
        const long double v = at(value), s = at(slope);
        const long double y = isgreater(at(gate), 0.0L) ? v : s * v;
        memcpy(out, &y, sizeof y);
        out += out_step, gate += gate_step, value += value_step, slope += slope_step;
    }
    fesetenv(&before);
}
