"""Records what a real MLflow answers, so that the tests can replay it without Python.

Called by `npm run oracle:mlflow` (run.mjs) inside a virtual environment with a pinned MLflow.
Logs seeded traces into MLflow's SQLite store, asks it filter strings and metric requests, exports the same traces with
to_dict, and writes traces, questions and answers as gzip JSON Lines into the given folder. The same seed and the same
MLflow give the same files, save for assessment ids and creation times, which are set from the seed.
"""

import gzip
import importlib.metadata
import json
import logging
import random
import sys
from pathlib import Path

from mlflow.entities import AssessmentError, AssessmentSource, Expectation, Feedback, Span, TraceInfo
from mlflow.entities.model_registry import PromptVersion
from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from questions import metric_requests, search_requests
from traces import make_trace

SEED = 20260301
TRACES = 640
SEARCHES = 3600
METRICS = 1400


def main(folder: Path, work: Path) -> None:
    logging.disable(logging.CRITICAL)
    folder.mkdir(parents=True, exist_ok=True)
    store = SqlAlchemyStore(f"sqlite:///{work}/store.db", "mlflow-artifacts:/")
    experiments = [store.create_experiment(name) for name in ("support", "search", "batch")]
    rng = random.Random(SEED)
    made = [make_trace(rng, index, experiments) for index in range(TRACES)]
    for trace in made:
        log_trace(store, trace)
    exported = [export(store, trace) for trace in made]
    write(folder / "traces.jsonl.gz", exported)
    place = {trace["info"]["trace_id"]: index for index, trace in enumerate(made)}
    searches = search_requests(rng, made, experiments, SEARCHES)
    write(folder / "search.jsonl.gz", [ask_search(store, q, place) for q in searches])
    write(folder / "metrics.jsonl.gz", [ask_metrics(store, q) for q in metric_requests(rng, experiments, METRICS)])
    version = {"mlflow": importlib.metadata.version("mlflow"), "sqlparse": importlib.metadata.version("sqlparse")}
    version |= {"store": "sqlite", "seed": SEED, "traces": TRACES, "searches": SEARCHES, "metrics": METRICS}
    (folder / "version.json").write_text(json.dumps(version, indent=2) + "\n")


def log_trace(store: SqlAlchemyStore, trace: dict) -> None:
    info = TraceInfo.from_dict(trace["info"])
    store.start_trace(info)
    if trace["spans"]:
        store.log_spans(info.experiment_id, [Span.from_dict(span) for span in trace["spans"]])
    if trace["prompts"]:
        versions = [PromptVersion(name=name, version=version, template="t") for name, version in trace["prompts"]]
        store.link_prompts_to_trace(info.trace_id, versions)
    for given in trace["assessments"]:
        store.create_assessment(assessment_of(info.trace_id, given))


def export(store: SqlAlchemyStore, trace: dict) -> dict:
    trace_id = trace["info"]["trace_id"]
    if trace["spans"]:
        return store.get_trace(trace_id).to_dict()
    return {"info": store.get_trace_info(trace_id).to_dict(), "data": {"spans": []}}


def assessment_of(trace_id: str, given: dict):
    source = AssessmentSource(source_type=given["source_type"], source_id="tester")
    common = {
        "name": given["name"],
        "source": source,
        "trace_id": trace_id,
        "metadata": given.get("metadata"),
        "create_time_ms": given["created_ms"],
        "last_update_time_ms": given["created_ms"],
    }
    if given["type"] == "expectation":
        made = Expectation(value=given["value"], **common)
    else:
        error = AssessmentError(error_code="JUDGE_FAILED", error_message="no answer") if given.get("error") else None
        made = Feedback(value=given["value"], error=error, rationale=given.get("rationale"), **common)
        made.valid = given.get("valid", True)
    made.assessment_id = given["id"]
    return made


def ask_search(store: SqlAlchemyStore, request: dict, place: dict) -> dict:
    """The request with `rows` (lines of traces.jsonl, from 0) and `token`, or with the error's text."""
    try:
        infos, token = store.search_traces(
            locations=request["experiments"],
            filter_string=request["filter"],
            max_results=request["max_results"],
            order_by=request["order_by"],
            page_token=request.get("page_token"),
        )
        text = token.decode() if isinstance(token, bytes) else token
        return request | {"rows": [place[info.trace_id] for info in infos], "token": text}
    except MlflowException as error:
        return request | {"error": error.message}
    except Exception as error:  # the database driver's own failures leak through
        return request | {"crash": type(error).__name__}


def ask_metrics(store: SqlAlchemyStore, request: dict) -> dict:
    """The request with `points`, or with the error's text."""
    try:
        points = store.query_trace_metrics(
            experiment_ids=request["experiment_ids"],
            view_type=MetricViewType[request["view_type"]],
            metric_name=request["metric_name"],
            aggregations=[
                MetricAggregation(AggregationType[a["aggregation_type"]], a.get("percentile_value"))
                for a in request["aggregations"]
            ],
            dimensions=request.get("dimensions"),
            filters=request.get("filters"),
            time_interval_seconds=request.get("time_interval_seconds"),
            start_time_ms=request.get("start_time_ms"),
            end_time_ms=request.get("end_time_ms"),
            max_results=request.get("max_results", 1000),
        )
        return request | {"points": [{"dimensions": p.dimensions, "values": p.values} for p in points]}
    except MlflowException as error:
        return request | {"error": error.message}
    except Exception as error:
        return request | {"crash": type(error).__name__}


def write(path: Path, rows: list) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as out:
        out.write(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
