#include "models/desk.h"
