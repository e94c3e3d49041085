#include "core/workspaces/catalog.h"
