#!/usr/bin/env node
// What node is given, as dist/cli/main.js (package.json's bin): runs the joined program, with its code cache.
// Joined by scripts/bundle.mjs. What must stay true: it imports nothing else, and does nothing that can fail by itself.

import { fileURLToPath } from "node:url";
import { runScript } from "./cached-script.ts";

/** As Node ends with when a program waits for what never comes. */
const UNSETTLED = 13;

process.exitCode = UNSETTLED;
const { exports } = runScript(fileURLToPath(new URL("../command.js", import.meta.url)));
void (exports as typeof import("./command.ts")).runCommand();
