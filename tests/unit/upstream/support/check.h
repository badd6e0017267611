/* cmocka and what it wants included before it. */
#ifndef SHUNT_TESTS_UPSTREAM_CHECK_H
#define SHUNT_TESTS_UPSTREAM_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
