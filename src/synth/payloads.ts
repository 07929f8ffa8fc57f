// Inputs and outputs of spans, by type of span. Called by build-trace.ts.
// Texts repeat as in real traces: an app has one system prompt, a trace one question, one context and one answer, of
// which every span carries a part. What must stay true: the pieces of a payload join to valid JSON.

import type { Random } from "./random.ts";
import { type LogNormal, TEXT } from "./shapes.ts";
import { sliceFrom, type TextPool, type TextSlice } from "./text-pool.ts";
import type { IdWords, Payload, Piece } from "./trace-model.ts";

/** Where the texts of one trace begin in the pool. */
export interface TraceTexts {
  readonly pool: TextPool;
  /** Factor on the size of every text. */
  readonly scale: number;
  readonly system: TextSlice;
  readonly question: TextSlice;
  /** First units of the context and of the answer. */
  readonly context: number;
  readonly answer: number;
}

const SYSTEM_BYTES = 700;
const MAX_BYTES = 60_000;
const EMBEDDING = `[${Array.from({ length: 24 }, (_, at) => ((at * 7919) % 2003) / 2003 - 0.5).join(", ")}]`;

/** Size of a text drawn from its law, scaled and capped. */
export function drawBytes(random: Random, law: LogNormal, scale: number): number {
  return Math.min(MAX_BYTES, random.logNormal(law.median, law.sigma)) * scale;
}

/** The system prompt of an app that begins at unit `from`. */
export function systemPrompt(pool: TextPool, from: number, scale: number): TextSlice {
  return sliceFrom(pool, from, SYSTEM_BYTES * scale);
}

const text = (slice: TextSlice): Piece => ({ slice, nesting: 2 });

/** Inputs of the root: the question, and nothing else. */
export function rootInputs(texts: TraceTexts, isChat: boolean): Payload {
  const { question } = texts;
  if (!isChat) return { pieces: ['{"question": "', text(question), '"}'] };
  return { pieces: ['{"messages": [{"role": "user", "content": "', text(question), '"}]}'], message: question };
}

/** Outputs of the root. */
export function rootOutputs(random: Random, texts: TraceTexts): Payload {
  return { pieces: ['{"answer": "', text(drawAnswer(random, texts)), '"}'] };
}

function drawAnswer(random: Random, { pool, answer, scale }: TraceTexts): TextSlice {
  return sliceFrom(pool, answer, drawBytes(random, TEXT.outputs, scale));
}

function drawContext(random: Random, { pool, context, scale }: TraceTexts): TextSlice {
  return sliceFrom(pool, context, Math.max(0, drawBytes(random, TEXT.inputs, scale) - SYSTEM_BYTES * scale));
}

/** Inputs of a span below the root, or of a trace of one span. */
export function spanInputs(random: Random, type: string, texts: TraceTexts): Payload {
  const { system, question } = texts;
  switch (type) {
    case "CHAT_MODEL":
      return chatInputs(texts, drawContext(random, texts));
    case "LLM":
      return {
        pieces: [
          '{"prompt": "',
          text(system),
          text(drawContext(random, texts)),
          text(question),
          '", "messages": null}',
        ],
      };
    case "TOOL":
      return {
        pieces: ['{"query": "', text(drawQuery(random, texts)), '", "limit": 5, "filters": {"archived": false}}'],
      };
    case "PARSER":
      return { pieces: ['{"completion": "', text(drawAnswer(random, texts)), '", "strict": true}'] };
    case "EMBEDDING":
      return { pieces: ['{"input": ["', text(question), '"], "dimensions": 24}'] };
    case "UNKNOWN":
      return { pieces: [random.chance(0.5) ? "{}" : '{"args": [], "kwargs": {"timeout": 30}}'] };
    default:
      return { pieces: ['{"question": "', text(question), '", "context": "', text(drawContext(random, texts)), '"}'] };
  }
}

function chatInputs({ system, question }: TraceTexts, context: TextSlice): Payload {
  return {
    pieces: [
      '{"messages": [{"role": "system", "content": "',
      text(system),
      '"}, {"role": "user", "content": "',
      text(context),
      '"}, {"role": "user", "content": "',
      text(question),
      '"}], "temperature": 0.2, "tools": null}',
    ],
    message: question,
  };
}

function drawQuery(random: Random, { pool, question, scale }: TraceTexts): TextSlice {
  return sliceFrom(pool, question.from, drawBytes(random, TEXT.toolArguments, scale));
}

/** Outputs of a span below the root, or of a trace of one span. `id` is that of the span. */
export function spanOutputs(random: Random, type: string, { texts, id }: { texts: TraceTexts; id: IdWords }): Payload {
  switch (type) {
    case "CHAT_MODEL":
      return random.chance(0.4) ? toolCall(random, texts, id) : chatAnswer(drawAnswer(random, texts), id);
    case "LLM":
      return { pieces: ['["', text(drawAnswer(random, texts)), '"]'] };
    case "TOOL":
    case "RETRIEVER":
    case "RERANK_STEP":
      return documents(random, texts);
    case "EMBEDDING":
      return { pieces: ['{"object": "list", "data": [{"index": 0, "embedding": ', EMBEDDING, "}]}"] };
    case "UNKNOWN":
      return { pieces: [random.chance(0.5) ? "null" : '{"status": "ok"}'] };
    default:
      return { pieces: ['{"answer": "', text(drawAnswer(random, texts)), '"}'] };
  }
}

function chatAnswer(answer: TextSlice, id: IdWords): Payload {
  return {
    pieces: [
      '{"id": "chatcmpl-',
      { hex: id },
      '", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "',
      text(answer),
      '", "tool_calls": null}, "finish_reason": "stop"}]}',
    ],
    message: answer,
  };
}

/** A model's wish to call a tool: the arguments are JSON in a string of the outputs, which are JSON in a string. */
function toolCall(random: Random, texts: TraceTexts, id: IdWords): Payload {
  return {
    pieces: [
      '{"id": "chatcmpl-',
      { hex: id },
      '", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": null, ',
      '"tool_calls": [{"id": "call_',
      { hex: id },
      '", "type": "function", "function": {"name": "search_kb", "arguments": "{\\"query\\": \\"',
      { slice: drawQuery(random, texts), nesting: 3 },
      '\\", \\"limit\\": 5}"}}]}, "finish_reason": "tool_calls"}]}',
    ],
  };
}

function documents(random: Random, texts: TraceTexts): Payload {
  const first = drawContext(random, texts);
  const second = drawAnswer(random, texts);
  return {
    pieces: [
      '[{"page_content": "',
      text(first),
      '", "metadata": {"source": "kb/policies.md", "score": 0.8731}}, {"page_content": "',
      text(second),
      '", "metadata": {"source": "kb/orders.md", "score": 0.7312}}]',
    ],
  };
}
