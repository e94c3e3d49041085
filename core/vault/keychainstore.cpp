#include "core/vault/keychainstore.h"
