/** A paragraph, list item, table row, HTML comment or block of code; its text is one line, except for code. */
export interface SectionPart {
  readonly kind: 'paragraph' | 'item' | 'row' | 'comment' | 'code';
  readonly text: string;
}

export interface Section {
  readonly level: number;
  readonly title: string;
  /** The id of the `<a id="…"></a>` at the end of the heading. */
  readonly anchor: string | undefined;
  readonly parts: readonly SectionPart[];
}

const HEADING = /^(#{1,6}) +(.+?)(?: +<a id="([^"]+)"><\/a>)?$/;

/** Returns the sections of a document: each heading with the parts up to the next heading. */
export function sectionsOf(text: string): readonly Section[] {
  const sections: (Section & { parts: SectionPart[] })[] = [];
  const open = new PartCollector();
  for (const line of text.split('\n')) {
    const [, marks, title = '', anchor] = HEADING.exec(line) ?? [];
    if (marks !== undefined && !open.isInCode)
      sections.push({ level: marks.length, title, anchor, parts: open.startSection() });
    else open.add(line);
  }
  return sections;
}

/** Collects the parts of a section line by line. */
class PartCollector {
  private parts: SectionPart[] = [];
  private continues = false;
  isInCode = false;

  startSection(): SectionPart[] {
    this.parts = [];
    this.continues = false;
    return this.parts;
  }

  add(line: string): void {
    const text = line.trim();
    if (text.startsWith('```')) this.fence(text);
    else if (this.isInCode) this.append(`\n${text}`);
    else if (text === '') this.continues = false;
    else if (/^\|[-: |]+\|$/.test(text)) return;
    else if (text.startsWith('|')) this.start('row', text);
    else if (text.startsWith('<!--')) this.start('comment', text);
    else if (/^(?:-|\d+\.) /.test(text)) this.start('item', text.replace(/^\S+ /, ''));
    else if (this.continues) this.append(` ${text}`);
    else this.start('paragraph', text);
  }

  private fence(text: string): void {
    if (!this.isInCode) this.start('code', text);
    this.isInCode = !this.isInCode;
    this.continues = false;
  }

  private start(kind: SectionPart['kind'], text: string): void {
    this.parts.push({ kind, text });
    this.continues = kind === 'paragraph' || kind === 'item';
  }

  private append(text: string): void {
    const last = this.parts.pop();
    if (last !== undefined) this.parts.push({ ...last, text: last.text + text });
  }
}
