// How the tests run: node, several files side by side on two cores, generous time for the process-level tests.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/build-program.ts",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    // Test files share a process's modules: importing them anew for each file would take longer than the tests.
    isolate: false,
    // One more than cores: some tests wait for processes and threads of their own, and others have the cores meanwhile.
    maxWorkers: 3,
    // Most functions of the tests run too rarely to earn their optimisation, which took a sixth of the suite's processor time:
    // V8 counts seven times further than by default before it optimises one. Loops that stay hot are optimised all the same.
    // The long runs of `npm run verify` take the default, and so the code that users run.
    execArgv: process.env["TRACEMILL_RUNS"] === undefined ? ["--interrupt-budget=500000"] : [],
  },
});
