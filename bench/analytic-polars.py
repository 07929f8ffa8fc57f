"""Polars on the ten analytic questions, over the same columns, in memory. Started by analytic-polars.ts.

Arguments: a Parquet file of the traces, timed runs. Texts are Categorical, Polars' dictionaries. Prints one JSON object:
the answers of all questions in order, rows as lists, and milliseconds by question and run; the first run is not timed.
"""

import json
import sys
import time

import polars as pl

HOUR_MS = 3_600_000
TOP = 100
DURATION = pl.col("execution_duration_ms")
HOUR = (pl.col("timestamp_ms") // HOUR_MS * HOUR_MS).alias("hour")


def percentiles(*shares):
    return [DURATION.quantile(share, "linear").alias(f"p{share}") for share in shares]


def by_text(frame, *names):
    """A grouped result in the order of its texts."""
    return frame.with_columns(pl.col(name).cast(pl.String) for name in names).sort(*names)


def timed_rows(traces):
    return traces.filter(DURATION.is_not_null())


QUESTIONS = [
    lambda t: by_text(t.group_by("trace_name").agg(pl.len()), "trace_name"),
    lambda t: by_text(
        timed_rows(t)
        .group_by("trace_name", "state")
        .agg(
            DURATION.mean().alias("mean"),
            DURATION.sum().alias("sum"),
            DURATION.min().alias("min"),
            DURATION.max().alias("max"),
        ),
        "trace_name",
        "state",
    ),
    lambda t: by_text(timed_rows(t).group_by("trace_name").agg(*percentiles(0.5, 0.95, 0.99)), "trace_name"),
    lambda t: t.filter(pl.col("total_tokens").is_not_null())
    .group_by(HOUR)
    .agg(pl.col("total_tokens").sum())
    .sort("hour"),
    lambda t: t.filter((pl.col("state") == "OK") & (DURATION > 5000)).select(pl.len(), DURATION.mean()),
    lambda t: by_text(t.group_by("session").agg(pl.len()), "session").head(1_000),
    lambda t: timed_rows(t)
    .group_by(HOUR, "trace_name")
    .agg(*percentiles(0.95))
    .with_columns(pl.col("trace_name").cast(pl.String))
    .sort("hour", "trace_name"),
    lambda t: by_text(
        t.group_by("trace_name").agg(pl.col("session").drop_nulls().n_unique().alias("sessions")), "trace_name"
    ),
    lambda t: by_text(
        t.filter(pl.col("trace_name").cast(pl.String).str.contains("agent", literal=True))
        .group_by("trace_name")
        .agg(pl.len()),
        "trace_name",
    ),
    lambda t: t.select(pl.col("total_cost").top_k(TOP)).sort("total_cost", descending=True),
]


def main(path, runs):
    started = time.perf_counter()
    texts = ["trace_name", "state", "session"]
    traces = pl.read_parquet(path).with_columns(pl.col(name).cast(pl.Categorical) for name in texts)
    fill_seconds = time.perf_counter() - started
    lazy = traces.lazy()
    answers = []
    samples = []
    for question in QUESTIONS:
        answers.append([list(row) for row in question(lazy).collect().rows()])
        times = []
        for _ in range(runs):
            started = time.perf_counter()
            question(lazy).collect()
            times.append((time.perf_counter() - started) * 1000)
        samples.append(times)
    result = {"polars": pl.__version__, "threads": pl.thread_pool_size(), "fillSeconds": fill_seconds}
    json.dump({**result, "answers": answers, "samples": samples}, sys.stdout)


main(sys.argv[1], int(sys.argv[2]))
