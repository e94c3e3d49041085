#include "core/workspaces/workspacestatus.h"
