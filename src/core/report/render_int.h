/* core/report/render_int.h: for the renderers of this folder only. */
#ifndef CORE_REPORT_RENDER_INT_H
#define CORE_REPORT_RENDER_INT_H

#include "core/report/render.h"

/* A web address that can stand in any markup without ending it. NULL is not. */
bool link_fine(const char *link);

#endif
