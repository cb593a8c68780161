import { memo, useCallback, useEffect, useState } from 'react';
import { Banner, Card, IconButton, Select, Table } from '../../ui';
import { useController, useSettings } from '../app/context';
import { Chart, Mark } from './chart';
import { figure, parseTrend, series, summary, type Bucket, type Kind, type Trend } from './trend';
import { usePoll } from './use-poll';

const spans = [
  { id: '60', label: 'Last hour' },
  { id: '240', label: 'Last 4 hours' },
  { id: '480', label: 'Last 8 hours' },
  { id: '1440', label: 'Last 24 hours' },
] as const;

type Span = (typeof spans)[number]['id'];

/** What one would rather see than read: the last hours. */
export const Charts = memo(function Charts() {
  const controller = useController();
  const [span, setSpan] = useState<Span>('240');
  const ask = useCallback(async () => parseTrend(await controller.call('GetTrend', { minutes: Number(span) })), [controller, span]);
  const { value: now, problem } = usePoll(ask, 15_000);
  const [last, setLast] = useState<Trend | null>(null); // stays while another span is on its way
  useEffect(() => {
    if (now !== null) setLast(now);
  }, [now]);
  const value = now ?? last;
  return (
    <section className="board-part" aria-label="The last hours">
      <header className="board-part-head">
        <h2>The last hours</h2>
        <Select<Span> label="How far back" hideLabel options={spans} value={span} onChange={setSpan} />
      </header>
      {problem !== null && <Banner tone="warn">The charts are not up to date. {problem}</Banner>}
      {value !== null && (
        <div className="board-charts">
          <Pane title="Contacts" kind="contacts" trend={value} />
          <Pane title="Waiting time of those answered" kind="wait" trend={value} />
        </div>
      )}
    </section>
  );
});

function Pane({ title, kind, trend }: { title: string; kind: Kind; trend: Trend }) {
  const [table, setTable] = useState(false);
  const { dates } = useSettings();
  const clock = useCallback((at: number) => new Intl.DateTimeFormat(dates || undefined, { hour: '2-digit', minute: '2-digit' }).format(at), [dates]);
  const said = summary(trend, kind, clock);
  return (
    <Card
      title={title}
      actions={<IconButton label={`${title} as ${table ? 'a chart' : 'a table'}`} icon={table ? 'chart' : 'list'} size="small" onPress={() => setTable(!table)} />}
    >
      <ul className="chart-legend" aria-hidden="true">
        {series[kind].map((s) => (
          <li key={s.key} className={`line-${s.key}`}>
            <svg width="30" height="12">
              <path className="chart-line" d="M0 6H30" />
              <Mark shape={s.mark} x={15} y={6} />
            </svg>
            {s.label}
          </li>
        ))}
      </ul>
      {table ? (
        <div className="chart-table">
          <Table
            caption={`${title}, in figures`}
            rows={[...trend.buckets].reverse()}
            keyOf={(b) => String(b.start)}
            columns={[
              { id: 'start', label: 'From', cell: (b: Bucket) => clock(b.start) },
              ...series[kind].map((s) => ({ id: s.key, label: s.label, number: true, cell: (b: Bucket) => figure(kind, b[s.key]) })),
            ]}
          />
        </div>
      ) : (
        <Chart label={title} kind={kind} trend={trend} summary={said} clock={clock} />
      )}
      <p className="chart-summary quiet">{said}</p>
    </Card>
  );
}
