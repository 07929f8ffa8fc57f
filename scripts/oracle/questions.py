"""Seeded questions: filter strings with order and paging, and metric requests, valid and invalid ones.

Called by record.py. The filters use the whole language: every field, comparator and quoting, missing AND, odd case, errors.
"""

import base64
import json
import random

from traces import ENVS, MODELS, NAMES, SESSIONS, SPAN_NAMES, SPAN_TYPES, START_MS, WORDS

SCALARS = ["true", "false", "yes", "high", "5.0", "5", "0.8", "1.0", "0.9", "-3.0", "null", "Low"]


def quote(rng: random.Random, text: str) -> str:
    if "'" in text:
        return f'"{text}"'
    if '"' in text:
        return f"'{text}'"
    return f'"{text}"' if rng.random() < 0.2 else f"'{text}'"


def pattern(rng: random.Random, text: str) -> str:
    if not text:
        return "%"
    cut = rng.randrange(0, len(text))
    piece = text[cut : cut + rng.randrange(1, 6)]
    shape = rng.randrange(6)
    return [f"%{piece}%", f"{text[:cut]}%", f"%{text[cut:]}", text, f"%{piece[:-1]}_%", text.upper()][shape]


def regex(rng: random.Random, text: str) -> str:
    word = "".join(c for c in text if c.isalnum())[:4] or "a"
    return rng.choice([word, f"^{word}", f"{word}$", f"^{word}.*", "[a-c]+", f"(?i){word.upper()}", "^.{3,6}$", "(", r"\d+", "a|o", ""])


def text_test(rng: random.Random, field: str, domain: list, lists: bool, nulls: bool) -> str:
    value = rng.choice([*domain, "nothing"])
    kinds = ["=", "=", "!=", "LIKE", "ILIKE", "RLIKE"] + (["IN", "NOT IN"] if lists else []) + (["NULL"] if nulls else [])
    kind = rng.choice(kinds)
    if kind in ("IN", "NOT IN"):
        values = [rng.choice([*domain, "nothing"]) for _ in range(rng.randrange(1, 4))]
        return f"{field} {odd_case(rng, kind)} ({', '.join(repr(v) if v else repr('') for v in values)})"
    if kind == "NULL":
        return f"{field} {odd_case(rng, rng.choice(['IS NULL', 'IS NOT NULL']))}"
    if kind in ("LIKE", "ILIKE"):
        return f"{field} {odd_case(rng, kind)} {quote(rng, pattern(rng, value))}"
    if kind == "RLIKE":
        return f"{field} {odd_case(rng, kind)} {quote(rng, regex(rng, value))}"
    gap = rng.choice(["", " "])
    return f"{field}{gap}{kind}{gap}{quote(rng, value)}"


def odd_case(rng: random.Random, word: str) -> str:
    return word.lower() if rng.random() < 0.2 else word


def number_test(rng: random.Random, field: str, low: int, high: int) -> str:
    value = rng.choice([low, high, rng.randrange(low, high + 1)])
    literal = rng.choice([str(value), str(value), f"{value}.5", f"'{value}'" if field != "timestamp" else str(value)])
    if field == "timestamp":
        literal = str(value)
    return f"{field} {rng.choice(['=', '!=', '<', '<=', '>', '>='])} {literal}"


