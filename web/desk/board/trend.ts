/** The last hours in figures, and how they are drawn. */

import { list, record } from '../../chat/item';
import { clockOf, wordsOf } from '../../ui';
import { number, perhaps } from './board';

export type Bucket = Readonly<{
  /** In milliseconds. */
  start: number;
  arrived: number;
  handled: number;
  abandoned: number;
  /** Seconds; null where nobody was handled. */
  waitP50: number | null;
  waitP95: number | null;
}>;

export type Trend = Readonly<{ buckets: readonly Bucket[]; /** How long each is, in milliseconds. */ length: number }>;

export function parseTrend(value: unknown): Trend {
  const o = record(value);
  return {
    length: number(o['seconds']) * 1000,
    buckets: list(o['buckets']).map((b) => {
      const bucket = record(b);
      return {
        start: number(bucket['start']) * 1000, arrived: number(bucket['arrived']), handled: number(bucket['handled']), abandoned: number(bucket['abandoned']),
        waitP50: perhaps(bucket['waitP50']), waitP95: perhaps(bucket['waitP95']),
      };
    }),
  };
}

/** One line of a chart. It is told from the others by its dashes and marks, and its colour only repeats that. */
export type Series = Readonly<{ key: 'arrived' | 'handled' | 'abandoned' | 'waitP50' | 'waitP95'; label: string; mark: 'circle' | 'square' | 'triangle' }>;

export type Kind = 'contacts' | 'wait';

export const series: Readonly<Record<Kind, readonly Series[]>> = {
  contacts: [
    { key: 'arrived', label: 'Arrived', mark: 'circle' },
    { key: 'handled', label: 'Handled', mark: 'square' },
    { key: 'abandoned', label: 'Abandoned', mark: 'triangle' },
  ],
  wait: [
    { key: 'waitP50', label: 'Half waited at most', mark: 'circle' },
    { key: 'waitP95', label: '95 of 100 waited at most', mark: 'triangle' },
  ],
};

export function figure(kind: Kind, value: number | null): string {
  if (value === null) return '–';
  return kind === 'wait' ? clockOf(value * 1000) : String(value);
}

/** The end of the scale: a round figure no less than the greatest. */
export function top(greatest: number, kind: Kind): number {
  const steps = kind === 'wait' ? [10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600] : [4, 10, 20, 40, 100, 200, 400, 1000];
  const last = steps.at(-1) ?? 1;
  return steps.find((s) => s >= greatest) ?? Math.ceil(greatest / last) * last;
}

export function greatest(trend: Trend, kind: Kind): number {
  return Math.max(0, ...trend.buckets.flatMap((b) => series[kind].map((s) => b[s.key] ?? 0)));
}

/** A line through what is known, interrupted where nothing is. */
export function path(values: readonly (number | null)[], x: (i: number) => number, y: (v: number) => number): string {
  let d = '';
  let pen = false;
  values.forEach((v, i) => {
    if (v !== null) d += `${pen ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    pen = v !== null;
  });
  return d;
}

/** One bucket, for those who hear it or point at it. */
export function reading(trend: Trend, kind: Kind, i: number, clock: (at: number) => string): string {
  const bucket = trend.buckets[i];
  if (bucket === undefined) return '';
  const when = `${clock(bucket.start)} to ${clock(bucket.start + trend.length)}`;
  const said = series[kind].map((s) => {
    const v = bucket[s.key];
    if (kind === 'contacts') return `${v ?? 0} ${s.label.toLowerCase()}`;
    return v === null ? null : `${s.label.toLowerCase()} ${wordsOf(v * 1000)}`;
  });
  const known = said.filter((s) => s !== null);
  return `${when}: ${known.length === 0 ? 'nobody was answered' : known.join(', ')}`;
}

/** The whole chart in a sentence. */
export function summary(trend: Trend, kind: Kind, clock: (at: number) => string): string {
  const { buckets } = trend;
  const first = buckets[0];
  if (first === undefined) return 'Nothing yet.';
  const since = `Since ${clock(first.start)}`;
  if (kind === 'contacts') {
    const sum = (key: 'arrived' | 'handled' | 'abandoned') => buckets.reduce((n, b) => n + b[key], 0);
    const busiest = buckets.reduce((most, b) => (b.arrived > most.arrived ? b : most), first);
    const peak = busiest.arrived === 0 ? '' : ` Most arrived from ${clock(busiest.start)}: ${busiest.arrived}.`;
    return `${since} ${sum('arrived')} arrived, ${sum('handled')} were handled and ${sum('abandoned')} abandoned.${peak}`;
  }
  const longest = buckets.reduce<Bucket | null>((most, b) => (b.waitP95 !== null && b.waitP95 > (most?.waitP95 ?? -1) ? b : most), null);
  return longest === null
    ? `${since} nobody was answered.`
    : `${since} customers waited longest from ${clock(longest.start)}: half of them ${wordsOf((longest.waitP50 ?? 0) * 1000)} at most, 95 of 100 ${wordsOf((longest.waitP95 ?? 0) * 1000)} at most.`;
}
