#include "core/relayfile/bundlekeeper.h"
