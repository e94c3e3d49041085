#include "core/relayfile/cloudapi.h"
