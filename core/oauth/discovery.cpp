#include "core/oauth/discovery.h"
