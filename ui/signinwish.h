// Why somebody opens the sign-in dialog for an account that is there already.
#pragma once

namespace Postroom
{

enum class SignInWish {
    SignIn, // as before; also where a service wants a stronger sign-in
    MoreAccess // with further rights
};

} // namespace Postroom
