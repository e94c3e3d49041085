// One account per state of token health that is worth looking at, for tests and pictures.
#pragma once

#include "tests/support/fakedesk.h"

namespace Postroom
{

// Accounts by their ids: quota, missing, paused, observed, mismatch, long (long names, an unconfirmed verdict).
void fillHealth(FakeDesk &desk);

} // namespace Postroom
