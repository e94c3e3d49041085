#include "core/writeback/pushservice.h"
