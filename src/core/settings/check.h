/*
 * core/settings/check.h: what one row alone cannot know: names that must be
 * unique or must exist, windows that must overlap. Also makes the noise
 * rules ready for core/intent/noise.h.
 */
#ifndef CORE_SETTINGS_CHECK_H
#define CORE_SETTINGS_CHECK_H

#include "core/settings/settings.h"

bool settings_check(struct settings *s, const char *file, struct error *err);

#endif
