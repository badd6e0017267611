"""How often a count of random choices misses by chance."""

from math import exp, lgamma, log


def false_alarm(n, p, low, high):
    """The probability that the share of n choices, each with probability p, is outside low..high."""
    return sum(_term(n, k, p) for k in range(n + 1) if not low <= k / n <= high)


def _term(n, k, p):
    """P(k of n); in logarithms, since its factors leave the range of a float."""
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p))
