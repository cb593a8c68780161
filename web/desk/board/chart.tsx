import { useLayoutEffect, useRef, useState } from 'react';
import { figure, greatest, path, reading, series, top, type Kind, type Series, type Trend } from './trend';

const height = 190;
const inset = { left: 40, right: 12, top: 10, bottom: 24 };

/** A small chart of lines. One point of time has the focus at a time; the arrows, Home and End move it. */
export function Chart({ label, kind, trend, summary, clock }: { label: string; kind: Kind; trend: Trend; summary: string; clock(at: number): string }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(480);
  const [at, setAt] = useState<number | null>(null);
  useLayoutEffect(() => {
    if (box.current === null) return;
    const look = new ResizeObserver(([e]) => e !== undefined && setWidth(Math.max(220, Math.round(e.contentRect.width))));
    look.observe(box.current);
    return () => look.disconnect();
  }, []);
  const { buckets } = trend;
  const last = buckets.length - 1;
  const focus = Math.min(at ?? last, last);
  const end = top(greatest(trend, kind), kind);
  const inner = { width: width - inset.left - inset.right, height: height - inset.top - inset.bottom };
  const x = (i: number) => inset.left + (last < 1 ? inner.width / 2 : (i / last) * inner.width);
  const y = (v: number) => inset.top + inner.height - (v / end) * inner.height;
  const step = inner.width / Math.max(1, last);
  const ticks = [0, end / 2, end];
  const labels = Array.from({ length: 4 }, (_, k) => Math.round((k * last) / 3));
  const move = (e: React.KeyboardEvent<SVGSVGElement>) => {
    const to = { ArrowLeft: focus - 1, ArrowRight: focus + 1, Home: 0, End: last }[e.key];
    if (to === undefined || to < 0 || to > last) return;
    e.preventDefault();
    e.currentTarget.querySelector<SVGElement>(`[data-point="${to}"]`)?.focus();
  };
  return (
    <div ref={box} className="chart">
      <svg role="group" aria-label={`${label}. ${summary}`} width={width} height={height} onKeyDown={move} onMouseLeave={() => setAt(null)}>
        {ticks.map((t) => (
          <g key={t} aria-hidden="true">
            <line className="chart-grid" x1={inset.left} x2={width - inset.right} y1={y(t)} y2={y(t)} />
            <text className="chart-tick" x={inset.left - 6} y={y(t) + 4} textAnchor="end">
              {figure(kind, t)}
            </text>
          </g>
        ))}
        {labels.map((i, k) => (
          <text key={k} className="chart-tick" aria-hidden="true" x={x(i)} y={height - 6} textAnchor={k === 0 ? 'start' : k === 3 ? 'end' : 'middle'}>
            {buckets[i] === undefined ? '' : clock(buckets[i].start)}
          </text>
        ))}
        {at !== null && <line className="chart-now" x1={x(focus)} x2={x(focus)} y1={inset.top} y2={height - inset.bottom} aria-hidden="true" />}
        {series[kind].map((s) => (
          <g key={s.key} className={`line-${s.key}`} aria-hidden="true">
            <path className="chart-line" d={path(buckets.map((b) => b[s.key]), x, y)} />
            {buckets.map((b, i) => {
              const v = b[s.key];
              return v !== null && (v > 0 || i === focus) && <Mark key={b.start} shape={s.mark} x={x(i)} y={y(v)} large={at !== null && i === focus} />;
            })}
          </g>
        ))}
        {buckets.map((b, i) => (
          <rect
            key={b.start}
            className="chart-point"
            role="img"
            aria-label={reading(trend, kind, i, clock)}
            tabIndex={i === focus ? 0 : -1}
            data-point={i}
            x={x(i) - step / 2}
            y={inset.top}
            width={step}
            height={inner.height}
            onFocus={() => setAt(i)}
            onBlur={() => setAt(null)}
            onMouseEnter={() => setAt(i)}
          />
        ))}
      </svg>
      <p className="chart-reading" aria-hidden="true">
        {at === null ? ' ' : reading(trend, kind, focus, clock)}
      </p>
    </div>
  );
}

/** The sign of one line at one point. */
export function Mark({ shape, x, y, large = false }: { shape: Series['mark']; x: number; y: number; large?: boolean }) {
  const r = large ? 5 : 3;
  switch (shape) {
    case 'circle':
      return <circle className="chart-mark" cx={x} cy={y} r={r} />;
    case 'square':
      return <rect className="chart-mark" x={x - r} y={y - r} width={2 * r} height={2 * r} />;
    case 'triangle':
      return <path className="chart-mark" d={`M${x} ${y - r - 1}l${r + 1} ${2 * r}h${-2 * r - 2}z`} />;
  }
}
