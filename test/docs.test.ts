// docs/errors.md and docs/limits.md are what the code prints. To refresh them: npx tsx scripts/print-docs.ts
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { errorsPage, limitsPage } from "../scripts/print-docs.ts";

const page = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), "utf8");

it("docs/errors.md is what base/errors.ts prints", () => expect(page("errors.md")).toBe(errorsPage()));
it("docs/limits.md is what base/limits.ts prints", () => expect(page("limits.md")).toBe(limitsPage()));