def clause(rng: random.Random, made: list) -> str:
    prefix = rng.choice(["", "", "attribute.", "trace.", "attributes."])
    some = rng.choice(made)["info"]
    span_attribute = lambda: f"span.attributes.{rng.choice(['model', '`model`', 'temperature'])} " + rng.choice(
        [f"LIKE '%{rng.choice(MODELS)[:5]}%'", f"ILIKE '%{rng.choice(MODELS).upper()[:4]}%'"]
    )
    makers = [
        lambda: text_test(rng, f"{prefix}status", ["OK", "ERROR", "IN_PROGRESS", "ok"], True, False),
        lambda: text_test(rng, f"{prefix}request_id", [some["trace_id"]], True, False),
        lambda: text_test(rng, f"{prefix}client_request_id", ["req-1", "REQ-40", "req_%"], True, False),
        lambda: text_test(rng, f"{prefix}name", NAMES, False, True),
        lambda: text_test(rng, f"{prefix}run_id", ["run0", "run1", "run9"], False, True),
        lambda: text_test(rng, rng.choice(["tag.env", "tags.env", "tag.`env`", 'tag."env"']), ENVS, False, True),
        lambda: text_test(rng, rng.choice(["tag.dotted.key.x", "tag.`dotted.key.x`"]), ["1", "2", "10", "x"], False, True),
        lambda: text_test(rng, "tag.`with space`", ["v1", "v2"], False, True),
        lambda: text_test(rng, rng.choice(["metadata.team", "request_metadata.team"]), ["a", "b", "A"], False, True),
        lambda: text_test(rng, "metadata.`mlflow.trace.session`", SESSIONS, False, True),
        lambda: number_test(rng, rng.choice(["timestamp", "timestamp_ms", "attribute.timestamp"]), START_MS, START_MS + 3 * 86_400_000),
        lambda: number_test(rng, rng.choice(["execution_time", "execution_time_ms", "trace.execution_time_ms"]), 0, 5000),
        lambda: number_test(rng, rng.choice(["end_time_ms", "attribute.end_time"]), START_MS, START_MS + 3 * 86_400_000),
        lambda: text_test(rng, "span.name", SPAN_NAMES, True, False),
        lambda: text_test(rng, "span.type", SPAN_TYPES, True, False),
        lambda: text_test(rng, "span.status", ["OK", "ERROR", "UNSET"], True, False),
        span_attribute,
        lambda: f"{rng.choice(['trace.text', 'span.content'])} {rng.choice(['LIKE', 'ILIKE'])} '%{rng.choice(['refund', 'Timeout', 'order 4', 'sure', 'timeout'])}%'",
        lambda: assessment_test(rng),
        lambda: assessment_test(rng),
        lambda: f"prompt = 'p{rng.randrange(4)}/{rng.randrange(1, 5)}'",
    ]
    return rng.choice(makers)()


def assessment_test(rng: random.Random) -> str:
    field = rng.choice(["feedback.quality", "feedback.score", "feedback.`tone ok`", "expectation.correct", "feedback.correct"])
    kind = rng.choice(["=", "=", "!=", "number", "number", "LIKE", "RLIKE", "NULL"])
    if kind == "number":
        return f"{field} {rng.choice(['<', '<=', '>', '>='])} {rng.choice([0, 1, 0.8, 5, -3, 2.5, 1e3])}"
    if kind == "LIKE":
        shapes = ["%hi%", "hi%", "0.8", "%", "t%", '%"%', "[%"]
        return f"{field} {rng.choice(['LIKE', 'ILIKE'])} '{rng.choice(shapes)}'"
    if kind == "RLIKE":
        return f"{field} RLIKE '{rng.choice(['^h', '^.h', 'ow', '[0-9]', '^t'])}'"
    if kind == "NULL":
        return f"{field} {rng.choice(['IS NULL', 'IS NOT NULL'])}"
    return f"{field} {kind} '{rng.choice(SCALARS)}'"


