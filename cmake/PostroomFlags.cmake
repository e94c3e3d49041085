# The one target that carries every compiler and linker flag of the project. Link it PRIVATE.
add_library(postroom_flags INTERFACE)
add_library(Postroom::flags ALIAS postroom_flags)

target_compile_definitions(postroom_flags INTERFACE
    QT_NO_KEYWORDS
    QT_NO_FOREACH
    QT_NO_CAST_FROM_ASCII
    QT_NO_CAST_TO_ASCII
    QT_NO_CAST_FROM_BYTEARRAY
    QT_NO_URL_CAST_FROM_STRING
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
    QT_STRICT_ITERATORS
    QT_DISABLE_DEPRECATED_BEFORE=0x060400
    POSTROOM_VERSION="${PROJECT_VERSION}"
    $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

target_compile_options(postroom_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror
    -fstack-protector-strong -fvisibility=hidden
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
    $<$<CXX_COMPILER_ID:GNU>:-fcoroutines>
    # GCC 12 reports variables of coroutine frames as unset; clang-tidy watches for the real ones.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    # GCC 12's library uses what it calls deprecated; clang says so at every std::stable_sort.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
target_link_options(postroom_flags INTERFACE -Wl,-z,relro,-z,now)

if(POSTROOM_SANITIZE)
    target_compile_options(postroom_flags INTERFACE -fsanitize=${POSTROOM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(postroom_flags INTERFACE -fsanitize=${POSTROOM_SANITIZE})
else()
    # The sanitizers bring their own checks of the C library's calls.
    target_compile_definitions(postroom_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(POSTROOM_CCACHE)
    find_program(POSTROOM_CCACHE_PROGRAM ccache)
    if(POSTROOM_CCACHE_PROGRAM)
        # A precompiled header needs the sloppiness; otherwise ccache refuses the files that use one.
        set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
            CCACHE_SLOPPINESS=pch_defines,time_macros
            CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${POSTROOM_CCACHE_PROGRAM})
    endif()
endif()
