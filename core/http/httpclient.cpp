#include "core/http/httpclient.h"
