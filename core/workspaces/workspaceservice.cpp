#include "core/workspaces/workspaceservice.h"
