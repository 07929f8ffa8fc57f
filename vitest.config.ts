// How the tests run: node, several files side by side on two cores, generous time for the process-level tests.
import { defineConfig } from "vitest/config";

/**
 * What Node is told where tests run briefly. The long runs of `npm run verify` take the defaults, and so what users run.
 * - Most functions of the tests run too rarely to earn their optimisation, which took a sixth of the suite's processor time: V8
 *   counts seven times further than by default before it optimises one. Loops that stay hot are optimised all the same.
 * - More processes run than there are cores, and threads that help one of them with its garbage take the time of another:
 *   without them it is a sixteenth less. Not more room for young objects: threads that are to die for want of memory then
 *   take the process with them now and then.
 */
const SHORT_RUN = ["--interrupt-budget=500000", "--single-threaded-gc"];

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
    execArgv: process.env["TRACEMILL_RUNS"] === undefined ? SHORT_RUN : [],
  },
});
