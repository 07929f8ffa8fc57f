// Parses a command line with commander, and makes help, from the commands' lists of flags.
// Called by main.ts. What must stay true: every refusal is an E_USAGE error with the nearest known name, nothing is
// printed here, and the process is never ended.

import { createRequire } from "node:module";
import type { Command, Option } from "commander";
import { EngineError } from "../index.ts";
import { type CommandSpec, FLAG_GROUPS, type FlagSpec, FlagValues } from "./flags.ts";

// Not imported: a joined script reads its packages before all else, and the threads of a load would start after it.
const commander: typeof import("commander") = createRequire(import.meta.url)("commander");

/** A command line that names a command. */
export interface Invocation {
  readonly kind: "run";
  readonly command: CommandSpec;
  readonly positions: readonly string[];
  readonly flags: FlagValues;
}

/** A command line that asks for help or the version. */
export interface Answer {
  readonly kind: "answer";
  readonly text: string;
}

const ABOUT = "In-memory columnar analytics for exported LLM traces: files in, answers out.";

/** What help and `--version` print. */
export interface ProgramInfo {
  readonly version: string;
  /** Columns that help may take. */
  readonly width: number;
}

/** Reads `argv` (without node and the script). Throws E_USAGE. */
export function parseCommandLine(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  info: ProgramInfo,
): Invocation | Answer {
  if (argv.length === 0) {
    throw usageError(`no command given; ${namesOf(commands)}`, argv, commands);
  }
  let printed = "";
  let found: Invocation | undefined;
  const root = new commander.Command("tracemill")
    .description(ABOUT)
    .version(info.version, "-V, --version", "print the version");
  root.helpOption("-h, --help", "print help").helpCommand("help [COMMAND]", "print help of a command");
  const quiet = {
    writeOut: (text: string) => (printed += text),
    writeErr: () => undefined,
    getOutHelpWidth: () => info.width,
  };
  root.exitOverride().configureOutput(quiet).enablePositionalOptions();
  // A command that is named needs no other: hundreds of options take as long as a small query.
  const named = commands.filter(({ name }) => name === argv[0]);
  for (const spec of named.length > 0 ? named : commands) {
    root.addCommand(
      commanderOf(spec, (invocation) => {
        found = invocation;
      })
        .exitOverride()
        .configureOutput(quiet),
    );
  }
  try {
    root.parse(attachBareValues(argv, commands), { from: "user" });
  } catch (error) {
    if (!(error instanceof commander.CommanderError)) throw error;
    if (error.code === "commander.help" && argv[0] === "help") {
      throw usageError(`unknown command '${argv[1] ?? ""}'; ${namesOf(commands)}`, [], commands);
    }
    if (error.exitCode !== 0) throw usageError(error.message, argv, commands);
  }
  return found ?? { kind: "answer", text: printed };
}

function commanderOf(spec: CommandSpec, onParsed: (invocation: Invocation) => void): Command {
  const command = new commander.Command(spec.name).description(spec.doc).summary(spec.summary);
  if (spec.sources) {
    command.argument("[SOURCES...]", spec.sourcesDoc ?? "files, directories, globs, - for standard input");
  }
  const order = [...spec.flags].sort((a, b) => groupOf(a) - groupOf(b));
  for (const flag of order) command.addOption(optionOf(flag));
  command.addHelpOption(new commander.Option("-h, --help", "print help").helpGroup("General:"));
  command.configureHelp({ optionTerm: (option) => option.flags.replace(/ <=(.*)>$/, "[=$1]") });
  const examples = spec.examples.map(([line, doc]) => `  ${line}\n      ${doc}`).join("\n");
  command.addHelpText("after", `\nExamples:\n${examples}`);
  command.action(() => {
    const given = command.opts<Record<string, readonly string[] | undefined>>();
    const values = new Map<string, readonly string[]>();
    for (const option of command.options) {
      const texts = given[option.attributeName()];
      if (texts !== undefined) values.set(option.name(), texts);
    }
    // Checked here and not by commander, which would name the missing flag before the mistyped one.
    const missing = spec.flags.find(({ name, required }) => required === true && !values.has(name));
    if (missing !== undefined) throw missingFlag(missing, spec);
    onParsed({ kind: "run", command: spec, positions: command.args, flags: new FlagValues(values) });
  });
  return command;
}

function missingFlag(flag: FlagSpec, { name }: CommandSpec): EngineError {
  return new EngineError("E_USAGE", `required option '${optionOf(flag).flags}' not specified`, {
    hint: `Run tracemill ${name} --help.`,
  });
}

function groupOf(flag: FlagSpec): number {
  return FLAG_GROUPS.indexOf(flag.group);
}

function optionOf(flag: FlagSpec): Option {
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  const value = flag.value === undefined ? "" : ` <${flag.bare === undefined ? "" : "="}${flag.value}>`;
  const option = new commander.Option(`${short}--${flag.name}${value}`, flag.doc);
  option.argParser((text: string, before: readonly string[] | undefined) => [...(before ?? []), text ?? ""]);
  // `--no-x` says "no" of `--x`, so that the last of the two wins.
  if (flag.value === undefined) option.preset(flag.name.startsWith("no-") ? "no" : "");
  return option.helpGroup(`${flag.group}:`);
}

/**
 * `--explain` becomes `--explain=plan`, for such a flag must not take the next word, which may be a source; only
 * `--explain analyze` and `--explain plan` are taken for what they say (a file of that name is `./analyze`).
 */
function attachBareValues(argv: readonly string[], commands: readonly CommandSpec[]): string[] {
  const bare = new Map<string, FlagSpec>();
  for (const flag of commands.flatMap((command) => command.flags)) {
    if (flag.bare !== undefined) bare.set(`--${flag.name}`, flag);
  }
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  const words: string[] = [];
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    const flag = at < end ? bare.get(word) : undefined;
    if (flag === undefined) {
      words.push(word);
      continue;
    }
    const next = at + 1 < end ? argv[at + 1] : undefined;
    const isValue = next !== undefined && (next === flag.bare || next === flag.value);
    words.push(`${word}=${isValue ? next : flag.bare}`);
    if (isValue) at += 1;
  }
  return words;
}

function namesOf(commands: readonly CommandSpec[]): string {
  return `commands: ${commands.map((command) => command.name).join(", ")}`;
}

function usageError(message: string, argv: readonly string[], commands: readonly CommandSpec[]): EngineError {
  const text = message
    .replace(/^error: /, "")
    .replace(/\n\(Did you mean (.*?)\?\)$/s, " (did you mean $1?)")
    .replaceAll("\n", " ");
  const command = commands.find((one) => one.name === argv[0]);
  return new EngineError("E_USAGE", `${text}${longerFlag(text, command)}`, {
    hint: `Run tracemill ${command === undefined ? "" : `${command.name} `}--help.`,
  });
}

/** The one flag of which an unknown one is the beginning, which commander's own suggestion, by spelling, leaves out. */
function longerFlag(message: string, command: CommandSpec | undefined): string {
  const unknown = /^unknown option '--([\w-]+)'$/.exec(message)?.[1];
  if (unknown === undefined) return "";
  const longer = command?.flags.filter(({ name }) => name.startsWith(`${unknown}-`)) ?? [];
  return longer.length === 1 ? ` (did you mean --${longer[0]?.name}?)` : "";
}
