#include "core/oauth/profile.h"
