// A line plot on logarithmic axes as SVG text. Called by growth.ts.
// What must stay true: no script, no font and no colour that a dark or a light page would hide; every point has its value
// as a tooltip; a dotted line shows what growing in proportion looks like.

/** One line of a plot. */
export interface PlotSeries {
  readonly name: string;
  /** Ascending in x; all values positive. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
}

/** What to draw. */
export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** What solid and dashed lines stand for. */
  readonly styles: readonly [solid: string, dashed: string];
  /** What the dotted line says. */
  readonly guide: string;
  /** Lines of one name share a colour. */
  readonly series: readonly PlotSeries[];
}

interface Axis {
  /** Logarithms to base ten of the ends. */
  readonly first: number;
  readonly last: number;
  /** Pixels of the ends. */
  readonly from: number;
  readonly to: number;
}

interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

const WIDTH = 820;
const HEIGHT = 480;
const FRAME = { left: 70, right: 620, top: 62, bottom: 428 } as const;
const COLOURS = ["#4269d0", "#d97706", "#c2413b", "#2f855a", "#8b5cf6", "#0e7490"];
const [GRID, FINE_GRID, INK] = ["#c4c4c4", "#ececec", "#1f2937"];
/** Room beyond the outermost points, in powers of ten. */
const MARGIN = 0.08;
/** How far below the lowest line the dotted one lies: a factor. */
const BELOW = 0.55;

/** The plot as an SVG document. There is at least one point. */
export function linePlot({ title, xLabel, yLabel, styles, guide, series }: Plot): string {
  const points = series.flatMap((line) => line.points);
  const rate = BELOW * Math.min(...points.map(([x, y]) => y / x));
  const xs = points.map(([x]) => x);
  const proportional = [Math.min(...xs), Math.max(...xs)].map((x) => [x, rate * x] as const);
  const axes = {
    x: axisOf(xs, FRAME.left, FRAME.right),
    y: axisOf(
      [...points, ...proportional].map(([, y]) => y),
      FRAME.bottom,
      FRAME.top,
    ),
  };
  const names = [...new Set(series.map(({ name }) => name))];
  const colours = new Map(names.map((name, at) => [name, COLOURS[at % COLOURS.length] ?? INK]));
  const colourOf = ({ name }: PlotSeries): string => colours.get(name) ?? INK;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(title, { x: FRAME.left, y: 26, size: 16 }),
    text(`${yLabel}, by ${xLabel}; both axes logarithmic`, { x: FRAME.left, y: 46 }),
    ...gridY(axes.y),
    ...[...new Set(xs)].map((x) => gridX(x, axes.x)),
    polyline(proportional, axes, { colour: INK, dash: "1 4" }),
    ...series.map((line) => lineOf(line, axes, colourOf(line))),
    ...legend(
      byHeight(series).map((name) => [name, colours.get(name) ?? INK]),
      [...styles, guide],
    ),
    text(xLabel, { x: (FRAME.left + FRAME.right) / 2, y: HEIGHT - 14, anchor: "middle" }),
    "</svg>",
  ].join("\n")}\n`;
}

/** Names, the one whose line ends highest first. */
function byHeight(series: readonly PlotSeries[]): readonly string[] {
  const ends = new Map(series.map(({ name, points }) => [name, points.at(-1)?.[1] ?? 0]));
  return [...ends.keys()].sort((a, b) => (ends.get(b) ?? 0) - (ends.get(a) ?? 0));
}

function axisOf(values: readonly number[], from: number, to: number): Axis {
  const logs = values.map(Math.log10);
  return { first: Math.min(...logs) - MARGIN, last: Math.max(...logs) + MARGIN, from, to };
}

function place(value: number, { first, last, from, to }: Axis): number {
  const share = (Math.log10(value) - first) / (last - first);
  return Math.round((from + share * (to - from)) * 10) / 10;
}

/** A line for each power of ten, with its label, and finer ones for its multiples. */
function gridY(axis: Axis): readonly string[] {
  const lines: string[] = [];
  for (let power = Math.floor(axis.first); power <= axis.last; power += 1) {
    for (let factor = 1; factor < 10; factor += 1) {
      const value = factor * 10 ** power;
      if (Math.log10(value) < axis.first || Math.log10(value) > axis.last) continue;
      const y = place(value, axis);
      lines.push(line([FRAME.left, y], [FRAME.right, y], factor === 1 ? GRID : FINE_GRID));
      if (factor === 1) lines.push(text(label(value), { x: FRAME.left - 8, y: y + 4, anchor: "end" }));
    }
  }
  return lines;
}

/** A line and a label for a value that has been measured. */
function gridX(value: number, axis: Axis): string {
  const x = place(value, axis);
  const labelled = text(label(value), { x, y: FRAME.bottom + 18, anchor: "middle" });
  return `${line([x, FRAME.top], [x, FRAME.bottom], GRID)}${labelled}`;
}

function label(value: number): string {
  return value >= 1 ? value.toLocaleString("en-US") : String(Number(value.toPrecision(1)));
}

function lineOf({ name, points, dashed }: PlotSeries, axes: Axes, colour: string): string {
  const dots = points.map(([vx, vy]) => {
    const said = `${name}: ${label(vx)}, ${vy.toFixed(1)}`;
    const fill = dashed === true ? "#ffffff" : colour;
    return `<circle cx="${place(vx, axes.x)}" cy="${place(vy, axes.y)}" r="3.5" fill="${fill}" stroke="${colour}" stroke-width="1.5"><title>${escaped(said)}</title></circle>`;
  });
  return [polyline(points, axes, { colour, ...(dashed === true && { dash: "6 4" }) }), ...dots].join("");
}

function polyline(
  points: PlotSeries["points"],
  { x, y }: Axes,
  { colour, dash }: { readonly colour: string; readonly dash?: string },
): string {
  const path = points.map(([px, py]) => `${place(px, x)},${place(py, y)}`).join(" ");
  const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashes}/>`;
}

/** What colours stand for, then what kinds of lines do. */
function legend(
  names: readonly (readonly [name: string, colour: string])[],
  [solid, dashed, dotted]: readonly [solid: string, dashed: string, dotted: string],
): readonly string[] {
  const x = FRAME.right + 18;
  const entry = (said: string, at: number, { colour, dash = "" }: { colour: string; dash?: string }): string => {
    const y = FRAME.top + 8 + at * 22;
    const stroke = `stroke="${colour}" stroke-width="2"${dash}`;
    return `<line x1="${x}" y1="${y}" x2="${x + 30}" y2="${y}" ${stroke}/>${text(said, { x: x + 38, y: y + 4 })}`;
  };
  const below = names.length + 1;
  return [
    ...names.map(([name, colour], at) => entry(name, at, { colour })),
    entry(solid, below, { colour: INK }),
    entry(dashed, below + 1, { colour: INK, dash: ' stroke-dasharray="6 4"' }),
    entry(dotted, below + 2, { colour: INK, dash: ' stroke-dasharray="1 4"' }),
  ];
}

function line(from: readonly [number, number], to: readonly [number, number], colour: string): string {
  return `<line x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}" stroke="${colour}"/>`;
}

function text(
  content: string,
  at: { readonly x: number; readonly y: number; readonly anchor?: string; readonly size?: number },
): string {
  const { x, y, anchor = "start", size = 12 } = at;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="${INK}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
