#include "core/writeback/transfer.h"
