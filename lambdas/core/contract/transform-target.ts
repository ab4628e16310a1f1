/** Names of nested fields are parted by dots; in double quotes a name may hold dots itself. */
const step = /(?:"([^"]+)"|([^."\s]+))(\.(?=.)|$)/y;

/** The path that a transform fills: `day`, `meta.kafka.offset`, `"a.b".c`. Nothing where the text is no path. */
export function targetPath(text: string): readonly string[] | undefined {
  const path: string[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    path.push((match[1] ?? match[2]) as string);
  }
  return path.length === 0 ? undefined : path;
}
