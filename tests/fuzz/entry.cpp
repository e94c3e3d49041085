// What libFuzzer calls. Compiled once for each target, which POSTROOM_FUZZ_TARGET names.
#include "tests/fuzz/fuzztargets.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    // A copy of its own size, so that the address sanitizer sees every step beyond the end.
    const QByteArray input(reinterpret_cast<const char *>(data), static_cast<qsizetype>(size));
    Postroom::Fuzz::POSTROOM_FUZZ_TARGET(input);
    return 0;
}
