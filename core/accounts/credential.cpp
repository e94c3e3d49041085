#include "core/accounts/credential.h"
