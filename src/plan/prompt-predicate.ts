// `prompt = "name/version"`: a trace is linked to prompt versions by the tag mlflow.linkedPrompts, a JSON list of
// {"name": ..., "version": ...}.
// Called by bind.ts. What must stay true: the tag is matched as text in every form that JSON writers give such an object,
// so no JSON is parsed while filtering; name and version stand side by side, so parts of two prompts never combine.

import { pythonJsonString } from "../base/python-text.ts";
import { any, keyRef } from "./bind-field.ts";
import type { Predicate } from "./expr.ts";

/** The traces that are linked to that prompt version. `prompt`: name, slash, version. */
export function promptPredicate(prompt: string): Predicate {
  const [name = "", version = ""] = prompt.split("/");
  const forms = new Set<string>();
  for (const shownName of [pythonJsonString(name), JSON.stringify(name)]) {
    for (const colon of [": ", ":"]) {
      const comma = colon === ": " ? ", " : ",";
      const quoted = `"version"${colon}${pythonJsonString(version)}`;
      forms.add(`"name"${colon}${shownName}${comma}${quoted}`);
      forms.add(`${quoted}${comma}"name"${colon}${shownName}`);
      if (!/^[0-9]+$/.test(version)) continue;
      forms.add(`"name"${colon}${shownName}${comma}"version"${colon}${version}}`);
      forms.add(`"version"${colon}${version}${comma}"name"${colon}${shownName}`);
    }
  }
  const operand = keyRef("traces", "tag", "mlflow.linkedPrompts");
  return any(
    [...forms].map((form) => ({
      kind: "match",
      mode: "like",
      operand,
      pattern: `%${form.replace(/[\\%_]/g, "\\$&")}%`,
      escape: true,
      type: "bool",
    })),
  );
}
