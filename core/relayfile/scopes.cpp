#include "core/relayfile/scopes.h"
