#include "models/jsonvalues.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "models/sentences.h"

#include <QJsonArray>

namespace Postroom
{
namespace
{

QString toString(Step step)
{
    switch (step) {
    case Step::None:
        return {};
    case Step::TryNow:
        return QStringLiteral("try-now");
    case Step::SignIn:
        return QStringLiteral("sign-in");
    case Step::Unlock:
        return QStringLiteral("unlock");
    case Step::Why:
        return QStringLiteral("why");
    case Step::OpenPage:
        return QStringLiteral("open-page");
    case Step::Grant:
        return QStringLiteral("grant");
    case Step::Show:
        return QStringLiteral("show");
    case Step::Start:
        return QStringLiteral("start");
    case Step::Enable:
        return QStringLiteral("enable");
    case Step::Add:
        return QStringLiteral("add");
    case Step::Adopt:
        return QStringLiteral("adopt");
    }
    return {};
}

QString storageWord(StorageState storage)
{
    // The contract knows no sixth word: a sign-in that was never meant for the keychain is not saved there.
    return storage == StorageState::Session ? QStringLiteral("unsaved") : Postroom::toString(storage);
}

void putNext(QJsonObject &object, const Sentence &sentence)
{
    QJsonObject next;
    put(next, QLatin1String("action"), toString(sentence.step));
    put(next, QLatin1String("at"), sentence.nextAt);
    if (!next.isEmpty())
        object.insert(QLatin1String("next"), next);
}

QString itemWord(ItemState state)
{
    switch (state) {
    case ItemState::Queued:
    case ItemState::Sending:
    case ItemState::Waiting:
        return QStringLiteral("queued");
    case ItemState::Acked:
        return QStringLiteral("acked");
    case ItemState::Attention:
        return QStringLiteral("attention");
    case ItemState::Failed:
    case ItemState::Refused:
    case ItemState::Cancelled:
        return QStringLiteral("failed");
    }
    return {};
}

} // namespace

QJsonObject toJson(const Error &error)
{
    QJsonObject object;
    put(object, QLatin1String("origin"), Postroom::toString(error.origin));
    put(object, QLatin1String("class"), Postroom::toString(error.kind));
    if (error.status > 0)
        object.insert(QLatin1String("status"), error.status);
    put(object, QLatin1String("code"), error.code);
    put(object, QLatin1String("requestId"), error.requestId);
    put(object, QLatin1String("message"), oneLine(error.message, 400));
    return object;
}

QJsonObject toJson(const LastError &last)
{
    QJsonObject object = toJson(last.error);
    if (last.attempt > 0)
        object.insert(QLatin1String("attempt"), last.attempt);
    put(object, QLatin1String("at"), last.at);
    return object;
}

QJsonObject toJson(const AccountStatus &account, const QDateTime &now)
{
    const Sentence sentence = sentenceFor(account, now);
    QJsonObject object;
    put(object, QLatin1String("id"), account.id.text());
    put(object, QLatin1String("provider"), account.providerId);
    put(object, QLatin1String("label"), account.label);
    put(object, QLatin1String("subject"), account.subject);
    object.insert(QLatin1String("custody"),
        account.custody == Custody::Observed ? QStringLiteral("observed") : QStringLiteral("managed"));
    object.insert(QLatin1String("enabled"), account.enabled);
    put(object, QLatin1String("state"), Postroom::toString(account.state));
    put(object, QLatin1String("reason"), account.reason);
    put(object, QLatin1String("badge"), Postroom::toString(account.badge));
    put(object, QLatin1String("since"), account.since);
    put(object, QLatin1String("sentence"), sentence.text);
    putNext(object, sentence);
    put(object, QLatin1String("usableUntil"), account.usableUntil);
    object.insert(QLatin1String("scopes"), QJsonArray::fromStringList(account.scopes));
    object.insert(QLatin1String("missingScopes"), QJsonArray::fromStringList(account.missingScopes));
    put(object, QLatin1String("storage"), storageWord(account.storage));
    if (account.lastError)
        object.insert(QLatin1String("lastError"), toJson(*account.lastError));
    return object;
}

QJsonObject toJson(const WorkspaceStatus &workspace, const QDateTime &now)
{
    const Sentence sentence = sentenceFor(workspace, now);
    QJsonObject object;
    put(object, QLatin1String("id"), workspace.id.text());
    put(object, QLatin1String("cloudId"), workspace.cloudId);
    put(object, QLatin1String("name"), workspace.name);
    put(object, QLatin1String("server"), workspace.server.toString());
    put(object, QLatin1String("account"), workspace.account.text());
    put(object, QLatin1String("mirror"), workspace.mirror);

    QJsonObject daemon{{QLatin1String("running"), workspace.daemon.running}};
    if (workspace.daemon.pid > 0)
        daemon.insert(QLatin1String("pid"), workspace.daemon.pid);
    put(daemon, QLatin1String("custody"), Postroom::toString(workspace.daemon.custody));
    put(daemon, QLatin1String("since"), workspace.daemon.since);
    object.insert(QLatin1String("daemon"), daemon);

    put(object, QLatin1String("status"), Postroom::toString(workspace.state));
    put(object, QLatin1String("sentence"), sentence.text);
    put(object, QLatin1String("since"), workspace.since);
    putNext(object, sentence);

    QJsonObject outbox{{QLatin1String("pending"), workspace.outbox.pending},
        {QLatin1String("attention"), workspace.outbox.attention}, {QLatin1String("failed"), workspace.outbox.failed},
        {QLatin1String("acked"), workspace.outbox.acked}, {QLatin1String("unreadable"), workspace.outbox.unreadable}};
    put(outbox, QLatin1String("oldestPendingAt"), workspace.outbox.oldestPendingAt);
    object.insert(QLatin1String("outbox"), outbox);
    object.insert(QLatin1String("conflicts"), workspace.conflicts);
    put(object, QLatin1String("lastSuccessAt"), workspace.lastSuccessAt);
    if (workspace.lastError)
        object.insert(QLatin1String("lastError"), toJson(*workspace.lastError));
    return object;
}

QJsonObject toJson(const OutboxRecord &record, const QDateTime &now)
{
    QJsonObject object;
    put(object, QLatin1String("id"), record.id);
    put(object, QLatin1String("path"), record.path);
    put(object, QLatin1String("action"), record.action);
    put(object, QLatin1String("state"), Postroom::toString(record.state));
    if (record.size >= 0)
        object.insert(QLatin1String("size"), record.size);
    put(object, QLatin1String("hash"), record.hash);
    object.insert(QLatin1String("attempts"), record.attempts);
    put(object, QLatin1String("firstSeenAt"), record.firstSeenAt);
    put(object, QLatin1String("lastAttemptAt"), record.lastAttemptAt);
    put(object, QLatin1String("nextAttemptAt"), record.nextAttemptAt);
    put(object, QLatin1String("opId"), record.operationId);
    put(object, QLatin1String("operation"), record.dispatchStatus);
    put(object, QLatin1String("error"), oneLine(record.error, 400));
    put(object, QLatin1String("sentence"), sentenceFor(record, now).text);
    return object;
}

QJsonObject toJson(const TransferItem &item)
{
    QJsonObject object;
    put(object, QLatin1String("local"), item.local);
    put(object, QLatin1String("path"), item.remotePath);
    put(object, QLatin1String("state"), itemWord(item.state));
    put(object, QLatin1String("opId"), item.operationId);
    put(object, QLatin1String("revision"), item.revision);
    object.insert(QLatin1String("bytes"), item.bytes);
    put(object, QLatin1String("error"), oneLine(item.error, 400));
    put(object, QLatin1String("code"), item.code);
    return object;
}

QJsonObject toJson(const QList<TransferItem> &items)
{
    QJsonArray list;
    int acked = 0;
    int failed = 0;
    for (const TransferItem &item : items) {
        list.append(toJson(item));
        switch (item.state) {
        case ItemState::Acked:
            ++acked;
            break;
        case ItemState::Failed:
        case ItemState::Attention:
        case ItemState::Refused:
        case ItemState::Cancelled:
            ++failed;
            break;
        default:
            break;
        }
    }
    return {{QLatin1String("items"), list}, {QLatin1String("acked"), acked}, {QLatin1String("failed"), failed}};
}

QJsonObject toJson(const Transfer &transfer, const QDateTime &now)
{
    QJsonObject object;
    put(object, QLatin1String("id"), transfer.id.text());
    put(object, QLatin1String("workspace"), transfer.workspace.text());
    put(object, QLatin1String("startedAt"), transfer.startedAt);
    put(object, QLatin1String("finishedAt"), transfer.finishedAt);
    object.insert(QLatin1String("total"), transfer.total);
    object.insert(QLatin1String("acked"), transfer.acked);
    object.insert(QLatin1String("failed"), transfer.failed);
    object.insert(QLatin1String("cancelled"), transfer.cancelled);
    object.insert(QLatin1String("bytesTotal"), transfer.bytesTotal);
    object.insert(QLatin1String("bytesDone"), transfer.bytesDone);
    put(object, QLatin1String("secondsLeft"), transfer.secondsLeft);
    put(object, QLatin1String("sentence"), sentenceFor(transfer, now).text);
    return object;
}

QJsonObject toJson(const ActivityEntry &entry)
{
    QJsonObject object;
    if (entry.id > 0)
        object.insert(QLatin1String("id"), entry.id);
    put(object, QLatin1String("at"), entry.at);
    put(object, QLatin1String("kind"), Postroom::toString(entry.kind));
    put(object, QLatin1String("outcome"), Postroom::toString(entry.outcome));
    put(object, QLatin1String("account"), entry.account.text());
    put(object, QLatin1String("workspace"), entry.workspace.text());
    put(object, QLatin1String("subject"), entry.subject);
    put(object, QLatin1String("text"), entry.text);
    put(object, QLatin1String("code"), entry.code);
    put(object, QLatin1String("requestId"), entry.requestId);
    return object;
}

} // namespace Postroom
