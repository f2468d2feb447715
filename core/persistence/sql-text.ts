/** A piece of SQL with the values of its parameters. Only {@link sql} makes it, so a value never becomes text. */
export class SqlText {
  constructor(
    readonly text: string,
    readonly values: readonly unknown[],
  ) {}
}

/** SQL as it stands in the source: pieces of SQL are put in as they are, everything else becomes a parameter. */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): SqlText {
  const values: unknown[] = [];
  let text = strings[0] as string;
  parts.forEach((part, index) => {
    if (part instanceof SqlText) {
      text += part.text;
      values.push(...part.values);
    } else {
      text += '?';
      values.push(part);
    }
    text += strings[index + 1] as string;
  });
  return new SqlText(text, values);
}

/** Pieces one after the other. */
export function joinedSql(pieces: readonly SqlText[], separator: ', ' | ' AND ' | ' OR ' | ' UNION '): SqlText {
  const text = pieces.map((piece) => piece.text).join(separator);
  return new SqlText(
    text,
    pieces.flatMap((piece) => piece.values),
  );
}

/** `(?, ?, ...)` */
export function sqlList(values: readonly unknown[]): SqlText {
  return new SqlText(`(${values.map(() => '?').join(', ')})`, values);
}
