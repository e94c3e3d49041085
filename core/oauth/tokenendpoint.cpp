#include "core/oauth/tokenendpoint.h"
