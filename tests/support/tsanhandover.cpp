// What the thread sanitizer cannot see in a Qt that was not built with it: that a value handed from one thread to
// another by a queued call, by a signal or by a thread pool arrives after it was sent. The program's own calls of Qt
// land here first, where the sanitizer is told of exactly that hand-over, and go on to Qt. Linked into the tests of a
// build with the thread sanitizer only.
//
// Each hand-over has a place of its own: the call that is queued, the sender of a signal, the pool. Nothing is hidden:
// a value that two threads touch beside its hand-over is still found.
#include <QFutureInterface>
#include <QMetaObject>
#include <QObject>
#include <QRunnable>
#include <QThreadPool>
#include <cstdarg>
#include <dlfcn.h>
#include <functional>
#include <sanitizer/tsan_interface.h>

namespace
{

// The same function in Qt.
template <typename Function>
Function next(const char *name)
{
    void *found = ::dlsym(RTLD_NEXT, name);
    if (!found)
        qFatal("%s is not in this Qt", name);
    return reinterpret_cast<Function>(found);
}

// A slot that acquires what its caller has released, then does the work of the slot it was made for.
class Arrival final : public QtPrivate::QSlotObjectBase
{
public:
    // `place` is released at each call; null for a call that is made once, together with its arrival.
    Arrival(QtPrivate::QSlotObjectBase *inner, void *place)
        : QSlotObjectBase(&Arrival::work), m_inner(inner), m_place(place)
    {
        __tsan_release(this);
    }

private:
    static void work(int which, QSlotObjectBase *base, QObject *receiver, void **arguments, bool *result)
    {
        __tsan_acquire(base);
        auto *self = static_cast<Arrival *>(base);
        if (self->m_place)
            __tsan_acquire(self->m_place);
        switch (which) {
        case Destroy:
            self->m_inner->destroyIfLastRef();
            delete self;
            break;
        case Call:
            self->m_inner->call(receiver, arguments);
            break;
        case Compare:
            *result = self->m_inner->compare(arguments);
            break;
        default:
            break;
        }
    }

    QtPrivate::QSlotObjectBase *m_inner;
    void *m_place;
};

// Work for a pool: begins after it was given there, and is over before the pool is waited for.
class PoolWork final : public QRunnable
{
public:
    PoolWork(QRunnable *inner, QThreadPool *pool) : m_inner(inner), m_pool(pool) { __tsan_release(this); }
    void run() override
    {
        __tsan_acquire(this);
        const bool owned = m_inner->autoDelete();
        m_inner->run();
        if (owned)
            delete m_inner;
        __tsan_release(m_pool);
    }

private:
    QRunnable *m_inner;
    QThreadPool *m_pool;
};

} // namespace

bool QMetaObject::invokeMethodImpl(
    QObject *object, QtPrivate::QSlotObjectBase *slot, Qt::ConnectionType type, void *result)
{
    static const auto original = next<bool (*)(QObject *, QtPrivate::QSlotObjectBase *, Qt::ConnectionType, void *)>(
        "_ZN11QMetaObject16invokeMethodImplEP7QObjectPN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPv");
    return original(object, new Arrival(slot, nullptr), type, result);
}

QMetaObject::Connection QObject::connectImpl(const QObject *sender, void **signal, const QObject *receiver, void **slot,
    QtPrivate::QSlotObjectBase *object, Qt::ConnectionType type, const int *types, const QMetaObject *meta)
{
    using Function = QMetaObject::Connection (*)(const QObject *, void **, const QObject *, void **,
        QtPrivate::QSlotObjectBase *, Qt::ConnectionType, const int *, const QMetaObject *);
    static const auto original = next<Function>(
        "_ZN7QObject11connectImplEPKS_PPvS1_S3_PN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPKiPK11QMetaObject");
    return original(
        sender, signal, receiver, slot, new Arrival(object, const_cast<QObject *>(sender)), type, types, meta);
}

void QMetaObject::activate(QObject *sender, const QMetaObject *meta, int signal, void **arguments)
{
    static const auto original
        = next<void (*)(QObject *, const QMetaObject *, int, void **)>("_ZN11QMetaObject8activateEP7QObjectPKS_iPPv");
    __tsan_release(sender);
    original(sender, meta, signal, arguments);
}

void QThreadPool::start(QRunnable *runnable, int priority)
{
    static const auto original = next<void (*)(QThreadPool *, QRunnable *, int)>("_ZN11QThreadPool5startEP9QRunnablei");
    original(this, new PoolWork(runnable, this), priority);
}

void QThreadPool::start(std::function<void()> work, int priority)
{
    start(QRunnable::create(std::move(work)), priority);
}

bool QThreadPool::waitForDone(int milliseconds)
{
    static const auto original = next<bool (*)(QThreadPool *, int)>("_ZN11QThreadPool11waitForDoneEi");
    const bool done = original(this, milliseconds);
    __tsan_acquire(this);
    return done;
}

// The last one who lets go of a result destroys it, after all the others are done with it.
bool QFutureInterfaceBase::derefT() const noexcept
{
    static const auto original = next<bool (*)(const QFutureInterfaceBase *)>("_ZNK20QFutureInterfaceBase6derefTEv");
    void *place = d;
    __tsan_release(place);
    const bool others = original(this);
    if (!others)
        __tsan_acquire(place);
    return others;
}

// How Qt makes the process of a program: a child that borrows this memory until it has become that program. The
// sanitizer would take the child for a fork and change its own state under the parent.
extern "C" int clone(int (*work)(void *), void *stack, int flags, void *argument, ...)
{
    static const auto original = next<int (*)(int (*)(void *), void *, int, void *, ...)>("clone");
    va_list more;
    va_start(more, argument);
    void *parentId = va_arg(more, void *);
    void *tls = va_arg(more, void *);
    void *childId = va_arg(more, void *);
    va_end(more);
    return original(work, stack, flags, argument, parentId, tls, childId);
}
