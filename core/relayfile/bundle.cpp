#include "core/relayfile/bundle.h"
