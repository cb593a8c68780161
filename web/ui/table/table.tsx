import './table.css';

export type Column<R> = Readonly<{
  id: string;
  label: string;
  cell(row: R): React.ReactNode;
  /** Numbers stand at the end, so that their places line up. */
  number?: boolean;
}>;

/** Rows to read; a row's own controls go into its cells. */
export function Table<R>({ caption, columns, rows, keyOf }: {
  caption: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  keyOf(row: R): string;
}) {
  return (
    <div className="table-box" role="region" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.id} scope="col" className={c.number === true ? 'number' : ''}>
                {c.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((c) => (
                <td key={c.id} className={c.number === true ? 'number' : ''}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
