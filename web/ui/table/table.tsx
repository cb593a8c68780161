import { Button } from 'react-aria-components';
import { Icon } from '../icon/icon';
import { Tip } from '../overlay/tip';
import './table.css';

export type Column<R> = Readonly<{
  id: string;
  label: string;
  cell(row: R): React.ReactNode;
  /** Numbers stand at the end, so that their places line up. */
  number?: boolean;
  /** Whether rows can be put in its order; whoever draws the table does so. */
  sortable?: boolean;
  /** What the column means, shown beside a head that sorts. */
  tip?: string;
}>;

export type TableSort = Readonly<{ by: string; descending: boolean }>;

/** Rows to read; a row's own controls go into its cells. */
export function Table<R>({ caption, columns, rows, keyOf, sort, onSort }: {
  caption: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  keyOf(row: R): string;
  sort?: TableSort;
  /** Asks for rows in the order of another column, or in the opposite one. */
  onSort?(by: string): void;
}) {
  return (
    <div className="table-box" role="region" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((c) => (
              <th
                key={c.id}
                scope="col"
                className={c.number === true ? 'number' : ''}
                aria-sort={c.sortable !== true || sort?.by !== c.id ? undefined : sort.descending ? 'descending' : 'ascending'}
              >
                {c.sortable === true ? <SortButton column={c} sort={sort} onSort={onSort} /> : c.label}
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

function SortButton<R>({ column, sort, onSort }: { column: Column<R>; sort: TableSort | undefined; onSort: ((by: string) => void) | undefined }) {
  const button = (
    <Button className="table-sort" onPress={() => onSort?.(column.id)}>
      {column.label}
      {sort?.by === column.id && <Icon name={sort.descending ? 'down' : 'up'} size={14} />}
    </Button>
  );
  return column.tip === undefined ? button : <Tip text={column.tip}>{button}</Tip>;
}
