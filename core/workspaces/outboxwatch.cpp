#include "core/workspaces/outboxwatch.h"
