#include "core/relayfile/dataplane.h"
