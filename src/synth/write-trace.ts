// One trace as MLflow's Trace.to_json writes it. Called by export.ts.
// What must stay true: one line of ASCII without its line end; `info` first, so that readers may stop early; the
// sizes in the metadata are those of the written bytes, computed as MLflow does: before the size entries themselves
// are added.

import { ByteWriter, type TokenCache } from "./byte-writer.ts";
import type { TextPool } from "./text-pool.ts";
import type { SyntheticTrace } from "./trace-model.ts";
import { writeInfo } from "./write-info.ts";
import { writeSpan } from "./write-span.ts";

const BETWEEN = ', "data": {"spans": [';

/** Writes traces one after the other, reusing its buffers. */
export class TraceWriter {
  private readonly pool: TextPool;
  private readonly spans: ByteWriter;
  private readonly info: ByteWriter;
  private readonly scratch: ByteWriter;

  constructor(pool: TextPool, tokens: TokenCache) {
    this.pool = pool;
    this.spans = new ByteWriter(tokens);
    this.info = new ByteWriter(tokens);
    this.scratch = new ByteWriter(tokens);
  }

  /** Appends the trace as one JSON object. */
  write(out: ByteWriter, trace: SyntheticTrace): void {
    const { pool, spans, info, scratch } = this;
    spans.clear();
    const sizes: number[] = [];
    trace.spans.forEach((span, index) => {
      if (index > 0) spans.token(", ");
      const start = spans.length;
      writeSpan(spans, span, { trace, pool });
      sizes.push(spans.length - start);
    });
    info.clear();
    writeInfo(info, trace, { pool, scratch });
    const total = '{"info": '.length + info.length + BETWEEN.length + spans.length + "]}}".length;
    out.token('{"info": ');
    if (trace.state === "IN_PROGRESS") out.append(info);
    else writeInfo(out, trace, { pool, scratch, sizes: { total, spans: sizes } });
    out.token(BETWEEN);
    out.append(spans);
    out.token("]}}");
  }
}
