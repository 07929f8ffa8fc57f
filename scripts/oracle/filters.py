"""Records what a real MLflow's parser makes of generated filter strings: clauses, or the kind of its refusal.

Run inside the virtual environment of run.mjs: `.venv/bin/python scripts/oracle/filters.py fixtures/oracle/filters.jsonl.gz`.
Filters are made of valid clauses, odd pieces, token soup and single-character edits; half of what is kept was accepted.
test/lang/strict-oracle.test.ts replays the file. The same seed and the same MLflow give the same file.
"""

import gzip
import json
import random
import sys
import warnings
from pathlib import Path

from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchTraceUtils

SEED = 7
MADE = 40_000
KEPT = 2_500
LONGEST = 160

ENTITIES = ["", "", "", "attribute.", "attributes.", "trace.", "tag.", "tags.", "metadata.", "request_metadata.", "span.",
            "feedback.", "expectation.", "issue.", "run.", "assessment.", "Tag.", "`tag`.", "`trace`."]
ATTRIBUTES = ["status", "request_id", "client_request_id", "timestamp", "timestamp_ms", "execution_time", "end_time", "name",
              "run_id", "prompt", "text", "session", "user", "date", "`timestamp`", "`text`", '"status"', "STATUS", "foo"]
KEYS = ["env", "a.b", "`a b`", '"a-b"', "'x y'", "mlflow.traceName", "name", "NAME", "run_id", "prompt", "text", "timestamp",
        "from", "in", "where", "select", "null", "and", "order", "user", "1", "1a", "été", "ключ", "日本", "__proto__", "a-b",
        "a/b", "a:b", "a@b", "$x", "#x", "attributes.model", "attributes.`m n`", "attributes.", "type", "content", "id",
        "`a.b`.c", "a . b", "a. b", "", "*", "x[1]", "is", "not", "as", "end", "case", "desc", "`a``b`", '"q""r"', "Ünder"]
COMPARATORS = ["=", "=", "=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "RLIKE", "like", "Ilike", "<>", "==", "!<", "~",
               "NOT LIKE", "REGEXP", "IN", "NOT IN", "in", "Not  In", "IS NULL", "IS NOT NULL", "is null", "IS  NOT NULL",
               "IS NOT  NULL", "BETWEEN", "IS"]
TEXTS = ["'OK'", '"OK"', "'it''s'", "'it\\'s'", '"say ""hi"""', "''", '""', "'%a_b%'", "'(?i)x'", "'p/1'", "'日本語'", "'a\nb'",
         "'a\\'", "'x", '"x', "`OK`", "OK", "“OK”", "'--x'", "'/*x*/'", "';'", "' '", "'''", "''''", "'a'''"]
NUMBERS = ["1", "0", "-5", "1.5", "-.5", ".5", "5.", "1e3", "1E-2", "-1.5e3", "- 5", "1e+3", "0x1F", "1_000", "12abc", "1.5.5",
           "99999999999999999999", "-0", "00", "1.e5", "+5"]
OTHERS = ["true", "NULL", "date", "?", ":x", "$1", "@x", "(1)", "('OK')", "status", "tag.x", "lower('x')", "'a' || 'b'",
          "'a' 'b'", "date '2020-01-01'", "*", "current_date", "%s", "[x]", "{}"]
LISTS = ["('OK')", "('OK','ERROR')", "('OK',)", "( 'a' , \"b\" )", "('O' 'K')", "('a\\n\\x41\\u00e9','b')", "()", "('a',1)",
         "(a)", "(('a','b'))", "('a',('b'))", "('a',,)", "('a' 'b", "'a'", "(r'a\\n')", "(b'a')", "(None)", "('''a''')",
         "(1.5)", "('\\')", "('a\\'b')", "(*)", "('a' + 'b')", "([1])", "('it''s')", "('\\q')", "('\\101')"]
JOINS = [" AND "] * 12 + [" and ", " AND AND ", " ", ", ", " OR ", " && ", ";", "\nAND\n", " NOT ", " AND NOT ", "  ",
                          " -- c\n", " /* c */ ", " /* c */ AND ", " LIMIT ", " where ", " as "]
SOUP = ["status", "=", "'OK'", "AND", "tag.x", "IN", "('a')", "NOT", "IS", "NULL", "timestamp", ">", "5", "(", ")", ",", "OR",
        '"q"', "`b`", "-", "+", "*", ".", "desc", "date", "case", "end", "where", "as", "null", "1.5", "0x1", "/* c */",
        "-- c\n", "[", "]", "::", ":=", "'", '"', "`", ";", "#x", "@a", "$a$", "lower(", "name.", "LIKE", "not null", "over",
        "begin", "if", "for", "?", "%s", "role", "foo", "timestamp_ms", "text"]
GAPS = [" ", " ", " ", "", "  ", "\n", "\t", "\u00a0"]

KINDS = [
    ("While parsing a list in the query, expected string", "E_FILTER_TYPE"),
    ("Invalid entity type", "E_FILTER_FIELD"),
    ("Invalid attribute key", "E_FILTER_FIELD"),
    ("Invalid span attribute", "E_FILTER_FIELD"),
    ("Span attribute name", "E_FILTER_FIELD"),
    ("Only attributes in", "E_FILTER_OP"),
    ("span.", "E_FILTER_OP"),
    ("Expected a", "E_FILTER_TYPE"),
    ("Only the", "E_FILTER_TYPE"),
]


