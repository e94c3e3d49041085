#include "core/oauth/signin.h"
