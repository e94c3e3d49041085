#include "core/vault/memorystore.h"
