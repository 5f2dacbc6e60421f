"""How a repeated call is timed in every framework: as benchmarks/workloads.cpp does it. Not a script itself."""

import statistics
import time


def rates(images, call, budget=12, least=3, most=200):
    """Two calls to warm up, then at least `least` and about `budget` seconds of them."""
    call()
    call()
    seconds, end = [], time.perf_counter() + budget
    while (time.perf_counter() < end or len(seconds) < least) and len(seconds) < most:
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    median = statistics.median(seconds)
    return {
        "images_per_s": round(images / median, 2),
        "best_images_per_s": round(images / min(seconds), 2),
        "median_s": round(median, 5),
        "n": len(seconds),
    }
