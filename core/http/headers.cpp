#include "core/http/headers.h"
