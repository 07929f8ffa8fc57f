"""How does MLflow's SQLite store answer the search bench? Called by search-mlflow.ts.

Arguments: an export of JSON Lines, a folder to work in, timed runs. Queries (JSON) come on standard input.
Logs the traces into a fresh store, writes them back as the store has them (exported.jsonl in the folder), and prints one
JSON document: version and, for each query, the ids in order (or the error) and the milliseconds of each run.
"""

import importlib.metadata
import json
import logging
import sys
import time
from pathlib import Path

from mlflow.entities import Span, TraceInfo
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

SET_BY_STORE = ("mlflow.artifactLocation", "mlflow.trace.spansLocation")


def main(source: Path, work: Path, runs: int) -> None:
    logging.disable(logging.CRITICAL)
    queries = json.load(sys.stdin)
    store = SqlAlchemyStore(f"sqlite:///{work}/store.db", "mlflow-artifacts:/")
    experiment = store.create_experiment("bench")
    ids = [log_trace(store, json.loads(line), experiment) for line in source.open(encoding="utf-8")]
    with (work / "exported.jsonl").open("w", encoding="utf-8") as out:
        for trace_id in ids:
            out.write(json.dumps(store.get_trace(trace_id).to_dict()) + "\n")
    answers = [ask(store, experiment, query, len(ids), runs) for query in queries]
    print(json.dumps({"mlflow": importlib.metadata.version("mlflow"), "traces": len(ids), "answers": answers}))


def log_trace(store: SqlAlchemyStore, trace: dict, experiment: str) -> str:
    trace["info"]["trace_location"]["mlflow_experiment"]["experiment_id"] = experiment
    trace["info"]["tags"] = {key: text for key, text in trace["info"]["tags"].items() if key not in SET_BY_STORE}
    info = TraceInfo.from_dict(trace["info"])
    store.start_trace(info)
    store.log_spans(experiment, [Span.from_dict(span) for span in trace["data"]["spans"]])
    return info.trace_id


def ask(store: SqlAlchemyStore, experiment: str, query: dict, traces: int, runs: int) -> dict:
    def page(size: int) -> list:
        found, _ = store.search_traces(
            locations=[experiment], filter_string=query["filter"], order_by=query.get("orderBy"), max_results=size
        )
        return found

    ids = [info.trace_id for info in page(traces)]
    samples = []
    for _ in range(runs):
        started = time.perf_counter()
        page(query["pageSize"])
        samples.append((time.perf_counter() - started) * 1000)
    return {"name": query["name"], "ids": ids, "samples": samples}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