BROKEN = [
    "   ", "status", "status = OK", "status = 'OK' OR name = 'chat'", "NOT status = 'OK'", "(status = 'OK')", "'OK' = status",
    "foo.bar = 'x'", "trace_id = 'x'", "state = 'OK'", "STATUS = 'OK'", "Tag.env = 'x'", "tag.env IN ('a')", "tag.env = 5",
    "metadata.team = 5", "span.foo = 'x'", "span.attributes. = 'x'", "span.name = 5", "span.name IS NULL", "feedback.quality = 5",
    "feedback.quality > 'x'", "status > 'OK'", "status IS NULL", "execution_time IN (1, 2)", "name IN ('chat')", "status IN ()",
    "status IN (OK)", "status IN (1)", "prompt LIKE 'p%'", "prompt = 'p1'", "prompt = 'a/b/c'", "issue.name = 'x'", "issue.foo = 'x'",
    "issue.id != 'x'", "status = 'OK';", "status = 'OK'; name = 'x'", "status = `OK`", "status == 'OK'", "status <> 'OK'",
    "execution_time = 'x'", "timestamp = 1.5", "timestamp = 'x'", "text LIKE '%x%'", "user = 'x'", "status = 'OK", "status LIKE 5",
    "status = 'OK' -- note", "span.content = 'x'", "tag.from = 'x'", "tag.in = 'x'", "tag.1 = 'x'", "tag.a-b = 'x'", "run.id = 'x'",
    "status = true", "status = NULL", "execution_time > 0x10", "status BETWEEN 'a' AND 'b'", "status NOT LIKE 'O%'", "status = ('OK')",
    "tag.a b = 'x'", "status,name = 'x'", "count(status) = 'x'", "status = 'OK' && name = 'x'", "execution_time > 1 + 1", "LIMIT 5",
]
KEYWORDY = ["where", "select", "null", "and", "order", "group", "user", "key", "date", "value", "type", "1a", "été", "a_b", "a.b", "_x"]


def filter_text(rng: random.Random, made: list) -> str | None:
    roll = rng.random()
    if roll < 0.02:
        return rng.choice([None, ""])
    if roll < 0.16:
        return rng.choice(BROKEN)
    if roll < 0.19:
        return f"tag.{rng.choice(KEYWORDY)} = 'x'"
    parts = [clause(rng, made) for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))]
    joiner = rng.choice([" AND ", " AND ", " and ", " ", "\nAND\n", " AND AND "])
    text = joiner.join(parts)
    if roll > 0.97:
        text = rng.choice([f"AND {text}", f"{text} AND", f"{text} {rng.choice(BROKEN)}", f"  {text}  "])
    return text


ORDERS = [
    "timestamp", "timestamp DESC", "timestamp_ms ASC", "execution_time", "execution_time DESC", "execution_time_ms asc", "status",
    "status DESC", "request_id DESC", "name", "name DESC", "run_id", "tag.env DESC", "tag.`env`", "metadata.team", "experiment_id",
    "tag.`with space` ASC", "metadata.`mlflow.trace.session` DESC",
]
BAD_ORDERS = [" status", "status ", "status UP", "foo", "span.name", "feedback.quality", "status, name", "client_request_id", "text", "a b c", "tag.x.y"]


def search_requests(rng: random.Random, made: list, experiments: list, count: int) -> list:
    out = []
    for _ in range(count):
        order = [rng.choice(ORDERS) for _ in range(rng.choice([0, 0, 1, 1, 2]))]
        if rng.random() < 0.03:
            order.append(rng.choice(BAD_ORDERS))
        request = {
            "experiments": rng.choice([experiments, experiments, experiments[:1], [experiments[2]], ["999"]]),
            "filter": filter_text(rng, made),
            "order_by": order,
            "max_results": rng.choice([10, 25, 100, 1000, 1000]),
        }
        if rng.random() < 0.02:
            request["max_results"] = rng.choice([0, -1, 50001])
        if rng.random() < 0.1:
            offset = json.dumps({"offset": rng.randrange(1, 60)})
            request["page_token"] = rng.choice([base64.b64encode(offset.encode()).decode()] * 6 + ["???", "eyJ4IjogMX0=", "bm90IGpzb24="])
        out.append(request)
    return out


