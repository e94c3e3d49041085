#include "models/sentences.h"
