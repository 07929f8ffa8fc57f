"""Seeded traces with every entity: nulls, emoji, JSON values, sessions, overridden assessments, linked prompts.

Called by record.py. Values come from small domains, so that random filters hit.
"""

import base64
import json
import random

NAMES = ["chat", "rag", "plan a trip", "tool_call", "Chat", "été", "日本語", "a%b", "x_y", "😀 agent", ""]
STATES = ["OK", "OK", "OK", "ERROR", "IN_PROGRESS", "STATE_UNSPECIFIED"]
ENVS = ["prod", "dev", "Prod", "it's", 'say "hi"', "100%", "a\\b", "", " padded ", "Straße"]
SESSIONS = [f"s{n}" for n in range(12)]
SPAN_NAMES = ["plan", "search", "llm call", "Retriever", "tool:web", "x_1"]
SPAN_TYPES = ["LLM", "TOOL", "AGENT", "CHAIN", "UNKNOWN", "custom type"]
MODELS = ["gpt-4o", "claude-3", "gpt-4o-mini"]
PROVIDERS = ["openai", "anthropic"]
WORDS = ["refund", "Timeout", "hello\nworld", 'quote " inside', "naïve", "😀", "100% sure", "under_score", "back\\slash", "order 42"]
# No whole number here: MLflow's export writes 5 as 5.0, so its own file does not say what its store holds.
FEEDBACK = [True, False, "yes", "no", "high", "Low", 0.0, 5.0, 0.8, 1.0, -3.0, 2.5, "0.9", "true", ["a", "b"], {"k": "v"}, ""]
START_MS = 1772409600000


def make_trace(rng: random.Random, index: int, experiments: list) -> dict:
    trace_id = f"tr-{rng.getrandbits(128):032x}"
    start = START_MS + rng.randrange(0, 3 * 86_400_000, 500 if rng.random() < 0.7 else 1)
    duration = rng.choice([0, 1, 100, 250, 1000, 4000, rng.randrange(1, 20_000)])
    state = rng.choice(STATES)
    info = {
        "trace_id": trace_id,
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": rng.choices(experiments, [5, 3, 1])[0]},
        },
        "request_time": iso(start),
        "state": state,
        "trace_metadata": metadata(rng),
        "tags": tags(rng),
    }
    if state != "IN_PROGRESS" and rng.random() < 0.9:
        info["execution_duration_ms"] = duration
    if rng.random() < 0.5:
        info["client_request_id"] = rng.choice([f"req-{index % 20}", f"REQ-{index}", "req_%"])
    if rng.random() < 0.6:
        info["request_preview"] = rng.choice(WORDS)
    prompts = [(f"p{rng.randrange(3)}", rng.randrange(1, 4))] if rng.random() < 0.15 else []
    if prompts:  # clients write the tag beside the link; an export has the tag alone
        info["tags"]["mlflow.linkedPrompts"] = json.dumps([{"name": n, "version": str(v)} for n, v in prompts])
    spans = make_spans(rng, trace_id, index, start)
    return {
        "info": info,
        "spans": spans,
        "prompts": prompts,
        "assessments": make_assessments(rng, index, start, info["trace_metadata"].get("mlflow.trace.session")),
    }


def iso(ms: int) -> str:
    from datetime import datetime, timezone

    moment = datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{ms % 1000:03d}Z"


def tags(rng: random.Random) -> dict:
    out = {}
    if rng.random() < 0.9:
        out["mlflow.traceName"] = rng.choice(NAMES)
    if rng.random() < 0.7:
        out["env"] = rng.choice(ENVS)
    if rng.random() < 0.3:
        out["dotted.key.x"] = rng.choice(["1", "2", "10", "x"])
    if rng.random() < 0.2:
        out["with space"] = rng.choice(["v1", "v2"])
    if rng.random() < 0.1:
        out["timestamp_ms"] = "tagged"
    return out


