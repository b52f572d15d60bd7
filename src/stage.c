/* stage.c - streaming through a small buffer (stage.h). */
#include "stage.h"

#include <string.h>

void leakyc_stage_open(struct leakyc_stage *stage, const struct leakyc_isa *isa)
{
    stage->isa = isa;
    stage->out = NULL;
    stage->begin = stage->end = 0;
}

static void write_held(struct leakyc_stage *stage)
{
    if (stage->end > stage->begin)
        memcpy(stage->out, stage->bytes + stage->begin, stage->end - stage->begin);
}

void *leakyc_stage_room(struct leakyc_stage *stage, char *out)
{
    if (stage->out == NULL || stage->out + (stage->end - stage->begin) != out) {
        write_held(stage);
        stage->out = out;
        stage->begin = stage->end = (uintptr_t)out % LEAKYC_LINE;
    }
    return stage->bytes + stage->end;
}

void leakyc_stage_send(struct leakyc_stage *stage, size_t n)
{
    stage->end += n;
    if (stage->begin && stage->end >= LEAKYC_LINE) { /* the stretch's first line is not whole */
        const size_t head = LEAKYC_LINE - stage->begin;
        memcpy(stage->out, stage->bytes + stage->begin, head);
        stage->out += head;
        stage->begin = LEAKYC_LINE;
    }
    const size_t whole = stage->end / LEAKYC_LINE * LEAKYC_LINE;
    if (whole <= stage->begin)
        return;
    const size_t bytes = whole - stage->begin;
    stage->isa->of[LEAKYC_F32].copy(stage->out, stage->bytes + stage->begin, bytes / 4, 1);
    stage->out += bytes;
    memcpy(stage->bytes, stage->bytes + whole, LEAKYC_LINE);
    stage->end -= whole;
    stage->begin = 0;
}

void leakyc_stage_close(struct leakyc_stage *stage)
{
    write_held(stage);
    stage->begin = stage->end = 0;
    stage->isa->fence();
}

int leakyc_stage_pays(const char *out, size_t bytes, const char *a, const char *b, size_t touched)
{
    const char *const inputs[] = {a, b};
    for (int i = 0; i < 2; i++)
        if (inputs[i] && out < inputs[i] + bytes && inputs[i] < out + bytes)
            return 0;
    return touched >= leakyc_last_level_cache();
}