def main(path: Path) -> None:
    warnings.simplefilter("ignore")
    rng = random.Random(SEED)
    made = {text: None for text in (make_text(rng) for _ in range(MADE)) if len(text) <= LONGEST}
    rows = [ask(text) for text in made]
    accepted = [row for row in rows if "c" in row][:KEPT]
    refused = [row for row in rows if "e" in row][:KEPT]
    with gzip.GzipFile(path, "wb", compresslevel=9, mtime=0) as out:
        for row in accepted + refused:
            out.write((json.dumps(row, separators=(",", ":")) + "\n").encode())


def ask(text: str) -> dict:
    try:
        clauses = SearchTraceUtils.parse_search_filter_for_search_traces(text)
    except MlflowException as error:
        return {"t": text, "e": next((kind for start, kind in KINDS if error.message.startswith(start)), "E_FILTER_SYNTAX")}
    except ValueError:
        return {"t": text, "e": "E_FILTER_SYNTAX"}
    return {"t": text, "c": [[c["type"], c["key"], c["comparator"].upper(), tagged(c["value"])] for c in clauses]}


def tagged(value: object) -> object:
    if value is None:
        return None
    if isinstance(value, tuple):
        return {"l": list(value)}
    if isinstance(value, str):
        return {"s": value}
    return {"i": str(value)} if isinstance(value, int) else {"f": repr(value)}


def make_text(rng: random.Random) -> str:
    shape = rng.random()
    if shape < 0.12:
        return "".join(rng.choice(SOUP) + rng.choice([" ", " ", ""]) for _ in range(rng.randrange(1, 9)))
    text = clause(rng)
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        text += rng.choice(JOINS) + clause(rng)
    if rng.random() < 0.06:
        text = rng.choice(["AND ", "  ", "\n", "("]) + text
    if rng.random() < 0.06:
        text += rng.choice([" AND", ";", " ", ")", "\n", " x"])
    return mutated(rng, text) if shape > 0.85 else text


def clause(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return plain_clause(rng)
    comparator = rng.choice(COMPARATORS)
    gap = rng.choice(GAPS) if comparator[0] in "=!<>~" else " "
    return field(rng) + gap + comparator + gap + value(rng, comparator.upper())


def plain_clause(rng: random.Random) -> str:
    text = rng.choice(TEXTS[:12])
    return rng.choice([
        f"{rng.choice(['status', 'request_id', 'trace.status', '`status`', 'name'])} {rng.choice(['=', '!=', 'LIKE', 'rlike'])} {text}",
        f"{rng.choice(['timestamp', 'timestamp_ms', 'execution_time', 'end_time'])} {rng.choice(['=', '<', '>='])} {rng.choice(NUMBERS[:10])}",
        f"{rng.choice(['tag.', 'tags.', 'metadata.'])}{rng.choice(KEYS[:12])} {rng.choice(['= ' + text, 'LIKE ' + text, 'IS NULL', 'IS NOT NULL'])}",
        f"span.{rng.choice(['name', 'type', 'status', 'attributes.x'])} {rng.choice(['=', '!=', 'LIKE', 'RLIKE'])} {text}",
        f"{rng.choice(['status', 'request_id', 'span.name'])} {rng.choice(['IN', 'NOT IN'])} {rng.choice(LISTS[:6])}",
        f"feedback.{rng.choice(KEYS[:6])} {rng.choice(['>', '<', '>=', '<='])} {rng.choice(NUMBERS[:10])}",
        f"{rng.choice(['feedback', 'expectation'])}.{rng.choice(KEYS[:6])} {rng.choice(['=', '!=', 'LIKE'])} {text}",
        f"{rng.choice(['trace.text', 'span.content'])} {rng.choice(['LIKE', 'ILIKE'])} {text}",
        f"issue.id = {text}",
    ])


def field(rng: random.Random) -> str:
    entity = rng.choice(ENTITIES)
    if entity in ("", "attribute.", "attributes.", "trace.", "`trace`."):
        return entity + rng.choice(ATTRIBUTES)
    if entity == "span.":
        return entity + rng.choice(["name", "type", "status", "content", "attributes.model", "attributes.`m n`", rng.choice(KEYS)])
    return entity + (rng.choice(["id", "name", "foo"]) if entity == "issue." else rng.choice(KEYS))


def value(rng: random.Random, comparator: str) -> str:
    if comparator.endswith("IN"):
        return rng.choice(LISTS)
    if "NULL" in comparator:
        return ""
    if comparator == "BETWEEN":
        return f"{rng.choice(NUMBERS + TEXTS)} AND {rng.choice(NUMBERS + TEXTS)}"
    return rng.choice(rng.choices([TEXTS[:12], TEXTS, NUMBERS, OTHERS + LISTS], [6, 1, 2, 1])[0])


def mutated(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    piece = rng.choice([*"'\"`.,()=<> ;-*/aé1%$#@[]\\\n", ""])
    return text[:at] + piece + text[at + rng.randrange(2) :]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
