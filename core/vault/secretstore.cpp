#include "core/vault/secretstore.h"
