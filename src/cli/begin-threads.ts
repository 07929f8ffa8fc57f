// Starts the threads that the process's command line is going to load with, when it is imported: by command.ts, before all else.
// What must stay true: it imports next to nothing, for the library takes as long to read as a thread takes to start.

import { beginLoadThreads } from "../early.ts";
import { expectedLoad } from "./expected-load.ts";

const expected = expectedLoad(process.argv.slice(2));
if (expected !== undefined) beginLoadThreads(expected);
