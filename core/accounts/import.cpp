#include "core/accounts/import.h"

#include "core/base/json.h"

namespace Postroom
{
namespace
{

constexpr QLatin1String originKey("importedFrom");
constexpr QLatin1String sourceKey("source");
constexpr QLatin1String pathKey("path");
constexpr QLatin1String tokenKey("token");

} // namespace

std::optional<ImportOrigin> originIn(const QJsonObject &fields)
{
    const QJsonObject note = objectAt(fields, originKey);
    ImportOrigin origin;
    origin.source = stringAt(note, sourceKey).value_or(QString());
    origin.path = stringAt(note, pathKey).value_or(QString());
    origin.token = stringAt(note, tokenKey).value_or(QString());
    if (origin.source.isEmpty() || origin.token.isEmpty())
        return std::nullopt;
    return origin;
}

void noteOrigin(QJsonObject *fields, const std::optional<ImportOrigin> &origin)
{
    if (!origin) {
        fields->remove(originKey);
        return;
    }
    QJsonObject note;
    put(note, sourceKey, origin->source);
    put(note, pathKey, origin->path);
    put(note, tokenKey, origin->token);
    fields->insert(originKey, note);
}

} // namespace Postroom
