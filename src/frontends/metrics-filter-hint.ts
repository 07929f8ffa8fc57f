// A hint for a filter of trace search that was given to trace metrics: the two grammars look alike and are often mixed up.
// Called by metrics-filter.ts when a filter is refused. Says what the same comparison is called in a metrics request.

/** Names of the search grammar and what a metrics filter calls the same. `$1` is the key. */
const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/^\s*tags?\.([^\s=<>!]+)/i, "trace.tag.$1"],
  [/^\s*(?:request_)?metadata\.([^\s=<>!]+)/i, "trace.metadata.$1"],
  [/^\s*(?:(?:attributes?|attr|trace)\.)?(?:status|state)\b/i, "trace.status"],
  [/^\s*(?:(?:attributes?|attr|trace)\.)?(?:name|trace_name)\b/i, "trace.tag.`mlflow.traceName`"],
  [/^\s*(?:(?:attributes?|attr)\.)?run_id\b/i, "trace.metadata.`mlflow.sourceRun`"],
  [/^\s*(?:feedback|expectation)\./i, "assessment.name"],
];

/** One sentence that names the metrics form of a search filter, or undefined when the text is not one. */
export function searchFilterHint(text: string): string | undefined {
  const first = text.slice(0, 200);
  if (/^\s*(?:trace\.(?:status|tag|metadata)|span\.|assessment\.)/i.test(first)) {
    return /['"]\s*(?:and|or)\s/i.test(text)
      ? "A metrics filter is one comparison: give each comparison as a filter of its own; all of them must hold."
      : undefined;
  }
  for (const [pattern, name] of RENAMED) {
    const match = pattern.exec(first);
    if (match === null) continue;
    const renamed = name.replace("$1", () => match[1] ?? "");
    return `This looks like a filter of trace search; a metrics filter names it ${renamed}, with = only.`;
  }
  return undefined;
}
