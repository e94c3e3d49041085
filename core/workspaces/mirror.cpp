#include "core/workspaces/mirror.h"
