// `npm run check`: format and lint, which take a second, then types beside the tests, whose processes leave the cores to others
// while they wait for files, threads and each other.
// What must stay true: the check fails where a step of it does, and shows what every step that failed has printed.
import { spawn } from "node:child_process";

/** The steps that run side by side; of the types nothing is printed before they are known. */
const TOGETHER = [
  { script: "types", isShown: false },
  { script: "test", isShown: true },
];

/** Runs a script of package.json; whether it succeeded. */
function run({ script, isShown }) {
  return new Promise((resolve, reject) => {
    const child = spawn(`npm run --silent ${script}`, {
      shell: true,
      stdio: ["inherit", isShown ? "inherit" : "pipe", "inherit"],
    });
    let printed = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      printed += text;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      process.stdout.write(printed);
      if (status !== 0) console.error(`\nnpm run ${script} failed`);
      resolve(status === 0);
    });
  });
}

if (!(await run({ script: "lint", isShown: true }))) process.exit(1);
const succeeded = await Promise.all(TOGETHER.map(run));
process.exitCode = succeeded.every(Boolean) ? 0 : 1;
