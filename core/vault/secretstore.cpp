#include "core/vault/secretstore.h"

#include <QCoreApplication>

#include "core/base/text.h"

namespace Postroom
{
namespace
{

QString sentence(VaultProblem problem)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Postroom", text); };
    switch (problem) {
    case VaultProblem::NotFound:
        return tr("The keychain has no such entry.");
    case VaultProblem::Locked:
        return tr("The keychain is locked.");
    case VaultProblem::NoCollection:
        return tr("There is no default keyring yet.");
    case VaultProblem::Absent:
        return tr("No keychain is running.");
    case VaultProblem::Denied:
        return tr("The keychain was not opened.");
    case VaultProblem::TimedOut:
        return tr("The keychain does not answer.");
    case VaultProblem::Corrupt:
        return tr("The keychain's entry cannot be read.");
    case VaultProblem::TooLarge:
        return tr("The value is too large for the keychain.");
    case VaultProblem::Backend:
        break;
    }
    return tr("The keychain did not do what it was asked.");
}

QString nextStep(VaultProblem problem)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Postroom", text); };
    switch (problem) {
    case VaultProblem::Locked:
    case VaultProblem::Denied:
        return tr("Unlock the keychain.");
    case VaultProblem::NoCollection:
        return tr("Make a default keyring in the system's password settings.");
    case VaultProblem::Absent:
        return tr("Start the system's keychain, or stay signed in until you quit.");
    case VaultProblem::TimedOut:
        return tr("Answer an open keychain prompt, or try again.");
    default:
        return {};
    }
}

} // namespace

QString toString(VaultState state)
{
    switch (state) {
    case VaultState::Unknown:
        return QStringLiteral("unknown");
    case VaultState::Unlocked:
        return QStringLiteral("unlocked");
    case VaultState::Locked:
        return QStringLiteral("locked");
    case VaultState::NoCollection:
        return QStringLiteral("no-collection");
    case VaultState::Absent:
        return QStringLiteral("absent");
    case VaultState::Hung:
        return QStringLiteral("hung");
    }
    return {};
}

QString toString(VaultProblem problem)
{
    switch (problem) {
    case VaultProblem::NotFound:
        return QStringLiteral("not-found");
    case VaultProblem::Locked:
        return QStringLiteral("locked");
    case VaultProblem::NoCollection:
        return QStringLiteral("no-collection");
    case VaultProblem::Absent:
        return QStringLiteral("absent");
    case VaultProblem::Denied:
        return QStringLiteral("denied");
    case VaultProblem::TimedOut:
        return QStringLiteral("timed-out");
    case VaultProblem::Corrupt:
        return QStringLiteral("corrupt");
    case VaultProblem::TooLarge:
        return QStringLiteral("too-large");
    case VaultProblem::Backend:
        return QStringLiteral("backend");
    }
    return {};
}

Error toError(const VaultError &problem)
{
    Error error;
    error.origin = Origin::Storage;
    error.kind = ErrorClass::Store;
    error.code = toString(problem.problem);
    error.message = sentence(problem.problem);
    error.next = nextStep(problem.problem);
    error.detail = oneLine(redacted(problem.detail));
    return error;
}

std::optional<VaultError> refusal(VaultState state)
{
    switch (state) {
    case VaultState::Unlocked:
        return std::nullopt;
    case VaultState::Locked:
        return VaultError{VaultProblem::Locked, {}};
    case VaultState::NoCollection:
        return VaultError{VaultProblem::NoCollection, {}};
    case VaultState::Absent:
        return VaultError{VaultProblem::Absent, {}};
    case VaultState::Hung:
        return VaultError{VaultProblem::TimedOut, {}};
    case VaultState::Unknown:
        break;
    }
    return VaultError{VaultProblem::Backend, {}};
}

std::optional<VaultError> refusal(const Secret &value)
{
    if (value.isEmpty())
        return VaultError{VaultProblem::Corrupt, QStringLiteral("a value without content")};
    if (value.size() > largestSecret)
        return VaultError{VaultProblem::TooLarge, QStringLiteral("%1 bytes").arg(value.size())};
    return std::nullopt;
}

} // namespace Postroom
