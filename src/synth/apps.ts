// The made-up applications whose traces are exported: names of traces, spans, tools and models, prices, tags, errors.
// Read by trace-model, payloads and trace-info. All texts here are ASCII and of few distinct values, so that the
// writer may keep their escaped bytes.

import { type Choices, weighted, zipf } from "./random.ts";

/** A model with its prices in USD a million tokens; no price: a local model, whose calls have no cost. */
export interface Model {
  readonly name: string;
  readonly provider: string;
  readonly price?: { readonly input: number; readonly cachedInput: number; readonly output: number };
}

/** One application. */
export interface App {
  /** Value of the tag mlflow.traceName. */
  readonly name: string;
  readonly rootType: "AGENT" | "CHAIN";
  readonly sourceName: string;
  readonly sourceType: "LOCAL" | "NOTEBOOK" | "JOB";
  readonly models: Choices<Model>;
  /** Names of spans by type, most frequent first. */
  readonly spanNames: ReadonlyMap<string, Choices<string>>;
  /** Factor on the usual duration of a trace. */
  readonly slowness: number;
  /** A coding agent: huge cached prompts. */
  readonly coding: boolean;
  /** Whether the root reports the sum of its calls' tokens as its own usage, as some agent libraries do. */
  readonly rollsUpUsage: boolean;
}

const GPT = {
  name: "gpt-4.1-mini",
  provider: "openai",
  price: { input: 0.4, cachedInput: 0.1, output: 1.6 },
} as const;
const GPT_LARGE = {
  name: "gpt-4.1",
  provider: "openai",
  price: { input: 2, cachedInput: 0.5, output: 8 },
} as const;
const CLAUDE = {
  name: "claude-sonnet-4-5",
  provider: "anthropic",
  price: { input: 3, cachedInput: 0.3, output: 15 },
} as const;
const GEMINI = {
  name: "gemini-2.5-flash",
  provider: "gemini",
  price: { input: 0.3, cachedInput: 0.075, output: 2.5 },
} as const;
const LLAMA: Model = { name: "llama-3.1-8b-instruct", provider: "ollama" };

const MODEL_NAMES = ["ChatOpenAI", "LM.__call__", "Completions.create", "chat gpt-4.1-mini", "ChatHuggingFace"];
const COMMON_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["CHAT_MODEL", MODEL_NAMES],
  ["LLM", ["Predict.forward", "provider/openai", "generate", "metaprompt_reflection"]],
  [
    "CHAIN",
    ["RunnableSequence", "ChainOfThought.forward", "RunnableParallel<context>", "RunnableAssign<answer>", "plan"],
  ],
  ["AGENT", ["react_agent", "AgentExecutor", "invoke_agent", "supervisor"]],
  ["TOOL", ["search_kb", "get_order", "create_ticket", "lookup_customer", "send_email", "run_sql", "calculator"]],
  ["PARSER", ["ChatAdapter.parse", "ChatAdapter.format", "StrOutputParser", "ReActOutputParser.parse"]],
  ["RETRIEVER", ["VectorStoreRetriever", "retrieve_documents", "BM25Retriever"]],
  ["EMBEDDING", ["OpenAIEmbeddings.embed_query", "embed_documents"]],
  ["UNKNOWN", ["gateway/default", "poll_updates", "on_message"]],
  ["WORKFLOW", ["Workflow.run", "StateGraph.invoke"]],
  ["RERANK_STEP", ["cross_encoder_rerank"]],
]);

const CODING_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ["TOOL", ["execute_tool view", "execute_tool bash", "execute_tool grep", "execute_tool edit", "execute_tool glob"]],
  ["CHAT_MODEL", ["chat claude-sonnet-4-5", "chat claude-haiku-4-5"]],
  ["UNKNOWN", ["permission"]],
]);

