// The house, enforced: who may import whom, no cycles, file length, headers, documented exports, no `any`,
// apache-arrow in one file, console, process, file system and clock only where they belong.
// ARCHITECTURE.md shows the same picture; change both, and the code, in one commit.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SRC = join(ROOT, "src");
const MAX_LINES = 400;

/** Folder -> what it may import: folders, or single files of them. */
const ARROWS: Record<string, readonly string[]> = {
  base: [],
  columns: ["base"],
  json: ["base"],
  kernels: ["base", "columns/column.ts", "columns/bitmap.ts", "json/scalars.ts"],
  ingest: ["base", "columns", "json"],
  lang: ["base"],
  plan: ["base", "columns/schema.ts", "columns/projection.ts", "lang/ast.ts", "lang/fields.ts"],
  optimize: ["base", "plan", "columns/stats.ts", "columns/schema.ts", "columns/projection.ts"],
  exec: ["base", "columns", "kernels", "plan"],
  trace: ["base", "columns", "json"],
  frontends: ["base", "plan", "lang", "columns/schema.ts", "columns/column.ts"],
  state: ["base", "exec", "frontends", "kernels", "plan"],
  synth: ["base", "columns"],
  render: ["base", "columns"],
  cli: ["index.ts", "early.ts"],
};

/** Modules that reach outside the process, and the only places that may use them. */
const OUTSIDE: readonly { readonly what: RegExp; readonly allowed: readonly RegExp[] }[] = [
  {
    what: /^(node:)?(fs|fs\/promises|readline|tty|child_process)$/,
    allowed: [/^cli\//, /^ingest\/sources\.ts$/, /^ingest\/file-ranges\.ts$/, /^ingest\/payload-reader\.ts$/],
  },
  { what: /^(node:)?os$/, allowed: [/^cli\//, /^base\/worker-pool\.ts$/] },
  { what: /^(node:)?worker_threads$/, allowed: [/^base\/worker-pool\.ts$/] },
  { what: /^apache-arrow$/, allowed: [/^columns\/arrow\.ts$/, /^engine\.ts$/, /^index\.ts$/, /^store\.ts$/] },
  { what: /^(node:)?(http|https|net|dgram|dns|tls|inspector)$/, allowed: [] },
  { what: /^(node:)?vm$/, allowed: [/^cli\/cached-script\.ts$/] },
];

interface SourceFileInfo {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly target: string; readonly typeOnly: boolean }[];
  readonly tree: ts.SourceFile;
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return path.endsWith(".ts") && !path.endsWith(".as.ts") ? [path] : [];
  });
}

function read(path: string): SourceFileInfo {
  const text = readFileSync(path, "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const imports: { target: string; typeOnly: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const typeOnly = ts.isImportDeclaration(node)
        ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : node.isTypeOnly;
      imports.push({ target: (node.moduleSpecifier as ts.StringLiteral).text, typeOnly: typeOnly ?? false });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument))
        imports.push({ target: argument.text, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path: relative(SRC, path), text, imports, tree };
}

/** Positional parameters of a function; a byte range (bytes, start, end) counts as one. */
function positions(node: ts.FunctionDeclaration): number {
  const names = node.parameters.map((parameter) => parameter.name.getText());
  const ranges = names.filter((name, i) => /start$/i.test(name) && /end$/i.test(names[i + 1] ?? "") && i > 0);
  return names.length - 2 * ranges.length;
}

const files = filesUnder(SRC).map(read);
const inside = (file: SourceFileInfo): string[] =>
  file.imports
    .filter((i) => i.target.startsWith("."))
    .map((i) => relative(SRC, resolve(SRC, dirname(file.path), i.target)));
const folderOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : "");

