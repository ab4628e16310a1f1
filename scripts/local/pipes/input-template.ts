/**
 * An EventBridge Pipes input template filled from one event: JSON text with `<$.path>` in it. Inside quotation marks a
 * value becomes part of the text; elsewhere it stands as JSON. A path that leads nowhere becomes empty text or null.
 * Throws when what comes out is not JSON.
 */
export function fillTemplate(template: string, event: unknown): unknown {
  let quoted = false;
  const filled = template.replace(/\\.|"|<(\$[^>]*|aws\.pipes\.[^>]*)>/g, (part: string, path: string | undefined) => {
    if (part === '"') quoted = !quoted;
    if (path === undefined) return part;
    if (!path.startsWith('$')) throw new Error(`<${path}> in input templates is not supported on this machine`);
    const value = valueAt(event, path);
    if (!quoted) return JSON.stringify(value) ?? 'null';
    const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
  try {
    return JSON.parse(filled);
  } catch (cause) {
    throw new Error(`expected the input template to give JSON, got ${filled}`, { cause });
  }
}

/** `$.a.b[0]`; undefined where the path leads nowhere. */
function valueAt(event: unknown, path: string): unknown {
  const steps = path.slice(1).match(/[^.[\]]+/g) ?? [];
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined,
    event,
  );
}