METRICS = {
    1: (["trace_count", "session_count", "latency", "input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"], ["trace_name", "trace_status"]),
    2: (["span_count", "latency", "input_cost", "output_cost", "total_cost"], ["span_name", "span_type", "span_status", "span_model_name", "span_model_provider"]),
    3: (["assessment_count", "assessment_value"], ["assessment_name", "assessment_value"]),
}
METRIC_FILTERS = {
    1: ["trace.status = 'OK'", 'trace.status = "ERROR"', "trace.tag.env = 'prod'", "trace.tag.`with space` = 'v1'", "trace.metadata.team = 'a'",
        "trace.metadata.mlflow.trace.session = 's1'", "trace.tag.mlflow.traceName = 'chat'"],
    2: ["span.name = 'plan'", "span.type = 'LLM'", "span.status = 'ERROR'"],
    3: ["assessment.name = 'quality'", "assessment.type = 'feedback'", "assessment.type = 'expectation'"],
}
BAD_FILTERS = ["status = 'OK'", "trace.foo = 'x'", "trace.tag = 'x'", "span.name.x = 'y'", "trace.status != 'OK'", "trace.status = OK", "",
               "trace.status = 'OK' AND trace.status = 'OK'", "foo.name = 'x'", "trace.tag.env = 5", "trace.status LIKE 'O%'", "hello", "(trace.status = 'OK')"]


def metric_requests(rng: random.Random, experiments: list, count: int) -> list:
    return [metric_request(rng, experiments) for _ in range(count)]


def metric_request(rng: random.Random, experiments: list) -> dict:
    view = rng.choice([1, 1, 2, 2, 3])
    names, dimensions = METRICS[view]
    metric = rng.choice(names)
    counting = metric.endswith("_count")
    wrong = rng.random() < 0.08
    request = {
        "experiment_ids": rng.choice([experiments, experiments[:1], experiments[1:]]),
        "view_type": ["TRACES", "SPANS", "ASSESSMENTS"][view - 1],
        "metric_name": rng.choice(["nope", metric]) if wrong else metric,
        "aggregations": [aggregation(rng, counting and not wrong) for _ in range(1 if counting else rng.choice([1, 2, 3]))],
    }
    if rng.random() < 0.5 and metric != "session_count":
        chosen = allowed_dimensions(metric, dimensions) if rng.random() < 0.93 else dimensions + ["zeta"]
        request["dimensions"] = rng.sample(chosen, rng.randrange(0, min(2, len(chosen)) + 1))
    if rng.random() < 0.45:
        pool = METRIC_FILTERS[1] + (METRIC_FILTERS[view] if view != 1 else [])
        request["filters"] = [rng.choice(pool) for _ in range(rng.choice([1, 1, 2]))]
        if rng.random() < 0.15:
            request["filters"].append(rng.choice(BAD_FILTERS + METRIC_FILTERS[2] + METRIC_FILTERS[3]))
    bounds(rng, request)
    if rng.random() < 0.1:
        request["max_results"] = rng.choice([1, 2, 5])
    return request


def allowed_dimensions(metric: str, dimensions: list) -> list:
    if metric == "latency":
        return [d for d in dimensions if d in ("trace_name", "span_name", "span_status")]
    if metric.endswith("_tokens"):
        return ["trace_name"]
    if metric.endswith("_cost"):
        return ["span_model_name", "span_model_provider"]
    return ["assessment_name"] if metric == "assessment_value" else dimensions


def aggregation(rng: random.Random, counting: bool) -> dict:
    if counting:
        return {"aggregation_type": "COUNT"}
    kind = rng.choice(["AVG", "AVG", "SUM", "PERCENTILE", "PERCENTILE", "PERCENTILE", "MAX" if rng.random() < 0.1 else "AVG"])
    if kind == "PERCENTILE":
        return {"aggregation_type": kind, "percentile_value": rng.choice([50.0, 90.0, 95.0, 99.0, 99.9, 0.0, 100.0])}
    return {"aggregation_type": kind}


def bounds(rng: random.Random, request: dict) -> None:
    if rng.random() < 0.6:
        request["start_time_ms"] = START_MS + rng.randrange(0, 86_400_000)
        request["end_time_ms"] = request["start_time_ms"] + rng.randrange(0, 3 * 86_400_000)
    elif rng.random() < 0.2:
        request["start_time_ms"] = START_MS + rng.randrange(0, 86_400_000)
    if rng.random() < 0.4:
        request["time_interval_seconds"] = rng.choice([60, 3600, 86400, 604800, 7, 5400])