describe("architecture", () => {
  it("has files to look at", () => {
    expect(files.length).toBeGreaterThan(40);
  });

  it("imports along the arrows only", () => {
    const wrong = files.flatMap((file) => {
      const folder = folderOf(file.path);
      if (folder === "") return [];
      const allowed = ARROWS[folder] ?? [];
      return inside(file)
        .filter((target) => folderOf(target) !== folder || folder === "")
        .filter((target) => !allowed.includes(folderOf(target)) && !allowed.includes(target))
        .map((target) => `${file.path} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it("index.ts lists exports, and only of engine.ts, types, renderers and the public lists", () => {
    const index = files.find((file) => file.path === "index.ts");
    const statements = index?.tree.statements.filter((s) => !ts.isExportDeclaration(s)) ?? [];
    expect(statements.map((s) => s.getText())).toEqual([]);
  });

  it("has no cycles between files", () => {
    const graph = new Map(files.map((file) => [file.path, inside(file)]));
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const walk = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === "done") return;
      if (state.get(path) === "open") {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
        return;
      }
      state.set(path, "open");
      for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
      state.set(path, "done");
    };
    for (const path of graph.keys()) walk(path, []);
    expect(cycles).toEqual([]);
  });

  it("keeps the outside world where it belongs", () => {
    const wrong = files.flatMap((file) =>
      file.imports.flatMap(({ target, typeOnly }) => {
        const rule = OUTSIDE.find(({ what }) => what.test(target));
        if (rule === undefined || typeOnly) return [];
        return rule.allowed.some((pattern) => pattern.test(file.path)) ? [] : [`${file.path} imports ${target}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("uses console, process and the clock in cli/, ingest/sources.ts and base/worker-pool.ts only", () => {
    const allowed = [/^cli\//, /^ingest\/sources\.ts$/, /^base\/worker-pool\.ts$/];
    const outside = new Set(["process", "console", "performance", "setInterval"]);
    const wrong = files.flatMap((file) => {
      if (allowed.some((pattern) => pattern.test(file.path))) return [];
      const found: string[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
          const name = node.expression.text;
          if (
            outside.has(name) ||
            (name === "Date" && node.name.text === "now") ||
            (name === "Math" && node.name.text === "random")
          ) {
            found.push(`${file.path}: ${node.getText()}`);
          }
        }
        if (ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments?.length ?? 0) === 0) {
          found.push(`${file.path}: new Date()`);
        }
        ts.forEachChild(node, visit);
      };
      visit(file.tree);
      return found;
    });
    expect(wrong).toEqual([]);
  });

  it(`keeps files at ${MAX_LINES} lines or fewer`, () => {
    const long = files.filter((file) => file.text.split("\n").length - 1 > MAX_LINES).map((file) => file.path);
    expect(long).toEqual([]);
  });

  it("opens every file with a header of two to ten lines", () => {
    const wrong = files.filter((file) => {
      const lines = file.text.replace(/^#!.*\n/, "").split("\n");
      const header = lines.findIndex((line) => !line.startsWith("//"));
      return header < 2 || header > 10;
    });
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  it("documents every export", () => {
    const wrong = files.flatMap((file) =>
      file.tree.statements
        .filter(
          (statement) =>
            ts.canHaveModifiers(statement) &&
            ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword),
        )
        .filter((statement) => ts.getJSDocCommentsAndTags(statement).length === 0)
        .map((statement) => `${file.path}: ${statement.getText().split("\n")[0]}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has named exports only", () => {
    const wrong = files.filter((file) =>
      file.tree.statements.some(
        (s) =>
          ts.isExportAssignment(s) ||
          (ts.canHaveModifiers(s) && ts.getModifiers(s)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)),
      ),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  it("gives no type up", () => {
    const wrong = files.flatMap((file) => {
      const found: string[] = [];
      const visit = (node: ts.Node): void => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${file.path}: ${node.parent.getText().slice(0, 60)}`);
        if (
          ts.isAsExpression(node) &&
          ts.isAsExpression(node.expression) &&
          node.expression.type.kind === ts.SyntaxKind.UnknownKeyword
        ) {
          found.push(`${file.path}: as unknown as`);
        }
        ts.forEachChild(node, visit);
      };
      visit(file.tree);
      if (/@ts-(ignore|expect-error|nocheck)/.test(file.text)) found.push(`${file.path}: @ts-ignore`);
      return found;
    });
    expect(wrong).toEqual([]);
  });

  it("takes at most three positional parameters", () => {
    const wrong = files.flatMap((file) => {
      if (/^(kernels|json)\/|^columns\/byte-hash.ts$/.test(file.path)) return [];
      const found: string[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionDeclaration(node) && positions(node) > 3) found.push(`${file.path}: ${node.name?.text}`);
        ts.forEachChild(node, visit);
      };
      visit(file.tree);
      return found;
    });
    expect(wrong).toEqual([]);
  });

  it("leaves nothing undone in the code", () => {
    const wrong = files.filter((file) => /\b(TODO|FIXME|XXX)\b|not implemented/i.test(file.text));
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  it("names no machine path, registry host or foreign word", () => {
    const wrong = files.filter((file) =>
      /\/(work|home|root|tmp)\/\w|registry\.npm|https?:\/\/(?!.*(rfc|doi|arxiv|ietf|unicode|acm|prng|w3))/i.test(
        file.text,
      ),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });
});
