// A line plot on logarithmic axes as SVG text. Called by growth.ts.
// What must stay true: no script, no font and no colour that a dark or a light page would hide; every point has its value
// as a tooltip.

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
  readonly series: readonly PlotSeries[];
}

interface Axis {
  /** Powers of ten that the axis spans. */
  readonly first: number;
  readonly last: number;
  /** Pixels of the first and the last power. */
  readonly from: number;
  readonly to: number;
}

const WIDTH = 820;
const HEIGHT = 460;
const FRAME = { left: 74, right: 560, top: 48, bottom: 402 } as const;
const COLOURS = ["#4269d0", "#d97706", "#c2413b", "#2f855a", "#8b5cf6", "#0e7490"];

/** The plot as an SVG document. There is at least one point. */
export function linePlot({ title, xLabel, yLabel, series }: Plot): string {
  const points = series.flatMap((line) => line.points);
  const x = axisOf(
    points.map(([value]) => value),
    FRAME.left,
    FRAME.right,
  );
  const y = axisOf(
    points.map(([, value]) => value),
    FRAME.bottom,
    FRAME.top,
  );
  const names = [...new Set(series.map(({ name }) => name))];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(title, { x: FRAME.left, y: 26, anchor: "start", size: 15 }),
    ...powers(x).map((power) => gridLine(place(10 ** power, x), undefined, power)),
    ...powers(y).map((power) => gridLine(undefined, place(10 ** power, y), power)),
    text(xLabel, { x: (FRAME.left + FRAME.right) / 2, y: HEIGHT - 14, anchor: "middle" }),
    text(yLabel, { x: 16, y: FRAME.top - 12, anchor: "start" }),
    ...series.map((line, at) => lineOf(line, { x, y }, { colour: colourOf(names.indexOf(line.name)), at })),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

function axisOf(values: readonly number[], from: number, to: number): Axis {
  const logs = values.map(Math.log10);
  const first = Math.floor(Math.min(...logs));
  return { first, last: Math.max(first + 1, Math.ceil(Math.max(...logs))), from, to };
}

function place(value: number, { first, last, from, to }: Axis): number {
  const share = (Math.log10(value) - first) / (last - first);
  return Math.round((from + share * (to - from)) * 10) / 10;
}

function powers({ first, last }: Axis): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** A vertical line at `x` or a horizontal one at `y`, with its power of ten. */
function gridLine(x: number | undefined, y: number | undefined, power: number): string {
  const label = 10 ** power >= 1 ? (10 ** power).toLocaleString("en-US") : String(10 ** power);
  const { left, right, top, bottom } = FRAME;
  const line = (x1: number, y1: number, x2: number, y2: number): string =>
    `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#d4d4d4"/>`;
  if (x !== undefined) return `${line(x, top, x, bottom)}${text(label, { x, y: bottom + 18, anchor: "middle" })}`;
  const at = y ?? bottom;
  return `${line(left, at, right, at)}${text(label, { x: left - 8, y: at + 4, anchor: "end" })}`;
}

function lineOf(
  { name, points, dashed }: PlotSeries,
  { x, y }: { readonly x: Axis; readonly y: Axis },
  { colour, at }: { readonly colour: string; readonly at: number },
): string {
  const places = points.map(([px, py]) => [place(px, x), place(py, y)] as const);
  const dash = dashed === true ? ' stroke-dasharray="6 4"' : "";
  const path = places.map(([px, py]) => `${px},${py}`).join(" ");
  const dots = places.map(([px, py], i) => {
    const [vx = 0, vy = 0] = points[i] ?? [];
    return `<circle cx="${px}" cy="${py}" r="3" fill="${colour}"><title>${escaped(`${name}: ${vx}, ${vy}`)}</title></circle>`;
  });
  const legendY = FRAME.top + 8 + at * 20;
  const key = `<line x1="${FRAME.right + 18}" y1="${legendY}" x2="${FRAME.right + 46}" y2="${legendY}" stroke="${colour}" stroke-width="2"${dash}/>`;
  const label = text(dashed === true ? `${name}, 2 threads` : name, {
    x: FRAME.right + 54,
    y: legendY + 4,
    anchor: "start",
  });
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`,
    ...dots,
    key,
    label,
  ].join("");
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] as string;
}

function text(
  content: string,
  {
    x,
    y,
    anchor,
    size = 12,
  }: { readonly x: number; readonly y: number; readonly anchor: string; readonly size?: number },
): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="#1f2937">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
