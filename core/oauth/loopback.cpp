#include "core/oauth/loopback.h"
