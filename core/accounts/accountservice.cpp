#include "core/accounts/accountservice.h"
