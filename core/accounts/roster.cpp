#include "core/accounts/roster.h"
