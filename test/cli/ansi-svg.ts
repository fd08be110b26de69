import stringWidth from 'string-width';
import { escapeXml } from './services.ts';

/** Converts the output of a command to an SVG image of a terminal window. */
export function ansiToSvg(title: string, lines: readonly string[], columns: number): string {
  const width = columns * CHARACTER_CELL.width + 2 * MARGIN;
  const height = (lines.length + 1) * CHARACTER_CELL.height + BAR + MARGIN / 2;
  const body = lines.flatMap((line, index) => drawLine(line, BAR + (index + 1.5) * CHARACTER_CELL.height));
  const windowButtons = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${MARGIN + 6 + index * 20}" cy="${BAR / 2}" r="6" fill="${fill}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<rect width="${width}" height="${height}" rx="8" fill="${COLORS.background}"/>
${windowButtons.join('')}
<text x="${width / 2}" y="${BAR / 2 + 5}" text-anchor="middle" font-family="${FONT}" font-size="13" fill="${COLORS.dim}">${escapeXml(title)}</text>
<g font-family="${FONT}" font-size="14" fill="${COLORS.text}" xml:space="preserve">
${body.join('\n')}
</g>
</svg>
`;
}

const CHARACTER_CELL = { width: 8.4, height: 20 };
const MARGIN = 18;
const BAR = 36;
const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, D2Coding, DejaVu Sans Mono, monospace';
const COLORS = {
  background: '#0d1117',
  text: '#e6edf3',
  dim: '#8b949e',
  red: '#ff7b72',
  green: '#3fb950',
  yellow: '#d29922',
  cyan: '#39c5cf',
} as const;

interface Style {
  readonly color: keyof typeof COLORS;
  readonly bold: boolean;
}

const PLAIN_STYLE: Style = { color: 'text', bold: false };
const STYLES_BY_CODE: Readonly<Record<string, Partial<Style>>> = {
  0: PLAIN_STYLE,
  1: { bold: true },
  2: { color: 'dim' },
  22: PLAIN_STYLE,
  31: { color: 'red' },
  32: { color: 'green' },
  33: { color: 'yellow' },
  36: { color: 'cyan' },
  39: { color: 'text' },
};

function drawLine(line: string, y: number): string[] {
  let style = PLAIN_STYLE;
  let column = 0;
  return line.split(SGR).flatMap((part, index) => {
    if (index % 2 === 1) {
      style = { ...style, ...(STYLES_BY_CODE[part] ?? {}) };
      return [];
    }
    // Each run of text has its own x position, so that a different font width does not shift the run.
    return part.split(/(█+|░+| {2,}|^ | $| (?=[가-힣])|(?<=[가-힣]) |[가-힣]+)/).flatMap((run) => {
      const x = MARGIN + column * CHARACTER_CELL.width;
      column += stringWidth(run);
      return run.trim() === '' ? [] : [drawTextRun(run, x, y, style)];
    });
  });
}

const ESCAPE = String.fromCharCode(27);
/** The control sequence that sets a style (Select Graphic Rendition). */
const SGR = new RegExp(`${ESCAPE}\\[(\\d+)m`);

function drawTextRun(run: string, x: number, y: number, { color, bold }: Style): string {
  const fill = COLORS[color];
  const left = roundToTenth(x);
  const width = roundToTenth(stringWidth(run) * CHARACTER_CELL.width);
  if (/^[█░]+$/.test(run)) {
    const opacity = run.startsWith('█') ? 1 : 0.25;
    return `<rect x="${left}" y="${y - 12}" width="${width}" height="14" fill="${fill}" opacity="${opacity}"/>`;
  }
  const fontWeight = bold ? ' font-weight="700"' : '';
  return `<text x="${left}" y="${y}" textLength="${width}" lengthAdjust="spacingAndGlyphs" fill="${fill}"${fontWeight}>${escapeXml(run)}</text>`;
}

function roundToTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
