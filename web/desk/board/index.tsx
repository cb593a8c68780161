import { useCallback, useEffect, useRef, useState } from 'react';
import { Banner, Button, Stat, TermLabel, clockOf, useNow, wordsOf } from '../../ui';
import { useController } from '../app/context';
import { Agents } from './agents';
import { parseBoard, totals, urgency, type Board as BoardValue, type Totals } from './board';
import { Charts } from './charts';
import { Queues } from './queues';
import type { TermName } from './terms';
import { usePoll } from './use-poll';
import { Waiting } from './waiting';
import { meaning, percent, tones } from './words';
import '../history/history.css';
import './board.css';

/** How old figures may be before the board says so, in milliseconds. */
const stale = 5_000;

/** The supervisors' live board; with ?wall it is for a screen that many look at. */
export function Board() {
  const controller = useController();
  const [wall, setWall] = useState(() => new URLSearchParams(location.search).has('wall'));
  const ask = useCallback(async (before: BoardValue | null) => parseBoard(await controller.call('GetBoard'), before), [controller]);
  const { value, at, problem, hurry } = usePoll(ask, 1000);
  const skew = steady(useRef(0), value === null ? 0 : value.at - at);
  useEffect(() => {
    if (wall) document.documentElement.dataset['wall'] = '';
    return () => void delete document.documentElement.dataset['wall'];
  }, [wall]);
  const turn = () => {
    history.replaceState(null, '', wall ? location.pathname : `${location.pathname}?wall`);
    setWall(!wall);
  };
  return (
    <section className="page board" aria-label="Board">
      <header className="page-head board-head">
        <h1>Board</h1>
        <Button size="small" icon={wall ? 'back' : 'open'} onPress={turn}>
          {wall ? 'Back to the desk' : 'Wall screen'}
        </Button>
      </header>
      <Freshness at={at} problem={problem} />
      {value !== null && (
        <>
          <Figures totals={totals(value)} />
          <Queues queues={value.queues} />
          <Charts />
          {!wall && (
            <>
              <Waiting waiting={value.waiting} queues={value.queues} agents={value.agents} skew={skew} changed={hurry} />
              <Agents agents={value.agents} skew={skew} changed={hurry} />
            </>
          )}
        </>
      )}
    </section>
  );
}

/** The difference of two clocks, kept as it was while it is only the network that varies, so that nothing is drawn anew for it. */
function steady(kept: { current: number }, skew: number): number {
  if (Math.abs(skew - kept.current) > 700) kept.current = skew;
  return kept.current;
}

/** Says when what is shown is not what is. */
function Freshness({ at, problem }: { at: number; problem: string | null }) {
  const age = useNow() - at;
  if (problem === null || (at > 0 && age < stale)) return null;
  return (
    <Banner tone={at === 0 ? 'bad' : 'warn'} icon="offline">
      {problem} {at === 0 ? 'Trying again…' : `These figures are ${wordsOf(Math.floor(age / 5000) * 5000)} old. Trying again…`}
    </Banner>
  );
}

function Figures({ totals: t }: { totals: Totals }) {
  const late = urgency(t.oldest, t.target);
  const label = (name: TermName, words: string) => <TermLabel says={meaning(name)}>{words}</TermLabel>;
  return (
    <section className="board-figures" aria-label="Now and today">
      <Stat label={label('waiting', 'Waiting')} value={t.waiting} note={t.waiting === 0 ? 'Nobody' : t.waiting === 1 ? 'customer' : 'customers'} />
      <Stat
        label={label('oldest', 'Oldest wait')}
        value={t.oldest === null ? '–' : clockOf(t.oldest * 1000)}
        tone={tones[late]}
        note={t.oldest === null ? 'Nobody waits' : late === 'late' ? `Over ${t.target} s` : late === 'soon' ? `Soon ${t.target} s` : `Within ${t.target} s`}
      />
      <Stat label={label('serviceLevel', 'Service level')} value={percent(t.serviceLevel)} note={`Today, within ${t.target} s`} />
      <Stat label={label('abandoned', 'Abandoned')} value={t.abandoned} note={`Today, ${t.handled} handled`} />
      <div className="stat board-agents-now">
        <span className="stat-label">Agents</span>
        <dl>
          <div>
            <dd>{t.available}</dd>
            <dt>{label('available', 'Available')}</dt>
          </div>
          <div>
            <dd>{t.busy}</dd>
            <dt>{label('busy', 'Busy')}</dt>
          </div>
          <div>
            <dd>{t.afterWork}</dd>
            <dt>{label('afterWork', 'After-contact work')}</dt>
          </div>
        </dl>
      </div>
    </section>
  );
}
