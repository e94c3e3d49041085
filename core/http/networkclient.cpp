#include "core/http/networkclient.h"
