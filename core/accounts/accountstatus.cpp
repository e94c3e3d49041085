#include "core/accounts/accountstatus.h"