function namesOf(
  prefix: string,
  overrides: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Choices<string>> {
  const names = new Map<string, Choices<string>>();
  for (const [type, common] of COMMON_NAMES) {
    const own = type === "CHAIN" || type === "AGENT" ? [`${prefix}.${type === "CHAIN" ? "pipeline" : "loop"}`] : [];
    names.set(type, zipf([...own, ...(overrides.get(type) ?? common)]));
  }
  return names;
}

function app(name: string, rootType: "AGENT" | "CHAIN", rest: Partial<App> & { readonly models: Choices<Model> }): App {
  const prefix = name.replaceAll("-", "_");
  return {
    name,
    rootType,
    sourceName: `/srv/${prefix}/main.py`,
    sourceType: "LOCAL",
    spanNames: namesOf(prefix, rest.coding === true ? CODING_NAMES : new Map()),
    slowness: 1,
    coding: false,
    rollsUpUsage: false,
    ...rest,
  };
}

const SMALL = weighted<Model>([
  [GPT, 7],
  [GEMINI, 2],
  [LLAMA, 1],
]);
const MIXED = weighted<Model>([
  [GPT_LARGE, 4],
  [GPT, 4],
  [CLAUDE, 2],
]);

/** All applications with the share of traces that each has. Exports of few apps take the first ones. */
export const APPS: readonly { readonly app: App; readonly share: number }[] = [
  { share: 24, app: app("support-agent", "AGENT", { models: MIXED, slowness: 1.3 }) },
  { share: 18, app: app("order-lookup", "CHAIN", { models: SMALL, slowness: 0.5 }) },
  { share: 14, app: app("refund-policy-qa", "CHAIN", { models: SMALL, slowness: 0.9 }) },
  {
    share: 10,
    app: app("coding-agent", "AGENT", { models: weighted<Model>([[CLAUDE, 1]]), slowness: 2.2, coding: true }),
  },
  { share: 10, app: app("escalation-triage", "CHAIN", { models: MIXED, slowness: 0.7, sourceType: "JOB" }) },
  { share: 8, app: app("ticket-summarizer", "CHAIN", { models: weighted<Model>([[LLAMA, 1]]), slowness: 1.1 }) },
  { share: 7, app: app("docs-search", "CHAIN", { models: SMALL, slowness: 0.8 }) },
  { share: 5, app: app("sql-analyst", "AGENT", { models: MIXED, slowness: 1.5, rollsUpUsage: true }) },
  { share: 4, app: app("email-writer", "CHAIN", { models: SMALL, slowness: 1, sourceType: "NOTEBOOK" }) },
];

/** User tags: a key and its values by weight. */
export const USER_TAGS: readonly { readonly key: string; readonly values: Choices<string> }[] = [
  { key: "environment", values: zipf(["production", "staging", "development"]) },
  { key: "release", values: zipf(["v2.14.1", "v2.14.0", "v2.13.7", "v2.15.0-rc1", "v2.13.6"]) },
  { key: "customer_tier", values: zipf(["free", "pro", "enterprise"]) },
  { key: "region", values: zipf(["eu-west-1", "us-east-1", "ap-south-1", "sa-east-1"]) },
  { key: "language", values: zipf(["en", "de", "es", "ja", "pt-BR", "zh"]) },
  { key: "experiment arm", values: zipf(["control", "treatment-a", "treatment-b"]) },
];

/** Exceptions by weight: the type and the message. */
export const EXCEPTIONS: Choices<{ readonly type: string; readonly message: string }> = zipf([
  {
    type: "RateLimitError",
    message: "Error code: 429 - {'error': {'message': 'Rate limit reached', 'type': 'tokens'}}",
  },
  { type: "TimeoutError", message: "Request timed out after 60.0 seconds" },
  {
    type: "ValidationError",
    message: '1 validation error for Answer\nscore\n  Field required [type=missing, input={"answer": ""}]',
  },
  { type: "ToolException", message: "orders service answered 503 Service Unavailable" },
  { type: "JSONDecodeError", message: "Expecting ',' delimiter: line 1 column 118 (char 117)" },
]);

/** Feedback that is given: its name and the kind of its value. */
export const FEEDBACK_NAMES = zipf([
  { name: "correctness", value: "yesNo" },
  { name: "relevance_to_query", value: "yesNo" },
  { name: "safety", value: "boolean" },
  { name: "groundedness", value: "score" },
  { name: "user_satisfaction", value: "stars" },
  { name: "guideline_adherence", value: "yesNo" },
] as const);
