/* type.inc.h - every kernel of one element type, TYPE, for one instruction set, ISA. Without an
 * include guard: a target includes it once for each type. */

#define ELEM LEAKYC_PASTE(elem, TYPE)
#define VEC LEAKYC_PASTE(vec, TYPE)
#define LANES ((size_t)LEAKYC_PASTE(lanes, TYPE))
#define WORD(word) LEAKYC_PASTE(word, TYPE)
#define KERNEL(op) LEAKYC_NAME3(op, TYPE, ISA)

#include "stream.inc.h"
#include "leak.inc.h"
#include "rows.inc.h"
#include "masks.inc.h"
#include "channels.inc.h"
#include "sums.inc.h"

#undef LINE_ELEMS
#undef ELEM
#undef VEC
#undef LANES
#undef WORD
#undef KERNEL
