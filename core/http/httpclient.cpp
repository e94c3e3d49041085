#include "core/http/httpclient.h"

#include <QHostAddress>

namespace Postroom
{

QByteArray HttpResponse::header(const QByteArray &name) const
{
    for (const HttpHeader &entry : headers) {
        if (entry.name.compare(name, Qt::CaseInsensitive) == 0)
            return entry.value;
    }
    return {};
}

QList<QByteArray> HttpResponse::headerValues(const QByteArray &name) const
{
    QList<QByteArray> values;
    for (const HttpHeader &entry : headers) {
        if (entry.name.compare(name, Qt::CaseInsensitive) == 0)
            values.append(entry.value);
    }
    return values;
}

QByteArray HttpResponse::mediaType() const
{
    const QByteArray type = header("Content-Type");
    return type.split(';').constFirst().trimmed().toLower();
}

bool isLoopbackLiteral(const QUrl &url)
{
    // A name such as localhost can be led elsewhere by whoever answers name queries; an address cannot.
    QHostAddress address;
    return address.setAddress(url.host(QUrl::FullyDecoded)) && address.isLoopback();
}

bool isTrustworthyUrl(const QUrl &url)
{
    if (!url.isValid() || url.host().isEmpty() || !url.userInfo().isEmpty())
        return false;
    if (url.scheme() == QLatin1String("https"))
        return true;
    return url.scheme() == QLatin1String("http") && isLoopbackLiteral(url);
}

QString hostForPeople(const QUrl &url)
{
    const QString host = url.host();
    if (url.port() == -1)
        return host;
    return (host.contains(QLatin1Char(':')) ? QStringLiteral("[%1]:%2") : QStringLiteral("%1:%2"))
        .arg(host)
        .arg(url.port());
}

} // namespace Postroom
