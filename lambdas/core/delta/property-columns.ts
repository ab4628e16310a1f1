/**
 * Paths of columns in a list such as "id, address.zip, `odd, name`.x": a part in backticks is taken as it is, a doubled backtick
 * in it stands for one. `undefined` for any other text.
 */
export function parseColumnList(text: string): string[][] | undefined {
  const paths: string[][] = [];
  let rest = text;
  for (;;) {
    const path: string[] = [];
    for (;;) {
      const [whole, quoted, plain] = /^\s*(?:`((?:[^`]|``)+)`|([^\s`.,](?:[^`.,]*[^\s`.,])?))\s*/.exec(rest) ?? [];
      if (whole === undefined) return undefined;
      path.push(quoted === undefined ? (plain as string) : quoted.replaceAll('``', '`'));
      rest = rest.slice(whole.length);
      if (!rest.startsWith('.')) break;
      rest = rest.slice(1);
    }
    paths.push(path);
    if (rest === '') return paths;
    if (!rest.startsWith(',')) return undefined;
    rest = rest.slice(1);
  }
}