def metadata(rng: random.Random) -> dict:
    out = {}
    if rng.random() < 0.5:
        out["mlflow.trace.session"] = rng.choice(SESSIONS)
    if rng.random() < 0.3:
        out["mlflow.trace.user"] = rng.choice(["ann", "bob", "Ünal"])
    if rng.random() < 0.3:
        out["mlflow.sourceRun"] = f"run{rng.randrange(4)}"
    if rng.random() < 0.3:
        out["team"] = rng.choice(["a", "b", "A"])
    if rng.random() < 0.4:
        usage = {"input_tokens": rng.randrange(0, 2000), "output_tokens": rng.randrange(0, 500)}
        usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]
        if rng.random() < 0.3:
            usage["cache_read_input_tokens"] = rng.randrange(0, 900)
        if rng.random() < 0.2:
            del usage["output_tokens"]
        out["mlflow.trace.tokenUsage"] = json.dumps(usage)
    return out


def make_spans(rng: random.Random, trace_id: str, index: int, start: int) -> list:
    count = rng.choice([0, 1, 1, 2, 3, 5, 8])
    otel = base64.b64encode((index + 1).to_bytes(16, "big")).decode()
    ids = [base64.b64encode(((index + 1) * 100 + n).to_bytes(8, "big")).decode() for n in range(count)]
    spans = []
    for n in range(count):
        begin = start * 1_000_000 + rng.randrange(0, 2_000_000_000)
        took = rng.choice([0, 999_999, 1_000_000, 250_000_000, rng.randrange(0, 9_000_000_000)])
        spans.append({
            "trace_id": otel,
            "span_id": ids[n],
            "parent_span_id": None if n == 0 else ids[rng.randrange(0, n)],
            "name": rng.choice(SPAN_NAMES),
            "start_time_unix_nano": begin,
            "end_time_unix_nano": None if rng.random() < 0.05 else begin + took,
            "events": [],
            "status": {
                "code": rng.choice(["STATUS_CODE_OK", "STATUS_CODE_OK", "STATUS_CODE_ERROR", "STATUS_CODE_UNSET"]),
                "message": "",
            },
            "attributes": attributes(rng, trace_id),
        })
    return spans


def attributes(rng: random.Random, trace_id: str) -> dict:
    out = {"mlflow.traceRequestId": json.dumps(trace_id), "mlflow.spanType": json.dumps(rng.choice(SPAN_TYPES))}
    if rng.random() < 0.5:
        out["mlflow.llm.model"] = json.dumps(rng.choice(MODELS))
        if rng.random() < 0.8:
            out["mlflow.llm.provider"] = json.dumps(rng.choice(PROVIDERS))
    if rng.random() < 0.3:
        cost = {"input_cost": rng.choice([0.0, 0.25, 0.001]), "output_cost": rng.random() / 100}
        cost["total_cost"] = cost["input_cost"] + cost["output_cost"]
        out["mlflow.llm.cost"] = json.dumps(cost)
    if rng.random() < 0.3:
        used = {"input_tokens": rng.randrange(1, 300), "output_tokens": rng.randrange(1, 90)}
        used["total_tokens"] = used["input_tokens"] + used["output_tokens"]
        out["mlflow.chat.tokenUsage"] = json.dumps(used)
    if rng.random() < 0.4:
        out["model"] = json.dumps(rng.choice(MODELS))
    if rng.random() < 0.3:
        out["temperature"] = json.dumps(rng.choice([0, 0.5, 1.0]))
    if rng.random() < 0.7:
        out["mlflow.spanInputs"] = json.dumps({"q": rng.choice(WORDS)}, ensure_ascii=False)
    if rng.random() < 0.6:
        out["mlflow.spanOutputs"] = json.dumps(rng.choice(WORDS), ensure_ascii=False)
    return out


def make_assessments(rng: random.Random, index: int, start: int, session: str | None) -> list:
    out = []
    for n in range(rng.choice([0, 0, 1, 1, 2, 3])):
        kind = "expectation" if rng.random() < 0.2 else "feedback"
        given = {
            "id": f"a-{index:016x}{n:016x}",
            "type": kind,
            "name": rng.choice(["quality", "score", "tone ok", "correct"]),
            "value": rng.choice([v for v in FEEDBACK if v != ""] if kind == "expectation" else FEEDBACK),
            "source_type": rng.choice(["HUMAN", "LLM_JUDGE", "CODE"]),
            "created_ms": start + rng.randrange(0, 100_000),
        }
        if kind == "feedback":
            given["valid"] = rng.random() > 0.15
            if rng.random() < 0.1:
                given |= {"value": None, "error": True}
        if session is not None and rng.random() < 0.15:
            given["metadata"] = {"mlflow.trace.session": session}
        out.append(given)
    return out
